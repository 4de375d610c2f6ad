import type { RuleCondition } from './fast-path-row.ts';
import { invariant } from './invariant.ts';
import type { GroupWeight } from './weights.ts';

/** How long last good may take to come back before a person must come. */
export const REVIVE_SECONDS = 600;

/** What an override may do with what there is. */
export interface OverridePlan {
  readonly decision: 'all' | 'wait' | 'error';
  readonly reason: string;
  /** Last good's percent; null: leave the rules as they are. */
  readonly lastGoodPercent: number | null;
}

/** What is known when traffic must go back. */
export interface OverrideSight {
  readonly lastGoodHealthy: number;
  readonly candidateHealthy: number;
  /** What the candidate gets now by the rule that routes. */
  readonly candidatePercent: number;
  readonly overrideOn: boolean;
  readonly waitedSeconds: number;
}

/**
 * How much of the traffic last good takes: all it can, never less than it has, nothing when it is dead.
 * A candidate with most of the traffic says by its healthy targets what all of it needs; with less, last good already carries most.
 */
export const planOverride = (sight: OverrideSight): OverridePlan => {
  const { lastGoodHealthy, candidateHealthy, candidatePercent } = sight;
  const late = sight.waitedSeconds >= REVIVE_SECONDS;
  if (lastGoodHealthy === 0) {
    return {
      decision: late ? 'error' : 'wait',
      reason: late
        ? `last good has had no healthy target for ${REVIVE_SECONDS} s; look at its pods, then start the rollback again`
        : 'last good has no healthy target; it is being put back into its slot',
      // The alarm fast path may have sent everything to what has died since.
      lastGoodPercent: sight.overrideOn && candidateHealthy > 0 ? 0 : null,
    };
  }
  const needed = candidatePercent >= 50 ? candidateHealthy : lastGoodHealthy;
  if (lastGoodHealthy >= needed || candidateHealthy === 0 || late) {
    return {
      decision: 'all',
      reason: `last good takes all traffic with ${lastGoodHealthy} healthy targets`,
      lastGoodPercent: 100,
    };
  }
  const carried = Math.floor((100 * lastGoodHealthy) / needed);
  const share = Math.max(1, 100 - candidatePercent, carried);
  return {
    decision: 'wait',
    reason: `last good takes ${share} % with ${lastGoodHealthy} of ${needed} healthy targets; the rest follows as it grows`,
    lastGoodPercent: Math.min(99, share),
  };
};

/** The override's forward action. */
export const overrideWeights = (
  groups: { readonly lastGood: string; readonly candidate: string },
  lastGoodPercent: number,
): GroupWeight[] => {
  invariant(
    Number.isInteger(lastGoodPercent) && lastGoodPercent >= 0 && lastGoodPercent <= 100,
    `last good's weight is a whole number of percent, not ${lastGoodPercent}`,
  );
  return [
    { targetGroupArn: groups.lastGood, weight: lastGoodPercent },
    { targetGroupArn: groups.candidate, weight: 100 - lastGoodPercent },
  ];
};

const OFF_SUFFIX = '.slipway.invalid';

/** Conditions under which the override matches nothing: a host that can't occur (RFC 6761 reserves `.invalid`). */
export const overrideOff = (random: string): RuleCondition[] => [
  { Field: 'host-header', HostHeaderConfig: { Values: [`${random}${OFF_SUFFIX}`] } },
];

/** Whether the override routes: unless its conditions name the host that can't occur. */
export const overrideIsOn = (conditions: readonly RuleCondition[]): boolean =>
  !conditions.some(({ Field, HostHeaderConfig, Values }) => {
    const config = HostHeaderConfig as { Values?: string[] } | undefined;
    const hosts = config?.Values ?? (Values as string[] | undefined) ?? [];
    return (
      Field === 'host-header' &&
      hosts.length > 0 &&
      hosts.every((host) => host.endsWith(OFF_SUFFIX))
    );
  });
