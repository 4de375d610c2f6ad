import type { ChainedEvent } from '../../functions/domain/chain.ts';
import type { GuardRecord } from '../../functions/domain/guard.ts';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';

/** The open guard of a target: whose release is watched, and what its alarms do. */
export interface OpenGuard {
  readonly releaseId: string;
  readonly until: string;
  /** Until then an alarm rolls back by itself; later, or where this is null, it calls a person. */
  readonly rollsBackUntil: string | null;
  /** What it would go back to. */
  readonly lastGood: { readonly version: string | null; readonly digest: string } | null;
}

/** A rollout that has its target and does not begin. */
export interface Waiting {
  readonly since: string;
  readonly reason: string;
}

/** A guard as people are told of it. Without anything to go back to an alarm can only call somebody. */
export const openGuard = (guard: GuardRecord | null): OpenGuard | null => {
  if (guard === null) return null;
  const { releaseId, lastGood, startedAt, rollsBackUntil, endsAt } = guard;
  return {
    releaseId,
    until: endsAt,
    rollsBackUntil: lastGood === null || rollsBackUntil <= startedAt ? null : rollsBackUntil,
    lastGood: lastGood && { version: lastGood.version, digest: lastGood.digest },
  };
};

/** Whether a rollout may be waiting: only then its release's history is worth a read. */
export const mayWait = (rollout: RolloutRecord | null): rollout is RolloutRecord =>
  rollout !== null && rollout.endedAt === null && rollout.phase === 'planned';

/** Why it waits, by its newest word; null: it does not. */
export const waitingIn = (
  events: readonly ChainedEvent[],
  { rolloutId }: Pick<RolloutRecord, 'rolloutId'>,
): Waiting | null => {
  const own = events.filter(
    ({ kind, facts }) => kind === 'RolloutWaiting' && facts['rolloutId'] === rolloutId,
  );
  const [first, last] = [own.at(0), own.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { since: first.at, reason: String(last.facts['reason']) };
};

const moment = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;

/** One line about a guard. */
export const guardWords = ({ until, rollsBackUntil, lastGood }: OpenGuard): string => {
  const back = lastGood === null ? '' : ` to ${lastGood.version ?? lastGood.digest.slice(0, 19)}`;
  const does =
    rollsBackUntil === null
      ? 'an alarm calls a person'
      : `an alarm until ${moment(rollsBackUntil)} rolls back${back}, a later one calls a person`;
  return `guarded until ${moment(until)}: ${does}`;
};

/** One line about a rollout that waits. */
export const waitingWords = ({ since, reason }: Waiting): string =>
  `rollout waits since ${moment(since)}, traffic untouched: ${reason}`;
