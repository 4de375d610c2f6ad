import type { LockState } from '../domain/lock.ts';

interface Acquired {
  readonly acquired: true;
  readonly token: number;
  /** When this owner first got it. */
  readonly since: number;
}

interface Held {
  readonly acquired: false;
  readonly token: null;
  readonly holder: LockState;
}

/** Locks with a lease and a fencing token that only grows. */
export interface Locks {
  /** Takes a lock that is free or whose lease is over; the holder's own gets its lease renewed under the same token. */
  acquire(
    key: string,
    owner: string,
    leaseSeconds: number,
    extra?: { rolloutId: string },
  ): Promise<Acquired | Held>;
  /** Throws LockLost when the lock is no longer held under this token. */
  renew(key: string, token: number, leaseSeconds: number): Promise<LockState>;
  /** Takes the lock whoever holds it, its own under the same token; with `heldUnder`, only from that token, else LockLost. */
  takeOver(
    key: string,
    owner: string,
    leaseSeconds: number,
    extra?: { rolloutId?: string; heldUnder?: number },
  ): Promise<number>;
  /** Lifts a held lock's token above one that records already name: a lock that was deleted counts from 1 again. Answers the new token. */
  raise(key: string, token: number, above: number): Promise<number>;
  /** Frees it if it is still held under this token; says whether it was. */
  release(key: string, token: number): Promise<boolean>;
  read(key: string): Promise<LockState | null>;
  /** All locks that have an owner. */
  held(): Promise<LockState[]>;
}
