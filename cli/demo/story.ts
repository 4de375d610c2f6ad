import { setTimeout as delay } from 'node:timers/promises';
import type { SfnService } from '../../local/services/sfn/module.ts';
import { Connection } from '../connection.ts';
import { CliFailure } from '../failure.ts';
import type { Laptop } from '../laptop/laptop.ts';
import { Users } from '../laptop/users.ts';
import { LedgerView } from '../view/ledger.ts';
import { type Look, look } from '../view/look.ts';
import { pushSample } from '../view/push-image.ts';
import { inOrder, readStatus } from '../view/status.ts';
import { Recovery } from './recovery.ts';

/** What must come of a push. */
export interface Act {
  readonly version: string;
  readonly title: string;
  readonly expected: 'released' | 'rolledBack' | 'rejected';
  /** What is live in production afterwards. */
  readonly thenLive: string;
}

export const ACTS: readonly Act[] = [
  { version: '1.1.0', title: 'good', expected: 'released', thenLive: '1.1.0' },
  {
    version: '1.2.0',
    title: 'fails 5 % of its requests',
    expected: 'rolledBack',
    thenLive: '1.1.0',
  },
  {
    version: '1.3.0',
    title: 'has a CRITICAL finding',
    expected: 'rejected',
    thenLive: '1.1.0',
  },
];

/** One release of the story, as `--json` gives it. */
export interface ReleaseResult {
  readonly service: string;
  readonly version: string;
  readonly digest: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly environments: readonly { environment: string; region: string; phase: string | null }[];
  readonly transitions: number;
  readonly badRequests: number;
  readonly secondsToRecover: number | null;
}

export interface StoryResult {
  readonly releases: readonly ReleaseResult[];
  readonly traffic: { readonly total: number; readonly failed: number };
}

/** Who watches the story while it happens. */
export interface Audience {
  /** Whether anybody looks: what nobody sees need not be asked for. */
  readonly watches: boolean;
  step(text: string): void;
  /** Before its push. */
  act(act: Act, seen: Look): void;
  look(act: Act, seen: Look, users: Users): void;
  ended(act: Act, result: ReleaseResult, problems: readonly string[]): void;
}

const SERVICE = 'checkout';
const LOOK_MS = 200;
/** Far more than a release takes at the speed of the demo: a story that hangs must end as a failure. */
const PATIENCE_MS = 180_000;

/** Plays the acts one after the other under real load; every deviation from what must come of them is a problem. */
export const playStory = async (
  laptop: Laptop,
  audience: Audience,
  requestsPerSecond: number,
): Promise<{ result: StoryResult; problems: string[] }> => {
  const stage = await setStage(laptop, requestsPerSecond);
  const problems: string[] = [];
  const releases: ReleaseResult[] = [];
  try {
    for (const act of ACTS) {
      audience.act(act, await look(stage.connection, stage.ledger));
      const result = await play(stage, act, audience);
      const wrong = await deviations(stage, act, result);
      audience.ended(act, result, wrong);
      problems.push(...wrong);
      releases.push(result);
    }
    return { result: { releases, traffic: await stage.users.stop() }, problems };
  } finally {
    stage.recovery.stop();
    await stage.users.stop();
  }
};

interface Stage {
  readonly laptop: Laptop;
  readonly connection: Connection;
  readonly ledger: LedgerView;
  readonly users: Users;
  readonly recovery: Recovery;
  readonly transitions: Map<string, number>;
}

const setStage = async (laptop: Laptop, requestsPerSecond: number): Promise<Stage> => {
  const connection = new Connection(laptop.endpoint);
  const ledger = new LedgerView(connection.ledger(laptop.configuration));
  const { primary } = laptop.configuration.regions;
  const entrance = laptop.entrances
    .addresses()
    .find(({ environment, region }) => environment === 'production' && region === primary);
  const target = (await ledger.targets()).find(
    ({ environment, region }) => environment === 'production' && region === primary,
  );
  if (entrance === undefined || target === undefined) {
    throw new CliFailure('the story needs an environment called production in the primary Region');
  }
  const users = new Users({
    port: entrance.port,
    host: entrance.host,
    requestsPerSecond,
    clock: laptop.clock,
  });
  const transitions = new Map<string, number>();
  const home = { account: laptop.configuration.pipeline.account, region: primary };
  laptop.cloud.service<SfnService>('sfn', home).onTransition(({ executionArn }) => {
    transitions.set(executionArn, (transitions.get(executionArn) ?? 0) + 1);
  });
  users.start();
  return {
    laptop,
    connection,
    ledger,
    users,
    transitions,
    recovery: new Recovery(laptop.cloud, connection, ledger, target),
  };
};

