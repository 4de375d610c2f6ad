import { AsyncLocalStorage } from 'node:async_hooks';
import { configDigestOf } from '../../../config/workload.ts';
import { ledgerOf } from '../../../functions/adapters/ledger.ts';
import { locksOf } from '../../../functions/adapters/locks.ts';
import { environmentLockKey } from '../../../functions/domain/lock.ts';
import type { ServiceRecord } from '../../../functions/domain/release.ts';
import type { RolloutInput } from '../../../functions/domain/rollout-input.ts';
import type { Target } from '../../../functions/domain/target.ts';
import { RUNTIME, type Runtime } from '../../../functions/runtime/runtime.ts';
import { sleep } from '../../../local/clock/clock.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud } from '../../../local/cloud.ts';
import { cloudwatchModule } from '../../../local/services/cloudwatch/module.ts';
import { codedeployModule } from '../../../local/services/codedeploy/module.ts';
import { dynamodbModule } from '../../../local/services/dynamodb/module.ts';
import { type EksService, eksModule } from '../../../local/services/eks/module.ts';
import {
  type BalancerService,
  elasticloadbalancingv2Module,
} from '../../../local/services/elasticloadbalancingv2/module.ts';
import { eventbridgeModule } from '../../../local/services/eventbridge/module.ts';
import { lambdaModule } from '../../../local/services/lambda/module.ts';
import type { Principal, ServiceModule } from '../../../local/services/service.ts';
import { sfnModule } from '../../../local/services/sfn/module.ts';
import {
  makeAlarm,
  makeCluster,
  makeCodeDeploy,
  makeEdge,
  makeMachine,
  makePointer,
  makeRules,
  makeTables,
  POINTER,
} from './aws-resources.ts';
import { handlers } from './handlers.ts';
import {
  type Answer,
  type Ask,
  arn,
  CONTEXT,
  functionArn,
  machineArn,
  PLACE,
  role,
} from './place.ts';
import { shopTarget } from './shop-target.ts';

export const START = Date.UTC(2026, 0, 15, 12);
const { account, region } = PLACE;

/** A digest that one can tell at sight: `1.2.0` is all 2s. */
export const digestOf = (version: string): string =>
  `sha256:${(version.split('.')[1] ?? '0').repeat(64)}`;

const WORKLOAD = {
  port: 8080,
  replicas: { min: 2, max: 2 },
  readiness: '/healthz',
  env: {},
};

const SERVICE: ServiceRecord = {
  service: 'checkout',
  repository: 'shop/checkout',
  registryId: '999999999999',
  region,
  workload: WORKLOAD,
  configDigest: configDigestOf(WORKLOAD),
  scan: { failOn: 'HIGH', epssMax: null, exceptions: [] },
  build: null,
  environments: [{ environment: 'production', waves: [['eu-west-1']] }],
};

/** Labels of an image by its digest: how the modelled container behaves. */
type Labels = Record<string, string>;

const addressOf = (request: string | URL | Request): URL =>
  new URL(request instanceof Request ? request.url : request);

