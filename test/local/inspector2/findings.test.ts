import { beforeEach, describe, expect, it } from 'vitest';
import { ecrWorld, sampleImage } from '../ecr/ecr-world.ts';

let world: ReturnType<typeof ecrWorld>;
let digests: string[];
const ask = (operation: string, input: object) =>
  world.call(operation, input, { service: 'inspector2' });
const ids = async (filterCriteria: object, extra: object = {}): Promise<string[]> => {
  const { findings } = await ask('ListFindings', { filterCriteria, ...extra });
  return findings.map(
    (finding: { packageVulnerabilityDetails: { vulnerabilityId: string } }) =>
      finding.packageVulnerabilityDetails.vulnerabilityId,
  );
};
const equals = (value: string) => [{ comparison: 'EQUALS', value }];

beforeEach(async () => {
  world = ecrWorld();
  await world.on('CreateRepository');
  await world.call('PutRegistryScanningConfiguration', {
    scanType: 'ENHANCED',
    rules: [
      {
        scanFrequency: 'CONTINUOUS_SCAN',
        repositoryFilters: [{ filter: '*', filterType: 'WILDCARD' }],
      },
    ],
  });
  digests = [
    await world.push(
      sampleImage(
        {
          'org.example.cve.CVE-1': 'CRITICAL;epss=0.7;fixed=2',
          'org.example.cve.CVE-2': 'MEDIUM;epss=0.01',
        },
        'one',
      ),
      'v1',
    ),
    await world.push(sampleImage({ 'org.example.cve.CVE-3': 'weird' }, 'two'), 'v2'),
  ];
  await world.clock.advance(30_000);
});

describe('inspector2: ListFindings:', () => {
  it('filters', async () => {
    const [first = '', second = ''] = digests;
    const cases: readonly (readonly [object, string[]])[] = [
      [{}, ['CVE-1', 'CVE-2', 'CVE-3']],
      [{ ecrImageHash: equals(first) }, ['CVE-1', 'CVE-2']],
      [{ ecrImageHash: [...equals(first), ...equals(second)] }, ['CVE-1', 'CVE-2', 'CVE-3']],
      [{ ecrImageHash: [{ comparison: 'NOT_EQUALS', value: first }] }, ['CVE-3']],
      [
        { ecrImageRepositoryName: [{ comparison: 'PREFIX', value: 'sh' }] },
        ['CVE-1', 'CVE-2', 'CVE-3'],
      ],
      [{ ecrImageRepositoryName: equals('other') }, []],
      [{ ecrImageTags: equals('v2') }, ['CVE-3']],
      [{ severity: equals('CRITICAL') }, ['CVE-1']],
      [{ severity: equals('UNTRIAGED') }, ['CVE-3']],
      [
        { severity: [...equals('CRITICAL'), ...equals('MEDIUM')], fixAvailable: equals('YES') },
        ['CVE-1'],
      ],
      [{ epssScore: [{ lowerInclusive: 0.5 }] }, ['CVE-1']],
      [{ epssScore: [{ lowerInclusive: 0, upperInclusive: 0.01 }] }, ['CVE-2']],
      [{ vulnerabilityId: equals('CVE-2') }, ['CVE-2']],
      [{ firstObservedAt: [{ startInclusive: new Date(world.clock.now() + 1) }] }, []],
    ];
    for (const [criteria, expected] of cases) expect(await ids(criteria)).toEqual(expected);
  });

  it('sorts and pages', async () => {
    const sortCriteria = { field: 'EPSS_SCORE', sortOrder: 'DESC' };
    expect(await ids({}, { sortCriteria })).toEqual(['CVE-1', 'CVE-2', 'CVE-3']);
    const first = await ask('ListFindings', { maxResults: 2, sortCriteria });
    expect(await ids({}, { maxResults: 2, nextToken: first.nextToken, sortCriteria })).toEqual([
      'CVE-3',
    ]);
  });

  it('carries the EPSS score and the image', async () => {
    const { findings } = await ask('ListFindings', {
      filterCriteria: { severity: equals('CRITICAL') },
    });
    expect(findings[0]).toMatchObject({
      epss: { score: 0.7 },
      status: 'ACTIVE',
      resources: [
        {
          type: 'AWS_ECR_CONTAINER_IMAGE',
          region: 'eu-central-1',
          details: { awsEcrContainerImage: { imageHash: digests[0], repositoryName: 'shop' } },
        },
      ],
    });
  });

  it('a filter that is not known here is refused by name', async () => {
    await expect(ids({ portRange: [{}] })).rejects.toThrow(/with the filter portRange/);
  });

  it('basic scans are not Inspector’s', async () => {
    await world.call('PutRegistryScanningConfiguration', { scanType: 'BASIC', rules: [] });
    await world.call('CreateRepository', {
      repositoryName: 'plain',
      imageScanningConfiguration: { scanOnPush: true },
    });
    await world.clock.advance(60_000);
    expect(await ids({ ecrImageRepositoryName: equals('plain') })).toEqual([]);
  });
});

it('inspector2: BatchGetFindingDetails gives EPSS scores and names what it does not know', async () => {
  const { findings } = await ask('ListFindings', {
    filterCriteria: { severity: equals('MEDIUM') },
  });
  const unknown = 'arn:aws:inspector2:eu-central-1:111111111111:finding/0';
  const answer = await ask('BatchGetFindingDetails', {
    findingArns: [findings[0].findingArn, unknown],
  });
  expect(answer.findingDetails).toMatchObject([
    { findingArn: findings[0].findingArn, epssScore: 0.01 },
  ]);
  expect(answer.errors).toMatchObject([
    { findingArn: unknown, errorCode: 'FINDING_DETAILS_NOT_FOUND' },
  ]);
  await expect(
    ask('BatchGetFindingDetails', { findingArns: Array(11).fill(unknown) }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

it('inspector2: ListCoverage shows each image with its status', async () => {
  const { coveredResources } = await ask('ListCoverage', {
    filterCriteria: { ecrImageTags: equals('v1') },
  });
  expect(coveredResources).toMatchObject([
    {
      resourceId: `arn:aws:ecr:eu-central-1:111111111111:repository/shop/${digests[0]}`,
      scanStatus: { statusCode: 'ACTIVE', reason: 'SUCCESSFUL' },
      resourceMetadata: { ecrRepository: { name: 'shop', scanFrequency: 'CONTINUOUS_SCAN' } },
    },
  ]);
});
