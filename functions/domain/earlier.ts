import type { LiveRecord, RolloutRecord } from './rollout.ts';
import { Deployed } from './rollout.ts';
import { otherColor } from './target.ts';

/** What a rollback to a named release rests on. */
export interface EarlierKnowledge {
  /** The release id that was named. */
  readonly to: string;
  readonly live: LiveRecord | null;
  /** The target's newest rollout. */
  readonly newest: RolloutRecord | null;
  /** Newest first. */
  readonly history: readonly RolloutRecord[];
  readonly twoColors: boolean;
}

type EarlierDecision =
  | { readonly act: 'refuse'; readonly reason: string }
  /** `to` null: it is what a rollback goes to anyway. */
  | { readonly act: 'goBack'; readonly record: RolloutRecord; readonly to: Deployed | null };

/** Whether a rollout ever had all of its target and was concluded: image and configuration served together there. */
export const ranHere = ({ phase, completedAt }: RolloutRecord): boolean =>
  phase === 'completed' || completedAt !== undefined;

/** What ran on a target, newest first, each release once. */
export const earlierReleases = (newestFirst: readonly RolloutRecord[]): RolloutRecord[] =>
  newestFirst
    .filter(ranHere)
    .filter(
      ({ releaseId }, index, all) =>
        all.findIndex((other) => other.releaseId === releaseId) === index,
    );

/** Where a rollback to a named release begins and where it goes, or why it may not begin. */
export const decideEarlier = (known: EarlierKnowledge): EarlierDecision => {
  const { to, live, newest, history } = known;
  const refuse = (reason: string): EarlierDecision => ({ act: 'refuse', reason });
  if (newest === null) return refuse('nothing has run on this target yet');
  const busy = underWay(known, newest);
  if (busy !== null) return refuse(busy);
  const found = earlierReleases(history).find(({ releaseId }) => releaseId === to);
  if (found === undefined) {
    const names = earlierReleases(history).map(
      ({ version, releaseId }) => `${version ?? 'no version'} (${releaseId})`,
    );
    return refuse(
      `${to} never ran on this target: only a pair of image and configuration that served here together can come back; these did: ${names.join(', ') || 'none'}`,
    );
  }
  const stuck = newest.phase === 'stuck';
  if (!stuck && live?.releaseId === to) return refuse(`${to} is live already`);
  const record = stuck ? newest : recordOfLive(known, newest);
  if (record === null) return refuse('nothing is live on this target');
  const from = record.color ?? live?.color ?? 'blue';
  const deployed = Deployed.parse({ ...found, color: known.twoColors ? otherColor(from) : 'blue' });
  const same =
    record.lastGood?.digest === deployed.digest &&
    record.lastGood.configDigest === deployed.configDigest &&
    record.rollback?.to === undefined;
  return { act: 'goBack', record, to: same ? null : deployed };
};

/** A rollout in progress goes back to last good first: what it has begun, only its own rollback takes back whole. */
const underWay = (
  { to, twoColors }: EarlierKnowledge,
  { phase, endedAt, rolloutId, rollback }: RolloutRecord,
): string | null => {
  const first = 'go back to last good first (the same command without --to), then name the release';
  switch (phase) {
    case 'planned':
    case 'preparing':
      return endedAt === null ? `${rolloutId} is under way (${phase}): ${first}` : null;
    case 'shifting':
    case 'baking':
      return `${rolloutId} is under way (${phase}): ${first}`;
    case 'rollingBack':
      return `${rolloutId} is being rolled back; wait for its end, then name the release`;
    case 'stuck':
      // On one color nothing is left that could be lost; with two, traffic may be half-way to where it was to go.
      return !twoColors || rollback?.to?.releaseId === to
        ? null
        : `the rollback of ${rolloutId} is stuck: ${first}`;
    case 'completed':
    case 'rolledBack':
      return null;
  }
};

/** The record of the rollout that is live, as it is now: older ones may stand between it and the newest. */
const recordOfLive = (
  { live, history }: EarlierKnowledge,
  newest: RolloutRecord,
): RolloutRecord | null => {
  if (live === null) return null;
  const own =
    newest.rolloutId === live.rolloutId
      ? newest
      : history.find(({ rolloutId }) => rolloutId === live.rolloutId);
  const asLive = {
    color: live.color,
    pointerVersion: live.pointerVersion,
    lastGood: live.lastGood,
    phase: 'completed' as const,
  };
  return own === undefined ? null : { ...own, ...asLive };
};
