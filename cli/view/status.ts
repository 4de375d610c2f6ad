import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ServiceRecord } from '../../functions/domain/release.ts';
import type { RolloutPhase, RolloutRecord } from '../../functions/domain/rollout.ts';
import { type Color, otherColor, type Target } from '../../functions/domain/target.ts';
import type { Place } from '../connection.ts';
import { mayWait, type OpenGuard, openGuard, type Waiting, waitingIn } from './attention.ts';
import type { LedgerView } from './ledger.ts';
import { readWeights } from './weights.ts';

interface Running {
  readonly version: string | null;
  readonly digest: string;
}

/** One target as `status --json` gives it. */
export interface TargetStatus {
  readonly service: string;
  readonly environment: string;
  readonly region: string;
  readonly phase: RolloutPhase | null;
  readonly live: Running | null;
  readonly candidate: Running | null;
  readonly weights: { readonly stable: number; readonly candidate: number };
  readonly ruleArns: { readonly weighted: string; readonly override: string } | null;
  readonly alarms: readonly string[];
  readonly guard: OpenGuard | null;
  readonly waiting: Waiting | null;
}

/** A target's status with what only the terminal shows. */
export interface TargetPicture extends TargetStatus {
  readonly overridden: boolean;
  /** The color that is live, or that traffic goes back to; null with one color. */
  readonly stableColor: Color | null;
  /** The newest rollout ended before it began: a check said no. */
  readonly refused: boolean;
  readonly reason: string | null;
}

/** What status asks AWS itself. */
export interface Balancers {
  loadBalancers(place: Place): Promise<ElasticLoadBalancingV2Client>;
}

/** Where every target stands, in the order of the promotion path. */
export const readStatus = async (
  connection: Balancers,
  ledger: LedgerView,
): Promise<TargetPicture[]> => {
  const [services, targets] = await Promise.all([ledger.services(), ledger.targets()]);
  return readTargets(connection, ledger, inOrder(services, targets));
};

/** Targets in the order of services, then of the promotion path, then of its waves. */
export const inOrder = (services: readonly ServiceRecord[], targets: readonly Target[]): Target[] =>
  services.flatMap(({ service, environments }) =>
    environments.flatMap(({ environment, waves }) =>
      waves
        .flat()
        .flatMap((region) =>
          targets.filter(
            (one) =>
              one.service === service && one.environment === environment && one.region === region,
          ),
        ),
    ),
  );

/** Where these targets stand. */
export const readTargets = (
  connection: Balancers,
  ledger: LedgerView,
  targets: readonly Target[],
): Promise<TargetPicture[]> =>
  Promise.all(targets.map((target) => pictureOf(connection, ledger, target)));

const pictureOf = async (
  connection: Balancers,
  ledger: LedgerView,
  target: Target,
): Promise<TargetPicture> => {
  const [live, rollout, guard] = await Promise.all([
    ledger.live(target.targetId),
    ledger.rollout(target.targetId),
    ledger.guard(target.targetId),
  ]);
  const underWay =
    rollout !== null && rollout.endedAt === null && rollout.rolloutId !== live?.rolloutId;
  const base = {
    service: target.service,
    environment: target.environment,
    region: target.region,
    phase: rollout?.phase ?? null,
    live: live === null ? null : { version: live.version, digest: live.digest },
    candidate: underWay ? { version: rollout.version, digest: rollout.digest } : null,
    refused: wasRefused(rollout),
    reason: rollout?.rollback?.reason ?? null,
    guard: openGuard(guard),
    waiting: mayWait(rollout) ? waitingIn(await ledger.events(rollout.releaseId), rollout) : null,
  };
  if (target.shiftable === null) {
    return {
      ...base,
      weights: { stable: 100, candidate: 0 },
      ruleArns: null,
      alarms: [],
      overridden: false,
      stableColor: null,
    };
  }
  const { route, alarms } = target.shiftable;
  const weights = await readWeights(await connection.loadBalancers(target), target.shiftable);
  const stable = live?.color ?? (rollout?.color ? otherColor(rollout.color) : 'blue');
  return {
    ...base,
    weights: { stable: weights[stable], candidate: weights[otherColor(stable)] },
    ruleArns: { weighted: route.weightedRuleArn, override: route.overrideRuleArn },
    alarms: alarms.watched,
    overridden: weights.overridden,
    stableColor: stable,
  };
};

const ENDS: ReadonlySet<RolloutPhase> = new Set(['completed', 'rolledBack', 'stuck']);

const wasRefused = (rollout: RolloutRecord | null): boolean =>
  rollout !== null && rollout.endedAt !== null && !ENDS.has(rollout.phase);

/** Only what the documented JSON holds. */
export const statusJson = (pictures: readonly TargetPicture[]): { targets: TargetStatus[] } => ({
  targets: pictures.map((documented) => ({
    service: documented.service,
    environment: documented.environment,
    region: documented.region,
    phase: documented.phase,
    live: documented.live,
    candidate: documented.candidate,
    weights: documented.weights,
    ruleArns: documented.ruleArns,
    alarms: documented.alarms,
    guard: documented.guard,
    waiting: documented.waiting,
  })),
});
