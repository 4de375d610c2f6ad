import type { Deployed, LiveRecord, RolloutRecord } from './rollout.ts';

/** What runs in the live slot, without when and under which token it came there. */
export const deployedIn = (live: LiveRecord): Deployed => {
  const { releaseId, rolloutId, digest, configDigest, version, color, pointerVersion } = live;
  return { releaseId, rolloutId, digest, configDigest, version, color, pointerVersion };
};

/** The rollout that made live what it is, for a target whose newest rollout touched nothing. */
export const rolloutOf = (targetId: string, live: LiveRecord): RolloutRecord => ({
  ...deployedIn(live),
  targetId,
  phase: 'completed',
  deploymentId: null,
  executionArn: null,
  lastGood: live.lastGood,
  token: live.token,
  startedAt: live.since,
  endedAt: live.since,
  yieldedAt: null,
  rollback: null,
});