/** Everything that a rollout meets, really there: machines, tables, load balancer, cluster, CodeDeploy, alarms. */
export const rolloutWorld = async (over: Partial<Target> = {}) => {
  const clock = new VirtualClock(START);
  const images = new Map<string, Labels>();
  const lines: string[] = [];
  const told: { type: string; detail: Record<string, unknown> }[] = [];
  const cluster: Principal = {
    arn: `arn:aws:sts::${account}:assumed-role/cluster/session`,
    account,
    roleArn: role('cluster'),
  };
  const environmentOf = new Map<string, Record<string, string>>();
  const runtimes = new AsyncLocalStorage<Runtime>();
  Object.assign(globalThis, {
    [RUNTIME]: {
      current: () => {
        const runtime = runtimes.getStore();
        if (runtime === undefined) throw new Error('no invocation is under way');
        return runtime;
      },
    },
  });

  const registry: ServiceModule = {
    name: 'ecr',
    resources: {},
    create: () => ({
      blob: (digest: string) => {
        const labels = images.get(digest.replace(/^sha256:f/, 'sha256:'));
        return labels && Buffer.from(JSON.stringify({ config: { Labels: labels } }));
      },
      operations: {
        BatchGetImage: ({ imageIds }: { imageIds: { imageDigest?: string }[] }) => {
          const digest = imageIds[0]?.imageDigest ?? '';
          if (!images.has(digest)) {
            return { images: [], failures: [{ failureCode: 'ImageNotFound' }] };
          }
          const manifest = {
            config: { digest: digest.replace('sha256:', 'sha256:f') },
            layers: [],
          };
          return { images: [{ imageManifest: JSON.stringify(manifest), imageId: {} }] };
        },
      },
    }),
  };
  const sts: ServiceModule = {
    name: 'sts',
    resources: {},
    create: () => ({
      principalOf: (key: string) => (key === 'ASIACLUSTER' ? cluster : CONTEXT.principal),
      issue: () => ({ accessKeyId: 'ASIAOTHER', secretAccessKey: 's', sessionToken: 't' }),
      operations: {
        AssumeRole: () => ({
          Credentials: {
            AccessKeyId: 'ASIAOTHER',
            SecretAccessKey: 's',
            SessionToken: 't',
            Expiration: new Date(clock.now() + 3_600_000),
          },
        }),
      },
    }),
  };
  const lambda: ServiceModule = {
    ...lambdaModule,
    create: (context, place) => {
      const real = lambdaModule.create(context, place);
      const operations = { ...real.operations };
      operations['Invoke'] = async (input, caller) => {
        const name =
          String(input.FunctionName)
            .replace(/^arn:.*:function:/, '')
            .split(':')[0] ?? '';
        const payload: unknown = JSON.parse(new TextDecoder().decode(input.Payload));
        if (input.InvocationType !== 'Event') return invoke(name, payload);
        context.clock.at(context.clock.now(), () => void invoke(name, payload));
        void caller;
        return { StatusCode: 202 };
      };
      return Object.assign(real, { operations });
    },
  };

  const cloud = new Cloud({
    clock,
    seed: 3,
    modules: [
      cloudwatchModule,
      codedeployModule,
      dynamodbModule,
      eksModule,
      elasticloadbalancingv2Module,
      eventbridgeModule,
      lambda,
      registry,
      sfnModule,
      sts,
    ],
    callsKept: 20_000,
    warn: (message) => lines.push(message),
  });
  const call: Ask = (service, operation, input = {}) =>
    cloud.call(service, operation, input, CONTEXT);

  const smoke = (url: URL, headers: Headers): Response => {
    const target = cloud.service<BalancerService>('elasticloadbalancingv2', PLACE).dataPlane;
    const routed = target.route(
      {
        loadBalancerArn: edge.loadBalancerArn,
        host: headers.get('host') ?? url.hostname,
        path: url.pathname,
        method: 'GET',
        headers: Object.fromEntries(headers),
      },
      () => 0,
    );
    return new Response('', { status: routed.kind === 'forward' ? 200 : 404 });
  };

  /** Each invocation holds the clock while it works, and lets it go while it sleeps. */
  const runtimeOf = (name: string): { runtime: Runtime; end: () => void } => {
    let held: (() => void) | undefined = clock.hold();
    const runtime: Runtime = {
      env: environmentOf.get(name) ?? {
        ...pipelineEnvironment,
        AWS_ACCESS_KEY_ID: 'ASIACLUSTER',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'token',
      },
      now: () => clock.now(),
      sleep: async (milliseconds) => {
        held?.();
        await sleep(clock, milliseconds);
        held = clock.hold();
      },
      uuid: () => cloud.uuid(),
      random: () => cloud.random(),
      client: <C>(_: unknown, { region: at }: { region?: string }) => {
        const client = cloud.client({ account, region: at ?? region }, CONTEXT.principal);
        const send: typeof client.send = async (command) => {
          const operation = command.constructor.name.replace(/Command$/, '');
          const early = disturbance(operation, 'before');
          if (early !== undefined) throw early;
          const answer = await client.send(command);
          const late = disturbance(operation, 'after');
          if (late !== undefined) throw late;
          return answer;
        };
        return { ...client, send } as C;
      },
      fetch: async (url, init) =>
        (await cloud.http(addressOf(url), init)) ??
        smoke(addressOf(url), new Headers(init?.headers)),
      write: (line) => lines.push(line),
    };
    return { runtime, end: () => held?.() };
  };

  let disturbance: (operation: string, moment: 'before' | 'after') => Error | undefined = () =>
    undefined;
  const invocations: { name: string; payload: unknown; answer: unknown; at: number }[] = [];
  let sabotage: (name: string, payload: unknown) => Error | undefined = () => undefined;
  let losing: (name: string) => Error | undefined = () => undefined;
  const invoke = async (name: string, payload: unknown) => {
    const { runtime, end } = runtimeOf(name);
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value ?? null));
    try {
      const handler = handlers[name.replace(/^CodeDeployHook_.*/, 'AnswerHook')];
      if (handler === undefined) throw new Error(`no handler for ${name}`);
      const broken = sabotage(name, payload);
      if (broken !== undefined) throw broken;
      const answer = await runtimes.run(runtime, () =>
        handler(payload, { functionName: name, awsRequestId: cloud.uuid() } as never),
      );
      invocations.push({ name, payload, answer, at: clock.now() });
      const lost = losing(name);
      if (lost !== undefined) throw lost;
      return { StatusCode: 200, ExecutedVersion: '1', Payload: bytes(answer) };
    } catch (error) {
      const { name: errorType, message } = error as Error;
      invocations.push({ name, payload, answer: `${errorType}: ${message}`, at: clock.now() });
      return {
        StatusCode: 200,
        FunctionError: 'Unhandled',
        Payload: bytes({ errorType, errorMessage: message }),
      };
    } finally {
      end();
    }
  };

  const pipelineEnvironment = {
    LEDGER_TABLE: 'slipway-ledger',
    LOCKS_TABLE: 'slipway-locks',
    RELEASE_MACHINE_ARN: machineArn('release'),
    ROLLOUT_MACHINE_ARN: machineArn('rollout'),
    ROLLBACK_MACHINE_ARN: machineArn('rollback'),
    BUS_NAME: 'slipway',
  };

  const edge = await makeEdge(call);
  const target = shopTarget({
    functions: {
      applyWorkload: functionArn('ApplyWorkload'),
      checkWorkload: functionArn('CheckWorkload'),
      scaleWorkload: functionArn('ScaleWorkload'),
      smokeTest: functionArn('SmokeTest'),
      probe: null,
    },
    ...over,
  });
  const shiftable = target.shiftable && { ...target.shiftable };
  if (shiftable !== null) {
    Object.assign(shiftable, { route: { ...shiftable.route, ...edge.route } });
    Object.assign(target, { shiftable });
  }
  if (target.plainRoute !== null) {
    Object.assign(target, {
      plainRoute: {
        ...edge.route,
        hosts: ['checkout.example.com'],
        paths: [],
        ruleArn: edge.plainRuleArn,
        targetGroupArn: edge.route.targetGroupArns.blue,
      },
    });
  }
  await makeTables(call);
  await call('eventbridge', 'CreateEventBus', { Name: 'slipway' });
  await makeCluster(cloud, call);
  await makePointer(cloud, call);
  await makeCodeDeploy(call);
  for (const name of target.shiftable?.alarms.watched ?? []) await makeAlarm(call, name);
  for (const noun of ['rollback', 'rollout']) await makeMachine(call, noun);
  environmentOf.set('AlarmFastPath', {
    FAST_PATH_TABLE: 'slipway-checkout-production-fast-path',
    TARGET_ID: target.targetId,
    PIPELINE_BUS_ARN: arn('events', 'event-bus/slipway'),
  });
  for (const stage of ['before', 'after']) {
    environmentOf.set(`CodeDeployHook_${stage}`, {
      FAST_PATH_TABLE: 'slipway-checkout-production-fast-path',
      TARGET_ID: target.targetId,
      STAGE: stage,
    });
  }
  await makeRules(call);
  await clock.advance(60_000);

  const outside = runtimeOf('test');
  outside.end();
  const ledger = ledgerOf({ runtime: outside.runtime, env: { LEDGER_TABLE: 'slipway-ledger' } });
  const locks = locksOf({ runtime: outside.runtime, env: { LOCKS_TABLE: 'slipway-locks' } });
  await ledger.writeService(SERVICE, new Date(START).toISOString());
  await ledger.writeTarget(target);

  const elb = cloud.service<BalancerService>('elasticloadbalancingv2', PLACE);
  const shares = (): { blue: number; green: number } => {
    const match = elb.dataPlane.match({
      loadBalancerArn: edge.loadBalancerArn,
      host: 'checkout.example.com',
      path: '/',
      method: 'GET',
    });
    const of = (groupArn: string) => {
      const share = match?.shares.find(({ targetGroupArn }) => targetGroupArn === groupArn);
      return share === undefined || !match ? 0 : (100 * share.weight) / match.total;
    };
    const { blue, green } = edge.route.targetGroupArns;
    return { blue: of(blue), green: of(green) };
  };

  const bad = { blue: 0, green: 0 };
  const millis = { blue: 20, green: 20 };
  const orders = { failing: 0 };
  let perSecond = 10;
  /** Traffic as the load balancer would measure it, by what its rules route now. */
  const traffic = (): void => {
    const now = shares();
    for (const color of ['blue', 'green'] as const) {
      const requests = Math.round((perSecond * 10 * now[color]) / 100);
      if (requests === 0) continue;
      const failed = Math.round(requests * bad[color]);
      const dimensions = {
        LoadBalancer: edge.route.loadBalancerFullName,
        TargetGroup: edge.route.targetGroupArns[color].split(':').at(-1) ?? '',
      };
      const count = (name: string, value: number) =>
        value > 0 &&
        cloud.measure({ namespace: 'AWS/ApplicationELB', name, dimensions, value }, PLACE);
      count('RequestCount', requests);
      count('HTTPCode_Target_2XX_Count', requests - failed);
      count('HTTPCode_Target_5XX_Count', failed);
      cloud.measure(
        {
          namespace: 'AWS/ApplicationELB',
          name: 'TargetResponseTime',
          dimensions,
          value: millis[color] / 1000,
          count: requests,
        },
        PLACE,
      );
    }
    cloud.measure(
      { namespace: 'Shop', name: 'OrdersFailing', dimensions: {}, value: orders.failing },
      PLACE,
    );
    clock.at(clock.now() + 10_000, traffic);
  };
  clock.at(clock.now(), traffic);

  let releases = 0;
  const launch = async (version: string, labels: Labels = {}): Promise<string> => {
    releases += 1;
    const digest = digestOf(version);
    images.set(digest, { 'org.opencontainers.image.version': version, ...labels });
    const releaseId = `checkout-${version.replaceAll('.', '')}-${releases}`;
    const at = new Date(clock.now()).toISOString();
    await ledger.beginRelease(
      {
        releaseId,
        service: 'checkout',
        digest,
        configDigest: SERVICE.configDigest,
        version,
        imagePushedAt: at,
        attempt: 1,
        phase: 'promoting',
        outcome: null,
        reason: null,
        startedBy: 'push',
        startedAt: at,
        endedAt: null,
        executionArn: null,
      },
      { at, kind: 'ReleaseStarted', facts: {}, once: null },
    );
    const key = environmentLockKey('checkout', 'production');
    const held = await locks.acquire(key, `release-${releases}`, 900);
    const token = held.acquired
      ? held.token
      : await locks.takeOver(key, `release-${releases}`, 900);
    const input: RolloutInput = {
      rolloutId: `${releaseId}-production-euw1-1`,
      releaseId,
      service: 'checkout',
      environment: 'production',
      region,
      targetId: target.targetId,
      digest,
      configDigest: SERVICE.configDigest,
      version,
      environmentLock: { key, token },
    };
    const { executionArn } = await call('sfn', 'StartExecution', {
      stateMachineArn: machineArn('rollout'),
      name: input.rolloutId,
      input: JSON.stringify(input),
    });
    return executionArn;
  };

  const outcome = async (executionArn: string) => {
    const { status, output, error, cause } = await call('sfn', 'DescribeExecution', {
      executionArn,
    });
    return { status, ...(output ? JSON.parse(output) : {}), error, cause };
  };

  const world = {
    clock,
    cloud,
    call,
    ledger,
    locks,
    target,
    edge,
    lines,
    told,
    invocations,
    images,
    bad,
    millis,
    /** Above 1, the watched alarm fires by itself. */
    orders,
    shares,
    launch,
    outcome,
    machineArn,
    invoke,
    elb,
    /** Reads an address of the target's cluster. */
    kubernetes: async (path: string): Promise<Answer> => {
      const { kubernetes } = cloud.service<EksService>('eks', PLACE).clusters.get('shop');
      return (await kubernetes.request(new URL(`https://shop${path}`), {})).json();
    },
    setLoad: (requests: number) => {
      perSecond = requests;
    },
    sabotage: (next: typeof sabotage) => {
      sabotage = next;
    },
    /** Makes calls to AWS fail, before they are made or after they have been. */
    disturb: (next: typeof disturbance) => {
      disturbance = next;
    },
    /** Loses the answers of handlers that have done their work. */
    lose: (next: typeof losing) => {
      losing = next;
    },
    /** Runs the clock until the predicate holds; at most so many minutes. */
    until: async (
      what: string,
      holds: () => boolean | Promise<boolean>,
      minutes = 120,
    ): Promise<void> => {
      const end = clock.now() + minutes * 60_000;
      while (!(await holds())) {
        if (clock.now() >= end) {
          throw new Error(
            `${what} did not come; last: ${JSON.stringify(invocations.slice(-3)).slice(0, 4_000)}`,
          );
        }
        await clock.advance(5_000);
      }
    },
    ended: async (executionArn: string, minutes = 180) => {
      await world.until(
        `the end of ${executionArn}`,
        async () => (await outcome(executionArn)).status !== 'RUNNING',
        minutes,
      );
      return outcome(executionArn);
    },
    weights: async () => {
      const { Rules } = await call('elasticloadbalancingv2', 'DescribeRules', {
        RuleArns: [edge.route.weightedRuleArn],
      });
      const groups = Rules[0].Actions[0].ForwardConfig.TargetGroups;
      const of = (groupArn: string) =>
        groups.find((each: { TargetGroupArn: string }) => each.TargetGroupArn === groupArn)?.Weight;
      const { blue, green } = edge.route.targetGroupArns;
      return { blue: of(blue), green: of(green) };
    },
    overrideHosts: async (): Promise<string[]> => {
      const { Rules } = await call('elasticloadbalancingv2', 'DescribeRules', {
        RuleArns: [edge.route.overrideRuleArn],
      });
      return Rules[0].Conditions[0].HostHeaderConfig.Values;
    },
    alias: async () => {
      const { FunctionVersion, RoutingConfig } = await call('lambda', 'GetAlias', {
        FunctionName: POINTER,
        Name: 'live',
      });
      return {
        version: FunctionVersion,
        weights: RoutingConfig?.AdditionalVersionWeights ?? {},
      };
    },
    alarm: (state: 'OK' | 'ALARM') =>
      call('cloudwatch', 'SetAlarmState', {
        AlarmName: 'checkout-errors',
        StateValue: state,
        StateReason: 'said by the test',
      }),
    row: async () => {
      const { Item } = await call('dynamodb', 'GetItem', {
        TableName: 'slipway-checkout-production-fast-path',
        Key: { pk: { S: 'ROW' } },
      });
      return Item;
    },
  };
  return world;
};

export type RolloutWorld = Awaited<ReturnType<typeof rolloutWorld>>;
