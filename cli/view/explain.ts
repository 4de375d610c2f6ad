import type { ChainedEvent } from '../../functions/domain/chain.ts';
import type { ReleaseRecord } from '../../functions/domain/release.ts';
import { type Facts, inside, number, text } from './event-facts.ts';
import { nextSteps } from './next-steps.ts';
import { type RolloutStory, rolloutsIn } from './rollout-story.ts';
import { placeOf } from './story.ts';

/** A question that was answered before traffic moved. */
export interface GateStory {
  readonly gate: string;
  readonly at: string;
  /** Where; null: for the release as a whole. */
  readonly place: string | null;
  readonly verdict: string;
  readonly reason: string;
  /** What it had found, in numbers; null: it says no numbers. */
  readonly counted: string | null;
}

/** The story of a release as a structure: every word of it stands in the release's chain. */
export interface Explanation {
  readonly releaseId: string;
  readonly service: string;
  readonly version: string | null;
  readonly digest: string;
  readonly configDigest: string;
  readonly repository: string | null;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly startReason: string | null;
  readonly attempts: number;
  readonly schema: { readonly brings: number; readonly oldest: number } | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly endedAt: string | null;
  readonly gates: readonly GateStory[];
  readonly rollouts: readonly RolloutStory[];
  readonly quarantine: {
    readonly since: string;
    readonly why: string;
    readonly lifted: { readonly by: string; readonly reason: string; readonly at: string } | null;
  } | null;
  readonly next: readonly string[];
}

type About = Pick<
  ReleaseRecord,
  'releaseId' | 'service' | 'version' | 'digest' | 'configDigest' | 'startedBy' | 'startedAt'
>;

/** Makes the story of a release from its events; `now` bounds what is still under way. */
export const explain = (
  record: About,
  events: readonly ChainedEvent[],
  now: number,
): Explanation => {
  const last = (kind: string) => events.findLast((event) => event.kind === kind);
  const ended = events.findLast(({ kind }) => ENDINGS.has(kind));
  const taken = last('ReleaseAccepted');
  // A later attempt has begun since: how the one before ended is no longer how it stands.
  const over = ended !== undefined && (taken === undefined || ended.n > taken.n) ? ended : null;
  const started = events[0]?.facts;
  const story = {
    releaseId: record.releaseId,
    service: record.service,
    version: record.version,
    digest: record.digest,
    configDigest: record.configDigest,
    repository: text(started, 'repository'),
    startedBy: text(taken?.facts, 'startedBy') ?? record.startedBy,
    startedAt: record.startedAt,
    startReason: text(taken?.facts, 'reason') ?? text(started, 'reason'),
    attempts: number(taken?.facts, 'attempt') ?? 1,
    schema: schemaIn(last('ImageResolved')?.facts),
    outcome: over === null ? null : (text(over.facts, 'outcome') ?? ENDINGS.get(over.kind) ?? null),
    reason: text(over?.facts, 'reason'),
    endedAt: over?.at ?? null,
    gates: gatesIn(events),
    rollouts: rolloutsIn(events, now),
    quarantine: quarantineIn(events),
  };
  return { ...story, next: nextSteps(story) };
};

const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['ReleaseConcluded', ''],
  ['ReleaseRejected', 'rejected'],
  ['ReleaseSuperseded', 'superseded'],
]);

const schemaIn = (facts: Facts | undefined): Explanation['schema'] => {
  const schema = inside(facts, 'schema');
  const [brings, oldest] = [number(schema, 'brings'), number(schema, 'oldest')];
  return brings === null || oldest === null ? null : { brings, oldest };
};

const GATES: ReadonlyMap<string, string> = new Map([
  ['BuildProven', 'build'],
  ['ScanJudged', 'scan'],
  ['ScanJudgedAgain', 'scan'],
  ['CheckWaived', 'waived'],
  ['RolloutRefused', 'preflight'],
]);

const gatesIn = (events: readonly ChainedEvent[]): GateStory[] =>
  events.flatMap((event) => {
    const gate = GATES.get(event.kind);
    if (gate === undefined) return [];
    const { facts, kind, at } = event;
    const reason = (text(facts, 'reason') ?? '').replace(/^(before \S+: )?scan gate: /, '');
    if (kind === 'CheckWaived') {
      const by = `${text(facts, 'by') ?? 'somebody'}: ${reason}`;
      const said = `${by} (it said: ${text(facts, 'waived') ?? 'nothing'})`;
      const named = text(facts, 'check') ?? 'check';
      return [
        { gate: named, at, place: placeOf(event), verdict: 'waived', reason: said, counted: null },
      ];
    }
    const verdict = text(facts, 'verdict') ?? (kind === 'RolloutRefused' ? 'fail' : 'pass');
    return [{ gate, at, place: placeOf(event), verdict, reason, counted: scanned(facts) }];
  });

/** What the scan counted over all of an image's platforms; null where no scan did. */
const scanned = (facts: Facts): string | null => {
  const children = inside(facts, 'evidence')?.['children'];
  if (!Array.isArray(children)) return null;
  const counts = new Map<string, number>();
  for (const child of children as Facts[]) {
    for (const [severity, count] of Object.entries(inside(child, 'counts') ?? {})) {
      counts.set(severity, (counts.get(severity) ?? 0) + Number(count));
    }
  }
  const found = [...counts].map(([severity, count]) => `${count} ${severity}`).join(', ');
  return `${children.length} ${children.length === 1 ? 'image' : 'images'} scanned, ${found || 'no findings'}`;
};

const quarantineIn = (events: readonly ChainedEvent[]): Explanation['quarantine'] => {
  const placed = events.findLast(
    ({ kind, facts }) => kind === 'RolledBack' && facts['quarantined'] === true,
  );
  if (placed === undefined) return null;
  const lifted = events.findLast(({ kind, n }) => kind === 'QuarantineLifted' && n > placed.n);
  return {
    since: placed.at,
    why: text(placed.facts, 'reason') ?? 'no reason recorded',
    lifted:
      lifted === undefined
        ? null
        : {
            by: text(lifted.facts, 'by') ?? 'somebody',
            reason: text(lifted.facts, 'reason') ?? '',
            at: lifted.at,
          },
  };
};
