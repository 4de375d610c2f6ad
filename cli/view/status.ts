import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RolloutPhase, RolloutRecord } from '../../functions/domain/rollout.ts';
import { otherColor, type Target } from '../../functions/domain/target.ts';
import type { Place } from '../connection.ts';
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
}

/** A target's status with what only the terminal shows. */
export interface TargetPicture extends TargetStatus {
  readonly overridden: boolean;
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
  const ordered = services.flatMap(({ service, environments }) =>
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
  return Promise.all(ordered.map((target) => pictureOf(connection, ledger, target)));
};

const pictureOf = async (
  connection: Balancers,
  ledger: LedgerView,
  target: Target,
): Promise<TargetPicture> => {
  const [live, rollout] = await Promise.all([
    ledger.live(target.targetId),
    ledger.rollout(target.targetId),
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
    reason: reasonOf(rollout),
  };
  if (target.shiftable === null) {
    return {
      ...base,
      weights: { stable: 100, candidate: 0 },
      ruleArns: null,
      alarms: [],
      overridden: false,
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
  };
};

const reasonOf = (rollout: RolloutRecord | null): string | null =>
  rollout?.rollback?.reason ?? null;

/** Only what the documented JSON holds. */
export const statusJson = (pictures: readonly TargetPicture[]): { targets: TargetStatus[] } => ({
  targets: pictures.map(({ overridden: _overridden, reason: _reason, ...status }) => status),
});
