import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { byHand } from './doors.ts';
import { type Effect, watchEffects } from './effects.ts';
import type { Ground, KillScenario } from './kill-scenarios.ts';
import { faultsOf, UNDRAINED, viewsOf } from './soundness.ts';
import { ENDINGS, type Ending, nameOf, type Point, strike } from './strikes.ts';

const MINUTE = 60_000;
/** A release that lost something has ended by now, one way or the other. */
const ENDED_WITHIN_MINUTES = 90;
/** When a release has ended, whatever follows it has ended by now. */
const SETTLED_WITHIN_MINUTES = 20;

/** How a run ended. */
export interface Result {
  readonly point: string;
  /** How the release ended; `notReached`: the point did not come. */
  readonly outcome: string;
  /** From the blow to the moment from which nothing was amiss. */
  readonly seconds: number;
  /** A person had to ask once more, after a fault that lasted. */
  readonly helped: boolean;
  readonly faults: readonly string[];
}

/** What users lost in one run may still be in ALARM, and would hold the next one's release up. */
const quiet = ({ world, production }: Ground): Promise<true> =>
  world.until('no alarm is left of the run before', async () => {
    const { MetricAlarms = [] } = await production.client.send(
      new DescribeAlarmsCommand({ StateValue: 'ALARM' }),
    );
    return MetricAlarms.length === 0 ? true : undefined;
  });

/** Whole minutes of the clock make metrics, schedules and ticks meet alike in every run. */
const align = async (ground: Ground): Promise<void> => {
  const { world } = ground;
  await quiet(ground);
  const rest = world.clock.now() % (5 * MINUTE);
  await world.clock.advance(5 * MINUTE - rest);
};

/** What a scenario's functions do from its arming on. */
export const recorded = async (ground: Ground, scenario: KillScenario): Promise<Effect[]> => {
  const effects: Effect[] = [];
  let stop = (): void => undefined;
  await align(ground);
  const digest = await scenario.drive(ground, () => {
    stop = watchEffects(ground.world, (effect) => {
      effects.push(effect);
    });
  });
  await ground.world.ended(digest, ENDED_WITHIN_MINUTES);
  await ground.world.clock.advance(2 * MINUTE);
  stop();
  return effects;
};

const ended = async ({ world }: Ground, digest: string): Promise<string> => {
  const limit = world.clock.now() + ENDED_WITHIN_MINUTES * MINUTE;
  while (world.clock.now() < limit) {
    const newest = await world.ledger.newestReleasesOf('checkout', 3);
    const outcome = newest.find((record) => record.digest === digest)?.outcome;
    if (outcome) return outcome;
    await world.clock.advance(5000);
  }
  return 'none';
};

const undrainedIn = async ({ world }: Ground): Promise<string[]> =>
  (await faultsOf(world)).filter((fault) => fault.includes(UNDRAINED));

/** A cluster that never takes a candidate's pods away holds nothing up, and leaves them to the runs after it: `left`. */
const amiss = async (
  { world }: Ground,
  point: Point,
  left: readonly string[],
): Promise<string[]> => {
  const neverDrained =
    point.ends === 'functionForGood' && point.functionName.endsWith('-scale-workload');
  const faults = await faultsOf(world);
  return faults.filter(
    (fault) => !left.includes(fault) && !(neverDrained && fault.includes(UNDRAINED)),
  );
};

/** Lets time pass until nothing is amiss; answers what still is. */
const settled = async (
  ground: Ground,
  point: Point,
  left: readonly string[],
): Promise<string[]> => {
  const { world } = ground;
  const limit = world.clock.now() + SETTLED_WITHIN_MINUTES * MINUTE;
  for (;;) {
    const faults = await amiss(ground, point, left);
    if (faults.length === 0 || world.clock.now() > limit) return faults;
    await world.clock.advance(5000);
  }
};

const isOwnEnd = ({ functionName }: Effect): boolean => functionName.endsWith('-conclude-release');

