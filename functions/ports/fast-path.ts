import type { FastPathRow, PendingHook } from '../domain/fast-path-row.ts';

/** The alarm fast path's row of one target. */
export interface FastPath {
  /** Strongly consistent. */
  read(): Promise<FastPathRow | null>;
  /** Writes the whole row under its token; throws LockLost once a higher token has written. */
  write(row: FastPathRow): Promise<void>;
  /** Changes some of it under the token given; throws LockLost once a higher token has written, or when there is no row. */
  change(
    token: number,
    change: Partial<
      Pick<
        FastPathRow,
        'phase' | 'firstShiftAt' | 'deploymentId' | 'pendingHook' | 'lastGood' | 'token'
      >
    >,
  ): Promise<void>;
  /** Leaves a hook for the tick, if the row is still of this rollout; false: it is not. */
  leaveHook(rolloutId: string, hook: PendingHook): Promise<boolean>;
}