const play = async (stage: Stage, act: Act, audience: Audience): Promise<ReleaseResult> => {
  const { connection, ledger, laptop, users } = stage;
  const repository = laptop.configuration.services[SERVICE]?.repository ?? '';
  const badBefore = users.count().failed;
  const began = laptop.clock.now();
  const { digest } = await pushSample(
    connection.registry(laptop.configuration),
    repository,
    act.version,
  );
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    const record = (await ledger.newestReleasesOf(SERVICE, 1)).find((one) => one.digest === digest);
    // After the record, so that how it ended is seen too.
    if (audience.watches) audience.look(act, await look(connection, ledger), users);
    if (record?.outcome) {
      const { releaseId } = record;
      const firstBad = users.firstFailureSince(began);
      const zero = firstBad === null ? null : stage.recovery.firstZeroSince(firstBad);
      return {
        service: SERVICE,
        version: act.version,
        digest,
        outcome: record.outcome,
        reason: record.reason,
        environments: await environmentsOf(stage, releaseId),
        transitions: sumOf(stage.transitions, releaseId),
        badRequests: users.count().failed - badBefore,
        secondsToRecover:
          firstBad === null || zero === null ? null : Math.round((zero - firstBad) / 1000),
      };
    }
    if (performance.now() > giveUp) {
      throw new CliFailure(`${act.version} has not ended after ${PATIENCE_MS / 1000} s`, {
        details: (await readStatus(connection, ledger)).map(
          (one) =>
            `${one.environment} ${one.region}: ${one.phase ?? 'nothing yet'} ${one.reason ?? ''}`,
        ),
        solution: 'try again with a slower clock: slipway demo --speed 30',
      });
    }
    await delay(LOOK_MS);
  }
};

/** Only the targets that the release has touched. */
const environmentsOf = async (
  { ledger }: Stage,
  releaseId: string,
): Promise<ReleaseResult['environments']> => {
  const found: { environment: string; region: string; phase: string | null }[] = [];
  const [services, targets] = await Promise.all([ledger.services(), ledger.targets()]);
  for (const { targetId, environment, region } of inOrder(services, targets)) {
    const rollout = await ledger.rollout(targetId);
    if (rollout?.releaseId === releaseId) found.push({ environment, region, phase: rollout.phase });
  }
  return found;
};

const sumOf = (transitions: ReadonlyMap<string, number>, releaseId: string): number =>
  [...transitions]
    .filter(([arn]) => (arn.split(':').at(-1) ?? '').startsWith(releaseId))
    .reduce((sum, [, count]) => sum + count, 0);

const deviations = async (stage: Stage, act: Act, result: ReleaseResult): Promise<string[]> => {
  const production = (await readStatus(stage.connection, stage.ledger)).filter(
    ({ environment }) => environment === 'production',
  );
  const quarantined = await isQuarantined(stage, result.digest);
  const checks: (readonly [boolean, string])[] = [
    [
      result.outcome === act.expected,
      `${act.version} ended ${result.outcome}, expected ${act.expected}${result.reason ? ` (${result.reason})` : ''}`,
    ],
    [
      production
        .filter(
          ({ region }) =>
            region === stage.laptop.configuration.regions.primary || act.expected === 'released',
        )
        .every(({ live, weights }) => live?.version === act.thenLive && weights.stable === 100),
      `production does not serve ${act.thenLive} at 100 %`,
    ],
    [
      act.expected !== 'released' || result.badRequests === 0,
      `${result.badRequests} requests failed while ${act.version} was released`,
    ],
    [
      act.expected !== 'rejected' || result.environments.length === 0,
      `${act.version} was rejected but touched ${result.environments.length} target(s)`,
    ],
    [
      act.expected !== 'rolledBack' || quarantined,
      `${act.version} was rolled back but is not in quarantine`,
    ],
    [
      act.expected !== 'rolledBack' || result.secondsToRecover !== null,
      `${act.version} was rolled back before it hurt anybody: it should be caught while traffic shifts`,
    ],
  ];
  return checks.flatMap(([holds, problem]) => (holds ? [] : [problem]));
};

const isQuarantined = async ({ ledger }: Stage, digest: string): Promise<boolean> => {
  const record = (await ledger.releasesOf(SERVICE)).find((one) => one.digest === digest);
  return record !== undefined && (await ledger.quarantine(record)) !== null;
};