/** What is live everywhere must be what the release's end says. */
const disagreements = async (
  { world }: Ground,
  point: Point,
  digest: string,
  outcome: string,
): Promise<string[]> => {
  const digests = await Promise.all(
    (await viewsOf(world)).map(({ target }) => world.ledger.live(target.targetId)),
  );
  const isLive = digests.map((live) => live?.digest === digest);
  if (outcome === 'released' && isLive.includes(false))
    return ['released, but not live everywhere'];
  // A release whose own end can never be recorded is found dead by the janitor, who can't say more than that.
  const recorded = point.ends !== 'functionForGood' || !isOwnEnd(point);
  if (outcome !== 'released' && isLive.every(Boolean) && recorded) {
    return [`${outcome}, but live everywhere`];
  }
  return [];
};

/** A person asks for what a lasting fault kept from happening. */
const help = async ({ world }: Ground): Promise<void> => {
  for (const { target } of await viewsOf(world)) {
    const found = await world.ledger.rollout(target.targetId);
    if (found === null || ['completed', 'rolledBack'].includes(found.phase)) continue;
    const { service, environment, region } = target;
    await byHand(world, 'rollback', { service, environment, region, reason: 'again', by: 'ada' });
  }
};

/** Runs a scenario in which something ends at a point, and looks what became of it. */
export const runPoint = async (
  ground: Ground,
  scenario: KillScenario,
  point: Point,
): Promise<Result> => {
  const { world, visits, watch } = ground;
  await align(ground);
  const brokenBefore = watch.broken.length;
  const left = await undrainedIn(ground);
  let blow: ReturnType<typeof strike> | undefined;
  let outcome = 'none';
  let helped = false;
  let faults: string[] = [];
  let digest = '';
  // A fault that lasts may leave the target to a person, who then asks once more.
  const lasts = point.ends === 'functionForGood' || scenario.helped === true;
  try {
    digest = await scenario.drive(ground, () => {
      blow = strike(world, visits, point);
    });
    outcome = await ended(ground, digest);
    faults = await settled(ground, point, left);
    if (faults.length > 0 && lasts) {
      blow?.end();
      await help(ground);
      faults = await settled(ground, point, left);
      helped = true;
    }
  } catch (error) {
    faults.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
  const soundAt = world.clock.now();
  await world.clock.advance(2 * MINUTE);
  blow?.end();
  visits.onVisit = undefined;
  const at = blow?.at() ?? null;
  if (faults.length === 0) {
    faults.push(...(await amiss(ground, point, left)));
    if (scenario.name !== 'byHand')
      faults.push(...(await disagreements(ground, point, digest, outcome)));
  }
  faults.push(...watch.broken.slice(brokenBefore));
  if (outcome === 'none') faults.push('the release has no end');
  if (outcome === 'stuck' && !lasts) faults.push('stuck');
  return {
    point: nameOf(point),
    outcome: at === null ? 'notReached' : outcome,
    seconds: at === null ? 0 : Math.round((soundAt - at) / 1000),
    helped,
    faults,
  };
};

/** What can end at an effect: only an execution can be stopped or run out of time. */
const endingsOf = (ground: Ground, { functionName, call, phase }: Effect): readonly Ending[] => {
  const isStep = ground.visits.of(functionName) !== undefined;
  const canDie = !(call === 'invocation' && phase === 'after');
  // Intake that is dead for good leaves its message to the dead letters, and a person: no rollout has begun.
  const canDieForGood = canDie && !functionName.endsWith('-intake');
  return ENDINGS.filter((ending) => {
    if (ending === 'function') return canDie;
    return ending === 'functionForGood' ? canDieForGood : isStep;
  });
};

/** Every way in which something can end at what was recorded. */
export const pointsOf = (
  ground: Ground,
  scenario: KillScenario,
  effects: readonly Effect[],
): Point[] =>
  effects
    .filter(({ functionName }) => scenario.about?.test(functionName) ?? true)
    .flatMap((effect) =>
      endingsOf(ground, effect).map((ends) => ({ ...effect, scenario: scenario.name, ends })),
    );
