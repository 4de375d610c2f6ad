import { beforeEach, describe, expect, it } from 'vitest';
import { findingOfLabel } from '../../../local/services/ecr/label-scanner.ts';
import { ecrWorld, OCI_INDEX, sampleImage, sampleIndex } from './ecr-world.ts';

const REPOSITORY_ARN = 'arn:aws:ecr:eu-central-1:111111111111:repository/shop';
const BAD = {
  'org.example.cve.CVE-2026-0001':
    'CRITICAL;epss=0.7;package=openssl@3.0.1;fixed=3.0.2;exploit=yes',
  'org.example.cve.CVE-2026-0002': 'low',
  'org.opencontainers.image.title': 'shop',
};
let world: ReturnType<typeof ecrWorld>;
beforeEach(async () => {
  world = ecrWorld();
  await world.on('CreateRepository', { imageScanningConfiguration: { scanOnPush: true } });
});
const findings = (imageTag = 'v1', extra: object = {}) =>
  world.on('DescribeImageScanFindings', { imageId: { imageTag }, ...extra });
const status = async (imageTag?: string) => (await findings(imageTag)).imageScanStatus.status;
const enhanced = (scanFrequency = 'CONTINUOUS_SCAN', filter = '*') =>
  world.call('PutRegistryScanningConfiguration', {
    scanType: 'ENHANCED',
    rules: [{ scanFrequency, repositoryFilters: [{ filter, filterType: 'WILDCARD' }] }],
  });

describe('ecr: basic scanning:', () => {
  it('goes from pending to complete within half a minute, and says so', async () => {
    const digest = await world.push(sampleImage(BAD), 'v1');
    expect(await status()).toBe('PENDING');
    await world.clock.advance(2000);
    expect(await status()).toBe('IN_PROGRESS');
    expect((await findings()).imageScanFindings).toBeUndefined();
    await world.clock.advance(28_000);
    const answer = await findings();
    expect(answer.imageScanStatus.status).toBe('COMPLETE');
    expect(answer.imageScanFindings).toMatchObject({
      findingSeverityCounts: { CRITICAL: 1, LOW: 1 },
      findings: [
        {
          name: 'CVE-2026-0001',
          severity: 'CRITICAL',
          attributes: [
            { key: 'package_version', value: '3.0.1' },
            { key: 'package_name', value: 'openssl' },
            { key: 'CVSS3_SCORE', value: '9.0' },
          ],
        },
        { name: 'CVE-2026-0002', severity: 'LOW' },
      ],
    });
    expect(world.eventsOf('ECR Image Scan')).toMatchObject([
      {
        source: 'aws.ecr',
        resources: [REPOSITORY_ARN],
        detail: {
          'scan-status': 'COMPLETE',
          'repository-name': 'shop',
          'finding-severity-counts': { CRITICAL: 1, LOW: 1 },
          'image-digest': digest,
          'image-tags': ['v1'],
        },
      },
    ]);
    const { imageDetails } = await world.on('DescribeImages');
    expect(imageDetails[0].imageScanFindingsSummary.findingSeverityCounts).toEqual({
      CRITICAL: 1,
      LOW: 1,
    });
  });

  it('pages findings', async () => {
    await world.push(sampleImage(BAD), 'v1');
    await world.clock.advance(30_000);
    const first = await findings('v1', { maxResults: 1 });
    const second = await findings('v1', { maxResults: 1, nextToken: first.nextToken });
    expect([first, second].map((page) => page.imageScanFindings.findings[0].name)).toEqual([
      'CVE-2026-0001',
      'CVE-2026-0002',
    ]);
    expect(second.nextToken).toBeUndefined();
  });

  it('an index cannot be scanned, its children can', async () => {
    const image = sampleImage(BAD);
    await world.push(image);
    await world.push(sampleIndex(image.digest), 'v1');
    await world.clock.advance(30_000);
    expect((await findings()).imageScanStatus).toEqual({
      status: 'UNSUPPORTED_IMAGE',
      description: `An artifact with media type '${OCI_INDEX}' cannot be scanned`,
    });
    expect(await world.failure('StartImageScan', { imageId: { imageTag: 'v1' } })).toMatchObject({
      name: 'UnsupportedImageTypeException',
    });
    const child = await world.on('DescribeImageScanFindings', {
      imageId: { imageDigest: image.digest },
    });
    expect(child.imageScanStatus.status).toBe('COMPLETE');
    expect(world.eventsOf('ECR Image Scan')).toHaveLength(1);
  });

  it('without scan on push there is none until it is asked for, once a day', async () => {
    await world.on('PutImageScanningConfiguration', {
      imageScanningConfiguration: { scanOnPush: false },
    });
    await world.push(sampleImage(BAD), 'v1');
    expect(
      (await world.failure('DescribeImageScanFindings', { imageId: { imageTag: 'v1' } })).name,
    ).toBe('ScanNotFoundException');
    await world.on('StartImageScan', { imageId: { imageTag: 'v1' } });
    await world.clock.advance(30_000);
    expect(await status()).toBe('COMPLETE');
    expect((await world.failure('StartImageScan', { imageId: { imageTag: 'v1' } })).name).toBe(
      'LimitExceededException',
    );
    await world.clock.advance(86_400_000);
    await world.on('StartImageScan', { imageId: { imageTag: 'v1' } });
    expect(await status()).toBe('PENDING');
  });

  it('another scanner can take the place of the labels, and may fail', async () => {
    world
      .ecr()
      .setScanner(({ repository }) =>
        repository === 'shop' ? { status: 'FAILED', description: 'no database' } : [],
      );
    await world.push(sampleImage(BAD), 'v1');
    await world.clock.advance(30_000);
    expect((await findings()).imageScanStatus).toEqual({
      status: 'FAILED',
      description: 'no database',
    });
    expect(world.eventsOf('ECR Image Scan')[0]?.detail).toMatchObject({
      'scan-status': 'FAILED',
    });
  });

  it('an image deleted while it is scanned is forgotten', async () => {
    await world.push(sampleImage(BAD), 'v1');
    await world.on('BatchDeleteImage', { imageIds: [{ imageTag: 'v1' }] });
    await world.clock.advance(30_000);
    expect(world.eventsOf('ECR Image Scan')).toEqual([]);
  });

  it('findings can come later than the status', async () => {
    world.ecr().setScanOptions({ durationMs: () => 10_000, findingsDelayMs: 5000 });
    await world.push(sampleImage(BAD), 'v1');
    await world.clock.advance(14_999);
    const early = await findings();
    expect(early.imageScanStatus.status).toBe('COMPLETE');
    expect(early.imageScanFindings).toMatchObject({ findings: [], findingSeverityCounts: {} });
    await world.clock.advance(1);
    expect((await findings()).imageScanFindings.findings).toHaveLength(2);
  });
});

