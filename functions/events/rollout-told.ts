/** What Slipway tells of a rollout or a rollback on its bus. */
export interface RolloutTold {
  readonly source: 'slipway.rollout' | 'slipway.rollback';
  readonly detailType:
    | 'Rollout Completed'
    | 'Rollout Refused'
    | 'Rollout Undecided'
    | 'Rolled Back'
    | 'Pair Quarantined'
    | 'Rollback Abandoned'
    | 'Rollback Stuck'
    | 'Guard Paged';
  readonly detail: {
    /** The same fact has the same id: what listens can tell a repetition. */
    readonly id: string;
    readonly rolloutId: string;
    readonly releaseId: string;
    readonly targetId: string;
    readonly digest: string;
    readonly configDigest: string;
    readonly version: string | null;
    readonly reason: string | null;
    readonly [fact: string]: unknown;
  };
}

interface Told {
  readonly rolloutId: string;
  readonly releaseId: string;
  readonly targetId: string;
  readonly digest: string;
  readonly configDigest: string;
  readonly version: string | null;
}

/** The event of one fact about a rollout. */
export const rolloutTold = (
  source: RolloutTold['source'],
  detailType: RolloutTold['detailType'],
  about: Told,
  facts: { readonly reason: string | null; readonly [fact: string]: unknown },
): RolloutTold => {
  const { rolloutId, releaseId, targetId, digest, configDigest, version } = about;
  const id = `${rolloutId}/${detailType.toLowerCase().replaceAll(' ', '-')}`;
  return {
    source,
    detailType,
    detail: { id, rolloutId, releaseId, targetId, digest, configDigest, version, ...facts },
  };
};
