import { ModifyRuleCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { MachineNoun } from '../../config/names.ts';
import type { EventBridgeService } from '../../local/services/eventbridge/eventbridge-service.ts';
import { KilledInvocation } from '../../local/services/lambda/invocation.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import type { ModelledTraffic } from '../../local/traffic/modelled-traffic.ts';
import { kubernetes } from './kubernetes-requests.ts';
import { type TargetView, targetView } from './shiftable-target.ts';
import { followSteps, type StepVisits } from './step-visits.ts';
import { type TrafficWatch, watchTraffic } from './traffic-rules.ts';
import { launch, type World } from './world.ts';

/** One target with one color, one with two. */
export const TWO_STRATEGIES = 'test/fixtures/configurations/two-strategies.config.ts';

/** A world in which something is live everywhere, unless it is to see a first release. */
export interface Ground {
  readonly world: World;
  readonly production: TargetView;
  readonly watch: TrafficWatch;
  readonly visits: StepVisits;
  readonly users: ModelledTraffic;
  /** A version that no push has had. */
  version(): string;
}

/** Launches one. */
export const groundOf = async (empty = false): Promise<Ground> => {
  const world = await launch({ config: TWO_STRATEGIES });
  const production = await targetView(world, 'production');
  const watch = watchTraffic(production);
  const visits = followSteps(world);
  let serial = 0;
  const version = (): string => {
    serial += 1;
    return `1.${serial}.0`;
  };
  if (!empty) {
    const { outcome, reason } = await world.ended(await world.push({ version: '1.0.0' }));
    if (outcome !== 'released') throw new Error(`the first release: ${outcome} ${reason}`);
  }
  return { world, production, watch, visits, users: await world.users('production', 10), version };
};

/** A run in which something may end: which release it is about, and from when on its effects count. */
export interface KillScenario {
  readonly name: string;
  readonly title: string;
  /** Starts in a world without any release. */
  readonly empty?: boolean;
  /** The functions that it is about; all, unless told. Each run of an empty world costs a launch. */
  readonly about?: RegExp;
  /** Its own fault lasts, so that a person has to ask once more in any case. */
  readonly helped?: boolean;
  /** Answers the digest that the run is about; calls `arm` once, when what follows is meant. */
  drive(ground: Ground, arm: () => void): Promise<string>;
}

const push = ({ world, version }: Ground, model = ''): Promise<string> =>
  world.push({
    version: version(),
    labels: model === '' ? {} : { 'org.example.model': model },
  });

const armAt = ({ visits }: Ground, noun: MachineNoun, state: string, arm: () => void): void => {
  visits.onVisit = (visit) => {
    if (visit.noun !== noun || visit.state !== state) return;
    visits.onVisit = undefined;
    arm();
  };
};

const phaseIs = async ({ world, production }: Ground, digest: string, phases: readonly string[]) =>
  world.until(`${digest} is ${phases.join(' or ')}`, async () => {
    const found = await production.rollout();
    return found?.digest === digest && phases.includes(found.phase) ? found : undefined;
  });

/** Lets time pass until half of production's users are on a candidate. */
const half = async ({ world, production }: Ground, digest: string) =>
  world.until(`${digest} has 50 %`, async () => {
    const found = await production.rollout();
    if (found?.digest !== digest || found.color === null) return undefined;
    return (await production.weights())[found.color] === 50 ? found.color : undefined;
  });

const alarm = async ({ production }: Ground, color: string): Promise<void> =>
  production.setAlarm(`slipway-checkout-production-${color}-errors`, 'ALARM');

const shrinkLastGood = async ({ world, production }: Ground): Promise<void> => {
  const live = await world.ledger.live(production.target.targetId);
  const path = `/apis/apps/v1/namespaces/checkout/deployments/checkout-${live?.color}`;
  await kubernetes(production, 'PATCH', path, { spec: { replicas: 0 } });
  await world.clock.advance(20_000);
};

/** Restoring dies for good, so that the rollback has to say that it is stuck; it works again for the next one. */
const breakRestoring = ({ world, visits }: Ground): void => {
  const functions = world.cloud.service<LambdaService>('lambda', world.home);
  let broken: string | undefined;
  const end = functions.interceptCalls(({ functionName, phase }) => {
    if (functionName !== 'slipway-restore-stable' || phase !== 'before') return;
    const { executionArn } = visits.of(functionName) ?? {};
    broken ??= executionArn;
    if (executionArn === broken) throw new KilledInvocation('restoring dies');
    end();
  });
};

/** Production's smoke test dies at each try, until it is repaired. */
const breakSmoke = ({ world, production }: Ground): (() => void) =>
  world.cloud.service<LambdaService>('lambda', production.target).interceptCalls((call) => {
    if (call.service !== 'https' || !call.functionName.endsWith('-production-smoke-test')) return;
    throw new KilledInvocation('the smoke test dies');
  });

/** Every way through the rollout and the rollback machine. */
export const KILL_SCENARIOS: readonly KillScenario[] = [
  {
    name: 'released',
    title: 'a good release: one color, then two colors in steps',
    drive: (ground, arm) => {
      arm();
      return push(ground);
    },
  },
  {
    name: 'first',
    title: 'the first release of both targets',
    empty: true,
    about: /place-first|conclude-rollout/,
    drive: (ground, arm) => {
      arm();
      return push(ground);
    },
  },
  {
    name: 'firstRefused',
    title: 'the first release of the target with one color goes back to nothing',
    empty: true,
    about: /-rollback|scale-workload/,
    drive: (ground, arm) => {
      armAt(ground, 'rollout', 'RequestRollback', arm);
      return push(ground, 'errors:1');
    },
  },
  {
    name: 'refused',
    title: 'preflight refuses: the override was left on by hand',
    drive: async (ground, arm) => {
      const { client, target } = ground.production;
      const { route } = target.shiftable;
      const { Conditions: before = [] } = await ground.production.rule('override');
      const HostHeaderConfig = { Values: ['by-hand.example.com'] };
      await client.send(
        new ModifyRuleCommand({
          RuleArn: route.overrideRuleArn,
          Conditions: [{ Field: 'host-header', HostHeaderConfig }],
        }),
      );
      armAt(ground, 'rollout', 'RefuseRollout', arm);
      const digest = await push(ground);
      await ground.world.ended(digest, 90);
      const values = before.flatMap((one) => one.HostHeaderConfig?.Values ?? []);
      await client.send(
        new ModifyRuleCommand({
          RuleArn: route.overrideRuleArn,
          Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: values } }],
        }),
      );
      return digest;
    },
  },
  {
    name: 'oneColor',
    title: 'one color: the smoke test refuses, last good is applied again',
    drive: (ground, arm) => {
      armAt(ground, 'rollout', 'RequestRollback', arm);
      return push(ground, 'errors:1');
    },
  },
  {
    name: 'unshifted',
    title: 'two colors: the smoke test dies for good, no weight was moved',
    drive: async (ground, arm) => {
      armAt(ground, 'rollout', 'RequestRollback', arm);
      const repaired = breakSmoke(ground);
      const digest = await push(ground);
      await ground.world.ended(digest, 90).catch(() => undefined);
      repaired();
      return digest;
    },
  },
  {
    name: 'alarm',
    title: 'two colors: an alarm fires at 50 %',
    drive: async (ground, arm) => {
      const digest = await push(ground);
      const color = await half(ground, digest);
      arm();
      await alarm(ground, color);
      return digest;
    },
  },
  {
    name: 'judged',
    title: 'two colors: the candidate turns bad at 50 %, no alarm is heard, the judge finds it',
    drive: async (ground, arm) => {
      const { world, production } = ground;
      const bus = world.cloud.service<EventBridgeService>('eventbridge', production.target);
      const heard = bus.interceptDeliveries(() => ({ copies: 0 }));
      armAt(ground, 'rollout', 'RequestRollback', arm);
      const digest = await push(ground, 'errors:0; afterRequests:300,errors:0.03');
      await ground.world.ended(digest, 90).catch(() => undefined);
      heard();
      return digest;
    },
  },
  {
    name: 'revived',
    title: 'two colors: a person goes back at 50 % while last good has no pods',
    drive: async (ground, arm) => {
      const digest = await push(ground);
      await half(ground, digest);
      await shrinkLastGood(ground);
      arm();
      await ground.production.ended(await ground.production.rollBackByHand('orders look wrong'));
      return digest;
    },
  },
  {
    name: 'byHand',
    title: 'two colors: a person goes back from a completed release',
    drive: async (ground, arm) => {
      const digest = await push(ground);
      await phaseIs(ground, digest, ['completed']);
      await ground.world.ended(digest, 90);
      arm();
      const executionArn = await ground.production.rollBackByHand('orders look wrong');
      await ground.production.ended(executionArn);
      return digest;
    },
  },
  {
    name: 'stuck',
    title: 'two colors: a rollback that cannot restore says so, until a person asks again',
    helped: true,
    drive: async (ground, arm) => {
      const digest = await push(ground);
      const color = await half(ground, digest);
      breakRestoring(ground);
      armAt(ground, 'rollback', 'RecordStuck', arm);
      await alarm(ground, color);
      return digest;
    },
  },
];

/** The scenario of a name. */
export const scenarioOf = (name: string): KillScenario => {
  const found = KILL_SCENARIOS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
};
