import { beforeEach, describe, expect, it } from 'vitest';
import type { InProcessClient } from '../../../local/client.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, type EmittedEvent, operatorOf } from '../../../local/cloud.ts';
import { eventTime } from '../../../local/services/codebuild/build-events.ts';
import {
  type CodebuildService,
  codebuildModule,
} from '../../../local/services/codebuild/module.ts';
import type { ResourceProvider } from '../../../local/services/service.ts';

const ACCOUNT = '111111111111';
const PLACE = { account: ACCOUNT, region: 'eu-central-1' };
const PROJECT = {
  name: 'shop-build',
  source: { type: 'GITHUB', location: 'https://github.com/example/shop' },
  artifacts: { type: 'NO_ARTIFACTS' },
  environment: {
    type: 'ARM_CONTAINER',
    image: 'aws/codebuild/amazonlinux2-aarch64-standard:3.0',
    computeType: 'BUILD_GENERAL1_SMALL',
    environmentVariables: [{ name: 'STAGE', value: 'test' }],
  },
  serviceRole: `arn:aws:iam::${ACCOUNT}:role/build`,
};

/** Each operation has its own output. */
type Output = Awaited<ReturnType<InProcessClient['send']>>;

const buildWorld = () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 15, 12));
  const warnings: string[] = [];
  const cloud = new Cloud({
    clock,
    seed: 1,
    modules: [codebuildModule],
    warn: (message) => warnings.push(message),
  });
  const events: EmittedEvent['event'][] = [];
  cloud.onEvent(({ event }) => events.push(event));
  const principal = {
    ...operatorOf(ACCOUNT),
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/releaser/ci`,
  };
  const call = (operation: string, input: object): Promise<Output> =>
    cloud.call('codebuild', operation, input, { ...PLACE, principal });
  const service = () => cloud.service<CodebuildService>('codebuild', PLACE);
  const start = async (input: object = {}) =>
    (await call('StartBuild', { projectName: 'shop-build', ...input })).build;
  const build = async (id: string) => (await call('BatchGetBuilds', { ids: [id] })).builds[0];
  const statuses = () =>
    events.map(({ detail }) => (detail as Record<string, unknown>)['build-status']);
  return { clock, cloud, events, call, service, start, build, statuses, warnings, principal };
};

let world: ReturnType<typeof buildWorld>;
beforeEach(async () => {
  world = buildWorld();
  await world.call('CreateProject', PROJECT);
});

describe('codebuild: builds:', () => {
  it('a build goes through its phases and exports what StartBuild was given', async () => {
    const started = await world.start({
      sourceVersion: 'abc123',
      environmentVariablesOverride: [
        { name: 'IMAGE_DIGEST', value: 'sha256:1', type: 'PLAINTEXT' },
        { name: 'TOKEN', value: '/secret/path', type: 'SECRETS_MANAGER' },
      ],
    });
    expect(started).toMatchObject({
      id: expect.stringMatching(/^shop-build:[0-9a-f-]{36}$/),
      buildNumber: 1,
      buildStatus: 'IN_PROGRESS',
      buildComplete: false,
      initiator: 'releaser/ci',
      sourceVersion: 'abc123',
    });
    const phase = async () => (await world.build(started.id)).currentPhase;
    expect(await phase()).toBe('QUEUED');
    await world.clock.advance(5000);
    expect(await phase()).toBe('PROVISIONING');
    await world.clock.advance(10_000);
    expect(await phase()).toBe('BUILD');
    await world.clock.advance(75_000);
    const ended = await world.build(started.arn);
    expect(ended).toMatchObject({
      buildStatus: 'SUCCEEDED',
      buildComplete: true,
      currentPhase: 'COMPLETED',
      resolvedSourceVersion: 'abc123',
      exportedEnvironmentVariables: [{ name: 'IMAGE_DIGEST', value: 'sha256:1' }],
      endTime: new Date(Date.UTC(2026, 0, 15, 12, 1, 30)),
    });
    expect(ended.phases.map(({ phaseType }: { phaseType: string }) => phaseType)).toEqual([
      'SUBMITTED',
      'QUEUED',
      'PROVISIONING',
      'DOWNLOAD_SOURCE',
      'INSTALL',
      'PRE_BUILD',
      'BUILD',
      'POST_BUILD',
      'UPLOAD_ARTIFACTS',
      'FINALIZING',
      'COMPLETED',
    ]);
    expect(world.statuses()).toEqual(['IN_PROGRESS', 'SUCCEEDED']);
  });

  it('an inline buildspec names what is exported', async () => {
    const started = await world.start({
      buildspecOverride:
        'version: 0.2\nenv:\n  variables:\n    KIND: image\n  exported-variables: [KIND, STAGE, ABSENT]\n',
      environmentVariablesOverride: [{ name: 'OTHER', value: 'x' }],
    });
    await world.clock.advance(90_000);
    expect((await world.build(started.id)).exportedEnvironmentVariables).toEqual([
      { name: 'KIND', value: 'image' },
      { name: 'STAGE', value: 'test' },
      { name: 'ABSENT', value: '' },
    ]);
  });

  it('the event has the documented members', async () => {
    await world.start({ environmentVariablesOverride: [{ name: 'DIGEST', value: 'sha256:1' }] });
    await world.clock.advance(90_000);
    const event = world.events[1];
    expect(event).toMatchObject({
      source: 'aws.codebuild',
      'detail-type': 'CodeBuild Build State Change',
      detail: {
        'project-name': 'shop-build',
        'current-phase': 'COMPLETED',
        'current-phase-context': '[]',
        version: '1',
        'additional-information': {
          'timeout-in-minutes': 60,
          'build-complete': true,
          'build-number': 1,
          'build-start-time': 'Jan 15, 2026 12:00:00 PM',
          source: { type: 'GITHUB', location: 'https://github.com/example/shop' },
          environment: {
            'environment-variables': [
              { name: 'STAGE', type: 'PLAINTEXT', value: 'test' },
              { name: 'DIGEST', type: 'PLAINTEXT', value: 'sha256:1' },
            ],
          },
          'exported-environment-variables': [{ name: 'DIGEST', value: 'sha256:1' }],
        },
      },
    });
    const detail = event?.detail as { 'build-id': string; 'additional-information': object };
    expect(event?.resources).toEqual([detail['build-id']]);
    // The members of the sample in "Build notifications input format reference" (read 2026-11).
    expect(Object.keys(detail['additional-information'])).toEqual(
      expect.arrayContaining([
        'artifact',
        'environment',
        'timeout-in-minutes',
        'build-complete',
        'build-number',
        'initiator',
        'build-start-time',
        'source',
        'logs',
        'phases',
      ]),
    );
  });

  it.each([
    [Date.UTC(2017, 8, 1, 16, 12, 29), 'Sep 1, 2017 4:12:29 PM'],
    [Date.UTC(2017, 8, 1, 0, 5, 9), 'Sep 1, 2017 12:05:09 AM'],
    [Date.UTC(2017, 11, 31, 12, 0, 0), 'Dec 31, 2017 12:00:00 PM'],
  ])('event time %i is %s', (at, text) => {
    expect(eventTime(at)).toBe(text);
  });

  it('a build without an outcome goes on until it is completed or its time is up', async () => {
    world.service().setRunner(() => undefined);
    const first = await world.start();
    const second = await world.start({ timeoutInMinutesOverride: 5 });
    await world.clock.advance(60_000);
    world.service().complete(first.id, { status: 'FAILED', exportedVariables: { WHY: 'tests' } });
    expect(await world.build(first.id)).toMatchObject({
      buildStatus: 'FAILED',
      exportedEnvironmentVariables: [{ name: 'WHY', value: 'tests' }],
    });
    await world.clock.advance(4 * 60_000);
    expect(await world.build(second.id)).toMatchObject({ buildStatus: 'TIMED_OUT' });
    expect(world.statuses()).toEqual(['IN_PROGRESS', 'IN_PROGRESS', 'FAILED', 'TIMED_OUT']);
    expect(() => world.service().complete(first.id, { status: 'SUCCEEDED' })).toThrow(
      /has already ended with FAILED/,
    );
  });

  it('a stopped build stays stopped, and its runner is not heard any more', async () => {
    const started = await world.start();
    await world.clock.advance(5000);
    const { build } = await world.call('StopBuild', { id: started.id });
    expect(build.buildStatus).toBe('STOPPED');
    expect(build.phases.at(-2)).toMatchObject({
      phaseType: 'PROVISIONING',
      phaseStatus: 'STOPPED',
    });
    await world.clock.advance(3_600_000);
    await world.call('StopBuild', { id: started.id });
    expect(world.statuses()).toEqual(['IN_PROGRESS', 'STOPPED']);
  });

  it('a runner that fails is a fault of the build, and is told', async () => {
    world.service().setRunner(() => Promise.reject(new Error('no engine')));
    const started = await world.start();
    await world.clock.settle();
    expect((await world.build(started.id)).buildStatus).toBe('FAULT');
    expect(world.warnings[0]).toMatch(/no engine/);
  });

  it('a token stands for its request for five minutes', async () => {
    const first = await world.start({ idempotencyToken: 't' });
    expect((await world.start({ idempotencyToken: 't' })).id).toBe(first.id);
    await expect(
      world.start({ idempotencyToken: 't', sourceVersion: 'other' }),
    ).rejects.toMatchObject({ name: 'InvalidInputException' });
    await world.clock.advance(5 * 60_000);
    expect((await world.start({ idempotencyToken: 't' })).id).not.toBe(first.id);
  });

  it('lists builds newest first, and says what it does not find', async () => {
    const ids = [(await world.start()).id, (await world.start()).id];
    const list = (extra: object = {}) =>
      world.call('ListBuildsForProject', { projectName: 'shop-build', ...extra });
    expect((await list()).ids).toEqual([...ids].reverse());
    expect((await list({ sortOrder: 'ASCENDING' })).ids).toEqual(ids);
    const { buildsNotFound } = await world.call('BatchGetBuilds', { ids: ['shop-build:none'] });
    expect(buildsNotFound).toEqual(['shop-build:none']);
  });

  it.each([
    [
      'an unknown project',
      { projectName: 'none' },
      'ResourceNotFoundException',
      /Project cannot be found: arn:aws:codebuild:eu-central-1:111111111111:project\/none/,
    ],
    [
      'a field without effect here',
      { debugSessionEnabled: true },
      'NotImplemented',
      /with debugSessionEnabled/,
    ],
  ])('refused: %s', async (_name, input, name, message) => {
    await expect(world.start(input)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });

  it('a project’s limit of concurrent builds holds', async () => {
    await world.call('CreateProject', { ...PROJECT, name: 'single', concurrentBuildLimit: 1 });
    await world.start({ projectName: 'single' });
    await expect(world.start({ projectName: 'single' })).rejects.toMatchObject({
      name: 'AccountLimitExceededException',
    });
    await world.clock.advance(90_000);
    expect((await world.start({ projectName: 'single' })).buildNumber).toBe(2);
  });
});

describe('codebuild: reports:', () => {
  const reports = [
    {
      group: 'unit',
      tests: [
        { name: 'adds', status: 'SUCCEEDED', suite: 'cart', durationMs: 12 },
        { name: 'removes', status: 'FAILED', suite: 'cart', durationMs: 8, message: 'was 2' },
      ],
    },
    {
      group: 'coverage',
      coverage: [
        {
          filePath: 'a.ts',
          linesCovered: 9,
          linesMissed: 1,
          branchesCovered: 1,
          branchesMissed: 1,
        },
        { filePath: 'b.ts', linesCovered: 1, linesMissed: 1 },
      ],
    },
  ] as const;

  it('a build hands in reports of tests and of coverage', async () => {
    world.service().setRunner(() => ({ status: 'FAILED', durationMs: 1000, reports }));
    const { id } = await world.start();
    await world.clock.advance(1000);
    const { reportArns } = await world.build(id);
    const answer = await world.call('BatchGetReports', { reportArns: [...reportArns, 'none'] });
    expect(answer.reportsNotFound).toEqual(['none']);
    expect(answer.reports).toMatchObject([
      {
        type: 'TEST',
        status: 'FAILED',
        reportGroupArn: `arn:aws:codebuild:eu-central-1:${ACCOUNT}:report-group/shop-build-unit`,
        testSummary: {
          total: 2,
          statusCounts: { SUCCEEDED: 1, FAILED: 1, ERROR: 0, SKIPPED: 0, UNKNOWN: 0 },
          durationInNanoSeconds: 20_000_000,
        },
      },
      {
        type: 'CODE_COVERAGE',
        status: 'SUCCEEDED',
        codeCoverageSummary: {
          lineCoveragePercentage: 83.33,
          linesCovered: 10,
          linesMissed: 2,
          branchCoveragePercentage: 50,
        },
      },
    ]);
    const failed = await world.call('DescribeTestCases', {
      reportArn: reportArns[0],
      filter: { status: 'FAILED' },
    });
    expect(failed.testCases).toMatchObject([{ name: 'removes', message: 'was 2', prefix: 'cart' }]);
    const files = await world.call('DescribeCodeCoverages', {
      reportArn: reportArns[1],
      sortBy: 'LINE_COVERAGE_PERCENTAGE',
    });
    expect(files.codeCoverages.map(({ filePath }: { filePath: string }) => filePath)).toEqual([
      'b.ts',
      'a.ts',
    ]);
  });

  it('reports go into a group that is there, and expire after 30 days', async () => {
    const { reportGroup } = await world.call('CreateReportGroup', {
      name: 'unit',
      type: 'TEST',
      exportConfig: { exportConfigType: 'NO_EXPORT' },
    });
    const { id } = await world.start();
    world.service().complete(id, { status: 'SUCCEEDED', reports: [reports[0]] });
    const { reports: listed } = await world.call('ListReportsForReportGroup', {
      reportGroupArn: reportGroup.arn,
    });
    expect(listed).toEqual((await world.build(id)).reportArns);
    await world.clock.advance(30 * 86_400_000);
    const { reportsNotFound } = await world.call('BatchGetReports', { reportArns: listed });
    expect(reportsNotFound).toEqual(listed);
  });
});

describe('codebuild: CloudFormation:', () => {
  const provider = (type: string) => codebuildModule.resources[type] as Required<ResourceProvider>;
  const context = () => ({
    ...PLACE,
    stackName: 'stack',
    stackId: `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/stack/1`,
    logicalId: 'Build',
    cloud: world.cloud,
    principal: world.principal,
  });
  const properties = {
    Source: { Type: 'NO_SOURCE', BuildSpec: '{"version":"0.2"}' },
    Artifacts: { Type: 'NO_ARTIFACTS' },
    Environment: {
      Type: 'LINUX_CONTAINER',
      Image: 'aws/codebuild/standard:7.0',
      ComputeType: 'BUILD_GENERAL1_SMALL',
      PrivilegedMode: 'true',
      EnvironmentVariables: [{ Name: 'A', Type: 'PLAINTEXT', Value: '1' }],
    },
    ServiceRole: `arn:aws:iam::${ACCOUNT}:role/build`,
    TimeoutInMinutes: '30',
  };

  it('a project is made, changed and removed', async () => {
    const project = provider('AWS::CodeBuild::Project');
    const made = await project.create(properties, context());
    expect(made).toMatchObject({
      physicalId: expect.stringMatching(/^stack-Build-[a-z0-9]{12}$/),
      attributes: {
        Arn: `arn:aws:codebuild:eu-central-1:${ACCOUNT}:project/${made.physicalId}`,
      },
    });
    const described = async () => world.call('BatchGetProjects', { names: [made.physicalId] });
    expect((await described()).projects[0]).toMatchObject({
      source: { type: 'NO_SOURCE', buildspec: '{"version":"0.2"}' },
      environment: {
        privilegedMode: true,
        environmentVariables: [{ name: 'A', type: 'PLAINTEXT', value: '1' }],
      },
      timeoutInMinutes: 30,
    });
    const changed = { ...properties, TimeoutInMinutes: 10 };
    const updated = await project.update(changed, { ...made, properties }, context());
    expect(updated.physicalId).toBe(made.physicalId);
    expect((await described()).projects[0].timeoutInMinutes).toBe(10);
    await project.remove({ ...updated, properties: changed }, context());
    expect((await described()).projectsNotFound).toEqual([made.physicalId]);
  });

  it('a webhook is refused by name', () => {
    expect(() =>
      provider('AWS::CodeBuild::Project').create(
        { ...properties, Triggers: { Webhook: true } },
        context(),
      ),
    ).toThrow(/AWS::CodeBuild::Project with Triggers/);
  });

  it('a report group refers to itself by its ARN', async () => {
    const group = provider('AWS::CodeBuild::ReportGroup');
    const made = await group.create(
      { Name: 'unit', Type: 'TEST', ExportConfig: { ExportConfigType: 'NO_EXPORT' } },
      context(),
    );
    expect(made.physicalId).toBe(`arn:aws:codebuild:eu-central-1:${ACCOUNT}:report-group/unit`);
  });
});