describe('ecr: labels as findings:', () => {
  it.each([
    ['org.example.cve.CVE-1', 'HIGH', { id: 'CVE-1', severity: 'HIGH', score: 7 }],
    ['org.example.cve.CVE-1', 'medium ; epss=0.25', { severity: 'MEDIUM', epss: 0.25 }],
    ['org.example.cve.CVE-1', 'catastrophic', { severity: 'UNDEFINED', score: 0 }],
    ['org.example.cve.CVE-1', 'LOW;fixed=1.2=3', { fixedInVersion: '1.2=3' }],
  ])('%s=%s', (name, value, expected) => {
    expect(findingOfLabel(name, value)).toMatchObject(expected);
  });

  it('an EPSS outside of 0 to 1 is none; other labels are no findings', () => {
    expect(findingOfLabel('org.example.cve.CVE-1', 'LOW;epss=7')).not.toHaveProperty('epss');
    expect(findingOfLabel('org.opencontainers.image.title', 'x')).toBeUndefined();
  });
});

describe('ecr: enhanced scanning:', () => {
  it('continuous: ends ACTIVE, with findings and events of Inspector', async () => {
    await enhanced();
    const digest = await world.push(sampleImage(BAD), 'v1');
    await world.clock.advance(30_000);
    const answer = await findings();
    expect(answer.imageScanStatus.status).toBe('ACTIVE');
    expect(answer.imageScanFindings.findings).toBeUndefined();
    expect(answer.imageScanFindings.enhancedFindings).toMatchObject([
      {
        severity: 'CRITICAL',
        status: 'ACTIVE',
        title: 'CVE-2026-0001 - openssl',
        fixAvailable: 'YES',
        exploitAvailable: 'YES',
        packageVulnerabilityDetails: {
          vulnerabilityId: 'CVE-2026-0001',
          vulnerablePackages: [{ name: 'openssl', version: '3.0.1', fixedInVersion: '3.0.2' }],
        },
        resources: [{ details: { awsEcrContainerImage: { imageHash: digest } } }],
      },
      { severity: 'LOW', fixAvailable: 'NO' },
    ]);
    expect(answer.imageScanFindings.enhancedFindings[0]).not.toHaveProperty('epss');
    expect(world.eventsOf('ECR Image Scan')).toEqual([]);
    expect(world.eventsOf('Inspector2 Scan')).toMatchObject([
      {
        source: 'aws.inspector2',
        resources: [REPOSITORY_ARN],
        detail: {
          'scan-status': 'INITIAL_SCAN_COMPLETE',
          'repository-name': REPOSITORY_ARN,
          'finding-severity-counts': { CRITICAL: 1, HIGH: 0, MEDIUM: 0, TOTAL: 2 },
          'image-digest': digest,
        },
      },
    ]);
    expect(world.eventsOf('Inspector2 Finding')[0]).toMatchObject({
      resources: [`${REPOSITORY_ARN}/${digest}`],
      detail: {
        epss: { score: 0.7 },
        inspectorScore: 9,
        firstObservedAt: expect.stringMatching(/^Thu Jan 15 12:00:\d\d\.\d{3} UTC 2026$/),
      },
    });
  });

  it('on push: ends COMPLETE; a repository that no filter matches is not scanned', async () => {
    await enhanced('SCAN_ON_PUSH', 'sh*p');
    await world.push(sampleImage(), 'v1');
    await world.clock.advance(30_000);
    expect(await status()).toBe('COMPLETE');
    await enhanced('CONTINUOUS_SCAN', 'other-*');
    await world.push(sampleImage({}, 'two'), 'v2');
    expect(
      (await world.failure('DescribeImageScanFindings', { imageId: { imageTag: 'v2' } })).name,
    ).toBe('ScanNotFoundException');
    expect(await world.failure('StartImageScan', { imageId: { imageTag: 'v2' } })).toMatchObject({
      name: 'ValidationException',
      message: 'This feature is disabled',
    });
  });

  it('a vulnerability that gets known later is found in images that are there', async () => {
    await enhanced();
    await world.push(sampleImage(), 'v1');
    await world.clock.advance(30_000);
    expect((await findings()).imageScanFindings.enhancedFindings).toEqual([]);
    world.ecr().setScanner(() => [{ id: 'CVE-2026-9999', severity: 'HIGH' }]);
    world.ecr().rescan();
    world.ecr().rescan();
    expect((await findings()).imageScanFindings.findingSeverityCounts).toEqual({ HIGH: 1 });
    expect(world.eventsOf('Inspector2 Finding')).toHaveLength(1);
    expect(world.eventsOf('Inspector2 Scan')).toHaveLength(1);
  });
});
