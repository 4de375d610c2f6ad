import type { Context } from 'aws-lambda';
import { configDigestOf } from '../../config/workload.ts';
import { ledgerOf } from '../../functions/adapters/ledger.ts';
import { locksOf } from '../../functions/adapters/locks.ts';
import { DEFAULT_GUARD } from '../../functions/domain/guard-terms.ts';
import type { ServiceRecord } from '../../functions/domain/release.ts';
import { Analysis, type Target } from '../../functions/domain/target.ts';
import { RUNTIME, type Runtime } from '../../functions/runtime/runtime.ts';
import { VirtualClock } from '../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../local/cloud.ts';
import { AwsError } from '../../local/services/aws-error.ts';
import { dynamodbModule } from '../../local/services/dynamodb/module.ts';
import type { Operation, ServiceModule } from '../../local/services/service.ts';

export const ACCOUNT = '999999999999';
export const REGION = 'eu-west-1';
export const START = Date.UTC(2026, 0, 15, 12);
export const RELEASE_MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:slipway-release:live`;
const REPOSITORY = 'shop/checkout';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';

/** `sha256:aaaa…`: a digest that one can tell at sight. */
export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

const WORKLOAD = {
  port: 8080,
  replicas: { min: 2, max: 4 },
  readiness: '/healthz',
  env: {},
};

export const CHECKOUT: ServiceRecord = {
  service: 'checkout',
  repository: REPOSITORY,
  registryId: ACCOUNT,
  region: REGION,
  workload: WORKLOAD,
  configDigest: configDigestOf(WORKLOAD),
  scan: { failOn: 'HIGH', epssMax: null, exceptions: [] },
  build: null,
  environments: [
    { environment: 'dev', waves: [['eu-west-1']] },
    { environment: 'production', waves: [['eu-west-1'], ['eu-central-1']] },
  ],
};

/** The same service with a build project whose run must prove each image. */
export const BUILT: ServiceRecord = {
  ...CHECKOUT,
  build: { project: 'checkout', testsMustPass: false, lineCoveragePercentMin: null },
};

interface FakeImage {
  readonly tags: string[];
  readonly pushedAt: number;
  manifest: unknown;
  mediaType: string;
  scan: { status: string; findings?: unknown[]; counts?: Record<string, number> } | null;
}

interface FakeExecution {
  readonly input: string;
  readonly executionArn: string;
  status: string;
}

interface FakeRun {
  readonly status: string;
  readonly exported?: Record<string, string>;
  readonly project?: string;
  readonly reports?: { type: string; status: string; coverage?: number }[];
}

type Trouble = (operation: string, moment: 'before' | 'after') => Error | undefined;

const bareTarget = (service: string, environment: string, region: string): Target => ({
  service,
  environment,
  region,
  account: '111111111111',
  targetId: `${service}/${environment}/${region}`,
  strategy: { kind: 'rolling' },
  bakeSeconds: 0,
  servesUsers: true,
  roleArn: 'arn:aws:iam::111111111111:role/target',
  externalId: 'slipway',
  invokeRoleArn: 'arn:aws:iam::111111111111:role/invoke',
  cluster: { name: 'dev', namespace: service },
  functions: {
    applyWorkload: 'a',
    checkWorkload: 'b',
    scaleWorkload: 'c',
    smokeTest: 'd',
    probe: null,
  },
  analysis: Analysis.parse({
    errorRatioMax: 0.01,
    latencyP99MsMax: null,
    requestsMin: 10,
    patienceSeconds: 600,
    settleSeconds: 0,
  }),
  guard: DEFAULT_GUARD,
  rollback: { keepPod: false },
  dependencies: { services: [], alarms: [] },
  plainRoute: null,
  shiftable: null,
});

const module = (name: string, operations: Record<string, Operation>): ServiceModule => ({
  name,
  create: () => ({ operations }),
  resources: {},
});

/** The pipeline's account: real tables of the local cloud; registry, builds, executions and bus as tables of facts. */
export const pipelineWorld = async (service: ServiceRecord = CHECKOUT) => {
  const clock = new VirtualClock(START);
  const images = new Map<string, FakeImage>();
  const runs = new Map<string, FakeRun>();
  const executions = new Map<string, FakeExecution>();
  const told: { type: string; detail: Record<string, unknown> }[] = [];
  const starts: string[] = [];
  const lines: string[] = [];
  let trouble: Trouble = () => undefined;

  const detail = (digest: string, { tags, pushedAt, mediaType }: FakeImage) => ({
    registryId: ACCOUNT,
    repositoryName: REPOSITORY,
    imageDigest: digest,
    imageTags: tags,
    imagePushedAt: new Date(pushedAt),
    imageManifestMediaType: mediaType,
  });
  const imageBy = (id: { imageDigest?: string; imageTag?: string }) =>
    [...images].find(
      ([digest, { tags }]) => digest === id.imageDigest || tags.includes(id.imageTag ?? ''),
    );

  const ecr: Record<string, Operation> = {
    DescribeImages: ({
      repositoryName,
      imageIds,
    }: {
      repositoryName: string;
      imageIds?: { imageDigest?: string; imageTag?: string }[];
    }) => {
      const early = trouble(`DescribeImages ${repositoryName}`, 'before');
      if (early) throw early;
      if (!imageIds) return { imageDetails: [...images].map(([d, one]) => detail(d, one)) };
      const found = imageIds.flatMap((id) => {
        const image = imageBy(id);
        return image ? [detail(...image)] : [];
      });
      if (found.length === 0)
        throw new AwsError('ImageNotFoundException', 'The image requested does not exist');
      return { imageDetails: found };
    },
    BatchGetImage: ({ imageIds }: { imageIds: { imageDigest: string }[] }) => ({
      images: imageIds.flatMap((id) => {
        const [digest, image] = imageBy(id) ?? [];
        return image
          ? [
              {
                imageId: { imageDigest: digest },
                imageManifest: JSON.stringify(image.manifest),
                imageManifestMediaType: image.mediaType,
              },
            ]
          : [];
      }),
    }),
    DescribeImageScanFindings: ({ imageId }: { imageId: { imageDigest: string } }) => {
      const scan = imageBy(imageId)?.[1].scan;
      if (!scan) throw new AwsError('ScanNotFoundException', 'Image scan does not exist');
      return {
        imageScanStatus: { status: scan.status },
        imageScanFindings: {
          findings: scan.findings ?? [],
          findingSeverityCounts: scan.counts ?? {},
        },
      };
    },
  };

  const reportArn = (id: string, index: number): string => `${id}:report-${index}`;
  const codebuild: Record<string, Operation> = {
    BatchGetBuilds: ({ ids }: { ids: string[] }) => ({
      builds: ids.flatMap((id) => {
        const run = runs.get(id);
        return run
          ? [
              {
                id,
                projectName: run.project ?? 'checkout',
                buildStatus: run.status,
                startTime: new Date(START - 60_000),
                exportedEnvironmentVariables: Object.entries(run.exported ?? {}).map(
                  ([name, value]) => ({ name, value }),
                ),
                reportArns: (run.reports ?? []).map((_, index) => reportArn(id, index)),
              },
            ]
          : [];
      }),
    }),
    ListBuildsForProject: () => ({ ids: [...runs.keys()] }),
    BatchGetReports: ({ reportArns }: { reportArns: string[] }) => ({
      reports: [...runs].flatMap(([id, run]) =>
        (run.reports ?? []).flatMap(({ type, status, coverage }, index) =>
          reportArns.includes(reportArn(id, index))
            ? [
                {
                  arn: reportArn(id, index),
                  type,
                  status,
                  ...(coverage === undefined
                    ? {}
                    : { codeCoverageSummary: { lineCoveragePercentage: coverage } }),
                },
              ]
            : [],
        ),
      ),
    }),
  };

  const arnOf = (name: string, machine = 'slipway-release'): string =>
    `arn:aws:states:${REGION}:${ACCOUNT}:execution:${machine}:${name}`;
  const machineIn = (arn: string): string => arn.split(':')[6] ?? '';
  const sfn: Record<string, Operation> = {
    StartExecution: (asked: { name: string; input: string; stateMachineArn: string }) => {
      const { name, input } = asked;
      const executionArn = arnOf(name, machineIn(asked.stateMachineArn));
      const early = trouble('StartExecution', 'before');
      if (early) throw early;
      const known = executions.get(name);
      if (known && !(known.status === 'RUNNING' && known.input === input))
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${name}'`);
      if (!known) {
        starts.push(name);
        executions.set(name, { input, executionArn, status: 'RUNNING' });
      }
      const late = trouble('StartExecution', 'after');
      if (late) throw late;
      return { executionArn, startDate: new Date(clock.now()) };
    },
    DescribeExecution: ({ executionArn }: { executionArn: string }) => {
      const found = [...executions.values()].find((one) => one.executionArn === executionArn);
      if (!found) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist`);
      return { executionArn, status: found.status, startDate: new Date(START) };
    },
  };

  const eventbridge: Record<string, Operation> = {
    PutEvents: ({ Entries }: { Entries: { DetailType: string; Detail: string }[] }) => {
      const early = trouble('PutEvents', 'before');
      if (early) throw early;
      for (const entry of Entries)
        told.push({ type: entry.DetailType, detail: JSON.parse(entry.Detail) });
      return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'id' })) };
    },
  };

  const scores: { id: string; score: number }[] = [];
  const inspector2: Record<string, Operation> = {
    ListFindings: () => ({
      findings: scores.map(({ id, score }) => ({
        packageVulnerabilityDetails: { vulnerabilityId: id, source: 'NVD' },
        epss: { score },
      })),
    }),
  };

  /** Roles that were assumed, each time. */
  const assumed: string[] = [];
  const sts: Record<string, Operation> = {
    AssumeRole: ({ RoleArn, ExternalId }: { RoleArn: string; ExternalId?: string }) => {
      if (ExternalId !== 'slipway')
        throw new AwsError('AccessDenied', 'not authorized', { status: 403 });
      assumed.push(RoleArn);
      return {
        Credentials: {
          AccessKeyId: `ASIA${assumed.length}`,
          SecretAccessKey: 'secret',
          SessionToken: 'session',
          Expiration: new Date(clock.now() + 3_600_000),
        },
      };
    },
  };

  const cloud = new Cloud({
    clock,
    seed: 1,
    modules: [
      dynamodbModule,
      module('ecr', ecr),
      module('codebuild', codebuild),
      module('sfn', sfn),
      module('eventbridge', eventbridge),
      module('inspector2', inspector2),
      module('sts', sts),
    ],
  });
  const place = { account: ACCOUNT, region: REGION };
  const principal = operatorOf(ACCOUNT);
  const runtime: Runtime = {
    env: {
      LEDGER_TABLE: 'slipway-ledger',
      LOCKS_TABLE: 'slipway-locks',
      RELEASE_MACHINE_ARN: RELEASE_MACHINE,
      ROLLOUT_MACHINE_ARN: RELEASE_MACHINE.replace('-release', '-rollout'),
      ROLLBACK_MACHINE_ARN: RELEASE_MACHINE.replace('-release', '-rollback'),
      BUS_NAME: 'slipway',
    },
    now: () => clock.now(),
    sleep: async () => {},
    uuid: () => cloud.uuid(),
    random: () => cloud.random(),
    client: <C>(_: unknown, { region }: { region?: string }) =>
      cloud.client({ ...place, region: region ?? REGION }, principal) as C,
    fetch: () => Promise.reject(new Error('no HTTP here')),
    write: (line) => {
      lines.push(line);
    },
  };
  const key = (name: string, type: 'HASH' | 'RANGE') => ({ AttributeName: name, KeyType: type });
  for (const [TableName, keys] of [
    ['slipway-ledger', [key('pk', 'HASH'), key('sk', 'RANGE')]],
    ['slipway-locks', [key('pk', 'HASH')]],
  ] as const)
    await cloud.call(
      'dynamodb',
      'CreateTable',
      {
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys,
        AttributeDefinitions: keys.map(({ AttributeName }) => ({
          AttributeName,
          AttributeType: 'S',
        })),
      },
      { ...place, principal },
    );
  await clock.advance(60_000);

  const ledger = ledgerOf({ runtime, env: { LEDGER_TABLE: 'slipway-ledger' } });
  const locks = locksOf({ runtime, env: { LOCKS_TABLE: 'slipway-locks' } });
  await ledger.writeService(service, new Date(START - 3_600_000).toISOString());
  for (const { environment, waves } of service.environments)
    for (const region of waves.flat())
      await ledger.writeTarget(bareTarget(service.service, environment, region));

  const context = { functionName: 'under-test', awsRequestId: 'request' } as Context;

  return {
    clock,
    cloud,
    runtime,
    ledger,
    locks,
    images,
    runs,
    executions,
    scores,
    assumed,
    told,
    /** Names of the executions that were really started, in order. */
    starts,
    lines,
    arnOf,
    /** Puts an image into the registry; the event of it is another thing. */
    push: (digest: string, tag: string, secondsAgo = 0): string => {
      images.set(digest, {
        tags: [tag],
        pushedAt: clock.now() - secondsAgo * 1_000,
        mediaType: IMAGE,
        manifest: {
          mediaType: IMAGE,
          config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
        },
        scan: { status: 'COMPLETE' },
      });
      return digest;
    },
    /** Makes the calls fail that the function picks. */
    disturb: (next: Trouble): void => {
      trouble = next;
    },
    calm: (): void => {
      trouble = () => undefined;
    },
    /** Invokes a handler in this world, as Lambda would. */
    invoke: async <O>(
      handler: (event: unknown, given: Context) => Promise<O>,
      event: unknown,
    ): Promise<O> => {
      Object.assign(globalThis, { [RUNTIME]: { current: () => runtime } });
      try {
        return await handler(event, context);
      } finally {
        Reflect.deleteProperty(globalThis, RUNTIME);
      }
    },
  };
};

export type PipelineWorld = Awaited<ReturnType<typeof pipelineWorld>>;
