import { z } from 'zod';
import { fingerprint } from '../../config/canonical.ts';

/** One fact of a release's history, chained to the one before it. */
export const ChainedEvent = z.object({
  releaseId: z.string(),
  /** From 1, without gaps. */
  n: z.int().min(1),
  at: z.iso.datetime(),
  /** Past tense: `ReleaseStarted`, `ScanJudged`. */
  kind: z.string().regex(/^[A-Z][A-Za-z]+$/),
  facts: z.record(z.string(), z.unknown()),
  prevHash: z.string().length(64),
  hash: z.string().length(64),
});
export type ChainedEvent = z.infer<typeof ChainedEvent>;

/** What is told to the chain; number and hashes come from its head. */
export interface Happening {
  readonly at: string;
  readonly kind: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** The same key is written once, however often it is told; null: each telling counts. */
  readonly once: string | null;
}

/** Where a chain ends. */
export interface ChainHead {
  readonly eventCount: number;
  readonly headHash: string;
}

/** The head of a chain without events. */
export const GENESIS: ChainHead = { eventCount: 0, headHash: '0'.repeat(64) };

/** A member that is undefined is no part of what is hashed. */
const hashOf = (event: ChainedEvent): string => fingerprint({ ...event, hash: undefined });

/** The event that follows the head. Facts are taken as JSON will hold them. */
export const chained = (
  releaseId: string,
  head: ChainHead,
  { at, kind, facts }: Happening,
): ChainedEvent => {
  const event = {
    releaseId,
    n: head.eventCount + 1,
    at,
    kind,
    facts: JSON.parse(JSON.stringify(facts)) as Record<string, unknown>,
    prevHash: head.headHash,
    hash: '',
  };
  return { ...event, hash: hashOf(event) };
};

/** The head after an event. */
export const headAfter = ({ n, hash }: ChainedEvent): ChainHead => ({
  eventCount: n,
  headHash: hash,
});

/** What is wrong with a chain, in words; null when it is whole. Gaps, forks, reordering, changes and a wrong head are found. */
export const verifyChain = (
  events: readonly ChainedEvent[],
  head: ChainHead | null = null,
): string | null => {
  let before = GENESIS;
  for (const event of events) {
    const n = before.eventCount + 1;
    if (event.n !== n)
      return `event ${n} is missing: event ${event.n} follows ${before.eventCount}`;
    if (event.releaseId !== events[0]?.releaseId)
      return `event ${n} is of ${event.releaseId}, the chain of ${events[0]?.releaseId}`;
    if (event.prevHash !== before.headHash) return `event ${n} does not follow event ${n - 1}`;
    if (event.hash !== hashOf(event)) return `event ${n} was changed after it was written`;
    before = headAfter(event);
  }
  if (head && (head.eventCount !== before.eventCount || head.headHash !== before.headHash))
    return `the record says ${head.eventCount} events, the chain has ${before.eventCount}`;
  return null;
};
