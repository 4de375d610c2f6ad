import type { ChainedEvent } from '../../functions/domain/chain.ts';
import { type Facts, inside, number, text } from './event-facts.ts';
import { type Exposure, exposureOf, type Step } from './exposure.ts';
import { judgedBy, placeOf } from './story.ts';

/** What the judge had counted when something was decided. */
export interface JudgeNumbers {
  readonly eValue: number | null;
  readonly condemnAt: number | null;
  readonly candidate: { readonly requests: number; readonly bad: number } | null;
  readonly stable: { readonly requests: number; readonly bad: number } | null;
}

/** Why and how a rollout went back. */
export interface WayBack {
  readonly cause: string;
  readonly reason: string;
  readonly decidedAt: string;
  readonly endedAt: string | null;
  readonly to: string | null;
  readonly quarantined: boolean;
}

export type RolloutEnd =
  | 'under way'
  | 'completed'
  | 'refused'
  | 'rolledBack'
  | 'stuck'
  | 'completed, rolled back later';

/** One rollout onto one target. */
export interface RolloutStory {
  readonly rolloutId: string;
  readonly place: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly end: RolloutEnd;
  readonly steps: readonly Step[];
  readonly exposure: Exposure | null;
  readonly judge: JudgeNumbers | null;
  readonly refused: string | null;
  readonly back: WayBack | null;
  /** Said of it that is told nowhere else: alarms, waits, calls for a person. */
  readonly also: readonly { readonly at: string; readonly kind: string; readonly reason: string }[];
}

/** Each rollout of a release, in the order in which they began. */
export const rolloutsIn = (events: readonly ChainedEvent[], now: number): RolloutStory[] => {
  const ids = new Set(
    events.flatMap(({ facts, kind }) =>
      typeof facts['rolloutId'] === 'string' && kind === 'RolloutStarted'
        ? [facts['rolloutId']]
        : [],
    ),
  );
  return [...ids].map((rolloutId) =>
    rolloutIn(
      rolloutId,
      events.filter(({ facts }) => facts['rolloutId'] === rolloutId),
      now,
    ),
  );
};

const rolloutIn = (rolloutId: string, own: readonly ChainedEvent[], now: number): RolloutStory => {
  const last = (kind: string) => own.findLast((event) => event.kind === kind);
  const [first] = own;
  const steps = own
    .filter(({ kind }) => kind === 'WeightShifted')
    .map((event) => ({
      at: event.at,
      fromPercent: number(event.facts, 'fromPercent') ?? 0,
      percent: number(event.facts, 'percent') ?? 0,
      judged: judgedBy(event),
    }));
  const back = backIn(own);
  const completed = last('RolloutCompleted');
  const refused = last('RolloutRefused');
  const stuck = last('RollbackStuck');
  const undone = last('RolledBack');
  const end: RolloutEnd =
    undone !== undefined
      ? completed === undefined
        ? 'rolledBack'
        : 'completed, rolled back later'
      : stuck !== undefined
        ? 'stuck'
        : completed !== undefined
          ? 'completed'
          : refused !== undefined
            ? 'refused'
            : 'under way';
  const endedAt = (undone ?? stuck ?? completed ?? refused)?.at ?? null;
  return {
    rolloutId,
    place: (first === undefined ? null : placeOf(first)) ?? rolloutId,
    startedAt: first?.at ?? '',
    endedAt,
    end,
    steps,
    exposure: exposureOf(steps, {
      completedAt: completed?.at ?? null,
      backAt: back === null ? null : gone(own, back),
      now,
    }),
    judge: numbersIn(own),
    refused: text(refused?.facts, 'reason'),
    back,
    also: own.flatMap(({ at, kind, facts }) =>
      ALSO.has(kind) ? [{ at, kind, reason: text(facts, 'reason') ?? '' }] : [],
    ),
  };
};

const ALSO: ReadonlySet<string> = new Set([
  'RolloutWaiting',
  'RolloutUndecided',
  'AlarmRecorded',
  'AlarmPaged',
  'RollbackStuck',
  'RollbackAbandoned',
]);

/** To last good traffic goes when its rollback begins; to an earlier release, once that is ready. */
const gone = (own: readonly ChainedEvent[], back: WayBack): string => {
  const started = own.findLast(({ kind }) => kind === 'RollbackStarted')?.facts;
  return inside(started, 'rollback')?.['to'] === undefined
    ? back.decidedAt
    : (back.endedAt ?? back.decidedAt);
};

const backIn = (own: readonly ChainedEvent[]): WayBack | null => {
  const started = own.findLast(({ kind }) => kind === 'RollbackStarted');
  if (started === undefined) return null;
  const abandoned = own.findLast(({ kind }) => kind === 'RollbackAbandoned');
  if (abandoned !== undefined && abandoned.n > started.n) return null;
  const undone = own.findLast(({ kind, n }) => kind === 'RolledBack' && n > started.n);
  const asked = inside(started.facts, 'rollback');
  const to = inside(undone?.facts, 'lastGood') ?? inside(asked, 'to');
  return {
    cause: text(undone?.facts, 'cause') ?? text(asked, 'cause') ?? 'no cause recorded',
    reason: text(undone?.facts, 'reason') ?? text(asked, 'reason') ?? 'no reason recorded',
    decidedAt: started.at,
    endedAt: undone?.at ?? null,
    to: text(to, 'version') ?? text(to, 'releaseId'),
    quarantined: undone?.facts['quarantined'] === true,
  };
};

/** The counts of the newest judgement that had any. */
const numbersIn = (own: readonly ChainedEvent[]): JudgeNumbers | null => {
  const counted = (facts: Facts | undefined) => {
    const [requests, bad] = [number(facts, 'requests'), number(facts, 'bad')];
    return requests === null || bad === null ? null : { requests, bad };
  };
  const all = own.flatMap(({ facts }) => {
    const evidence = inside(inside(facts, 'judgement'), 'evidence');
    const counts = inside(evidence, 'rollout') ?? evidence;
    const candidate = counted(inside(counts, 'candidate'));
    if (candidate === null || candidate.requests === 0) return [];
    return [
      {
        eValue: number(evidence, 'eValue'),
        condemnAt: number(evidence, 'condemnAt'),
        candidate,
        stable: counted(inside(counts, 'stable')),
      },
    ];
  });
  return all.at(-1) ?? null;
};
