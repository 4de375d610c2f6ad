import type { ChainedEvent } from '../../functions/domain/chain.ts';
import { nameOf } from '../print.ts';
import type { Look } from './look.ts';
import type { ReleaseStory } from './stages.ts';
import type { TargetPicture } from './status.ts';
import { clock, judgedBy, placeOf, storyLines } from './story.ts';

/** What facts are told of: a look, or less of it. */
export type Known = Pick<Look, 'now' | 'targets' | 'stories'>;

/** What changed between two looks, one plain line per fact: what was decided and why, what users get of it, how it ended. */
export const factsBetween = (before: Known | null, after: Known): string[] => {
  const seen = clock(new Date(after.now).toISOString());
  const [decided, ended] = newEvents(before, after.stories);
  const changed = after.targets.flatMap((now) => {
    const then = before?.targets.find((one) => sameTarget(one, now));
    return targetFacts(then, now, after.stories).map(
      (fact) => `${now.service} ${now.environment} ${now.region}: ${fact}`,
    );
  });
  return [...decided, ...changed, ...ended].map((fact) => `${seen}  ${fact}`);
};

/** Told by what the targets themselves show, or of no interest beside it. */
const SHOWN_BY_TARGETS = new Set([
  'ReleaseAccepted',
  'EnvironmentEntered',
  'RolloutStarted',
  'ShiftStarted',
  'WeightShifted',
  'BakeStarted',
  'RolloutCompleted',
  'RollbackDecided',
  'RollbackStarted',
  'RolledBack',
  'RollbackStuck',
]);

/** What happened to releases since, and of that apart what ended them: it is told last. */
const newEvents = (
  before: Known | null,
  stories: readonly ReleaseStory[],
): [decided: string[], ended: string[]] => {
  const told = stories.flatMap(({ record, events }) => {
    const known = before?.stories.find((one) => one.record.releaseId === record.releaseId);
    // What happened before anybody looked is history: `slipway history` tells it.
    const from = before === null ? events.length : (known?.events.length ?? 0);
    return storyLines(events)
      .slice(from)
      .filter(({ event }) => isTold(event))
      .map(({ event, text }) => ({ kind: event.kind, fact: `${record.service} ${text}` }));
  });
  const ends = told.filter(({ kind }) => kind === 'ReleaseConcluded');
  return [
    told.filter((one) => !ends.includes(one)).map(({ fact }) => fact),
    ends.map(({ fact }) => fact),
  ];
};

const isTold = ({ kind, facts }: ChainedEvent): boolean =>
  kind === 'ScanJudgedAgain' ? facts['verdict'] !== 'pass' : !SHOWN_BY_TARGETS.has(kind);

const sameTarget = (a: TargetPicture, b: TargetPicture): boolean =>
  a.service === b.service && a.environment === b.environment && a.region === b.region;

const targetFacts = (
  then: TargetPicture | undefined,
  now: TargetPicture,
  stories: readonly ReleaseStory[],
): string[] => {
  if (then === undefined) return [standing(now)];
  const facts: string[] = [];
  if (now.candidate !== null && now.candidate.digest !== then.candidate?.digest) {
    facts.push(
      now.live === null
        ? `${nameOf(now.candidate)} is prepared, the first here`
        : `${nameOf(now.candidate)} is prepared, ${nameOf(now.live)} serves`,
    );
  }
  if (now.overridden && !then.overridden)
    facts.push(`override on: everything goes to last good, ${nameOf(now.live)}`);
  else if (weightMoved(then, now))
    facts.push(
      `${now.weights.candidate} % of traffic on ${nameOf(now.candidate)}${whyShifted(now, stories)}`,
    );
  const phase = phaseFact(then, now);
  if (phase !== null) facts.push(phase);
  if (!now.overridden && then.overridden) facts.push('override off');
  return facts;
};

/** A weight that an override hides, or that returns with its end, is no decision about the candidate. */
const weightMoved = (then: TargetPicture, now: TargetPicture): boolean =>
  now.candidate !== null &&
  !now.overridden &&
  !then.overridden &&
  now.weights.candidate !== then.weights.candidate &&
  (now.phase === 'shifting' || now.phase === 'preparing' || now.phase === 'baking');

/** What the step before was judged by. */
const whyShifted = (now: TargetPicture, stories: readonly ReleaseStory[]): string => {
  const event = stories
    .flatMap(({ events }) => events)
    .findLast(
      (one) =>
        one.kind === 'WeightShifted' &&
        one.facts['percent'] === now.weights.candidate &&
        (placeOf(one) ?? '').startsWith(now.environment),
    );
  const reason = event === undefined ? null : judgedBy(event);
  return reason === null ? '' : ` (${reason})`;
};

const standing = (now: TargetPicture): string => {
  if (now.live === null)
    return now.candidate === null
      ? 'nothing serves yet'
      : `${nameOf(now.candidate)} is prepared, the first here`;
  const rest =
    now.candidate === null
      ? ''
      : `, ${nameOf(now.candidate)} has ${now.weights.candidate} % (${now.phase})`;
  return `${nameOf(now.live)} serves${rest}${now.overridden ? ', override on' : ''}`;
};

const phaseFact = (then: TargetPicture, now: TargetPicture): string | null => {
  if (now.refused && !then.refused) return 'refused, traffic untouched';
  if (now.phase === then.phase) return null;
  const why = now.reason === null ? '' : `: ${now.reason}`;
  switch (now.phase) {
    case 'baking':
      return `${nameOf(now.candidate)} has all traffic and is watched for a while (baking)`;
    case 'completed':
      return `completed, ${nameOf(now.live)} serves`;
    case 'rollingBack':
      return `rolling back${why}`;
    case 'rolledBack':
      return `rolled back, ${nameOf(now.live)} serves${then.phase === 'rollingBack' ? '' : why}`;
    case 'stuck':
      return `stuck, a person must come${why}`;
    default:
      return null;
  }
};
