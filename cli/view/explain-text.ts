import { millisecondsOf } from '../../functions/domain/instant.ts';
import { nameOf, paint, shortDigest } from '../print.ts';
import type { Explanation } from './explain.ts';
import type { JudgeNumbers, RolloutStory } from './rollout-story.ts';
import { clock, lasted } from './story.ts';

/** The story of a release for people: who, what, which gates, then each place, then what to do. */
export const explanationText = (story: Explanation): string =>
  [
    heading(story),
    opening(story),
    ...section('Gates', gateLines(story)),
    ...placesOf(story).flatMap(([place, rollouts]) =>
      section(
        place,
        rollouts.flatMap((rollout) => rolloutLines(rollout, story.reason)),
      ),
    ),
    ...section('Quarantine', quarantineLines(story)),
    ...section('What you can do next', story.next),
  ].join('\n');

const between = (from: string, until: string): number =>
  millisecondsOf(until) - millisecondsOf(from);

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', paint('bold', title), ...lines.map((line) => `  ${line}`)];

const COLORS = { released: 'green', rolledBack: 'red', rejected: 'red', stuck: 'red' } as const;
const HOW: Readonly<Record<string, string>> = {
  rolledBack: 'rolled back',
  failed: 'failed in the pipeline',
};

const heading = (story: Explanation): string => {
  const { service, outcome } = story;
  const how = outcome === null ? 'under way' : (HOW[outcome] ?? outcome);
  const color = COLORS[outcome as keyof typeof COLORS] ?? 'yellow';
  return `${paint('bold', `${service} ${nameOf(story)}`)}: ${paint(color, how)}${story.reason === null ? '' : `\n  ${story.reason}`}`;
};

const opening = (story: Explanation): string => {
  const { startedBy, startedAt, startReason, endedAt, attempts, schema, repository } = story;
  const day = startedAt.slice(0, 10);
  const by = startedBy === 'push' ? 'a push' : startedBy === 'build' ? 'a build' : startedBy;
  const took = endedAt === null ? '' : `, ended after ${lasted(between(startedAt, endedAt))}`;
  return [
    '',
    `Started by ${by} on ${day} at ${clock(startedAt)} UTC${took}${attempts > 1 ? `; this is attempt ${attempts}` : ''}.`,
    ...(startReason === null ? [] : [`Why: ${startReason}`]),
    `Image ${repository === null ? '' : `${repository}@`}${story.digest}`,
    `with configuration ${shortDigest(story.configDigest)} (release ${story.releaseId}).`,
    ...(schema === null
      ? []
      : [
          `It brings schema ${schema.brings}; after it, code made for schema ${schema.oldest} or later works.`,
        ]),
  ].join('\n');
};

const MARKS: Readonly<Record<string, string>> = {
  pass: paint('green', '✓'),
  fail: paint('red', '✗'),
};

/** A gate that says the same before each environment says it once. */
const gateLines = ({ gates }: Explanation): string[] => {
  const told = new Map<string, { line: string; places: string[] }>();
  for (const { gate, verdict, reason, counted, place, at } of gates) {
    const key = `${gate} ${verdict} ${reason}`;
    const there = told.get(key);
    if (there !== undefined) {
      if (place !== null) there.places.push(place);
      continue;
    }
    const mark = MARKS[verdict] ?? paint('yellow', '•');
    const line = `${clock(at)}  ${mark} ${gate}: ${verdict}${reason === '' ? '' : `, ${reason}`}${counted === null ? '' : ` (${counted})`}`;
    told.set(key, { line, places: place === null ? [] : [place] });
  }
  return [...told.values()].map(({ line, places }) => {
    const where = [...new Set(places)].join(', ');
    return where === '' ? line : `${line} [${where}]`;
  });
};

const placesOf = ({ rollouts }: Explanation): [string, RolloutStory[]][] => {
  const places = new Map<string, RolloutStory[]>();
  for (const rollout of rollouts) {
    places.set(rollout.place, [...(places.get(rollout.place) ?? []), rollout]);
  }
  return [...places];
};

const rolloutLines = (rollout: RolloutStory, said: string | null): string[] => {
  const { steps, exposure, judge, refused, back, also, startedAt, endedAt, end } = rollout;
  const took = endedAt === null ? '' : ` after ${lasted(between(startedAt, endedAt))}`;
  return [
    `${clock(startedAt)}  rollout started`,
    ...(refused === null
      ? []
      : [`${clock(endedAt ?? startedAt)}  refused, traffic untouched: ${refused}`]),
    ...steps.map(
      ({ at, fromPercent, percent, judged }) =>
        `${clock(at)}  traffic ${fromPercent} % → ${percent} %${judged === null ? '' : `: ${judged}`}`,
    ),
    ...also.map(({ at, kind, reason }) => `${clock(at)}  ${ALSO[kind] ?? kind}: ${reason}`),
    ...backLines(back, said),
    ...(end === 'completed' ? [`${clock(endedAt ?? startedAt)}  completed${took}`] : []),
    ...(end === 'stuck' ? [paint('red', 'stuck: a person must come')] : []),
    ...(judge === null ? [] : [`judge: ${judgeWords(judge)}`]),
    ...(exposure === null ? [] : [`seen: ${paint('bold', seen(exposure))}${after(end)}`]),
  ];
};

/** How its share goes on after what was counted. */
const after = (end: RolloutStory['end']): string => {
  if (end === 'under way') return ' so far';
  return end === 'completed'
    ? ' until it was completed, all of it since, until the next release'
    : '';
};

const ALSO: Readonly<Record<string, string>> = {
  RolloutWaiting: 'waited',
  RolloutUndecided: 'a person was asked',
  AlarmRecorded: 'alarm, recorded only',
  AlarmPaged: 'alarm, a person was called',
  RollbackStuck: 'rollback stuck',
  RollbackAbandoned: 'rollback given up, it went on serving',
};

const seen = ({ peakPercent, seconds, fullSeconds }: NonNullable<RolloutStory['exposure']>) => {
  const part = `up to ${peakPercent} % of the traffic for ${lasted(seconds * 1000)}`;
  return peakPercent === 100 && seconds === fullSeconds
    ? `all traffic for ${lasted(seconds * 1000)}`
    : `${part}, as much as all of it for ${lasted(fullSeconds * 1000)}`;
};

const CAUSES: Readonly<Record<string, string>> = {
  alarm: 'an alarm fired',
  judge: 'the judge condemned it',
  ceiling: 'it broke a limit',
  candidate: 'the candidate did not work',
  person: 'a person asked',
  drift: 'something else changed the traffic',
  noEvidence: 'there was too little evidence in time',
  lostExecution: 'its execution was lost',
  pipelineFailure: 'the pipeline failed',
  codeDeploy: 'CodeDeploy stopped',
};

/** `said`: a reason that stands above the story need not be said again. */
const backLines = (back: RolloutStory['back'], said: string | null): string[] => {
  if (back === null) return [];
  const { cause, reason, decidedAt, endedAt, to, quarantined } = back;
  return [
    `${clock(decidedAt)}  ${paint('red', 'went back')}: ${CAUSES[cause] ?? cause}${reason === said ? '' : `: ${reason}`}`,
    ...(endedAt === null
      ? []
      : [
          `${clock(endedAt)}  ${to ?? 'what was before'} serves again, verified, ${lasted(between(decidedAt, endedAt))} later${quarantined ? '' : '; the version was not judged'}`,
        ]),
  ];
};

const judgeWords = ({ eValue, condemnAt, candidate, stable }: JudgeNumbers): string => {
  const counts = [
    ...(candidate === null ? [] : [`candidate ${candidate.bad} bad of ${candidate.requests}`]),
    ...(stable === null ? [] : [`stable ${stable.bad} bad of ${stable.requests}`]),
  ].join(', ');
  if (eValue === null) return counts;
  const bar = condemnAt === null ? '' : ` (${Number(condemnAt.toPrecision(3))} condemns)`;
  return `${counts}; evidence against the candidate ${Number(eValue.toPrecision(3))}${bar}`;
};

const quarantineLines = ({ quarantine, reason }: Explanation): string[] => {
  if (quarantine === null) return [];
  const { since, why, lifted } = quarantine;
  const held = `This image with this configuration is in quarantine since ${since.slice(0, 10)} ${clock(since)}${why === reason ? '' : `: ${why}`}`;
  return lifted === null
    ? [held]
    : [
        held.replace('is in quarantine since', 'was put into quarantine on'),
        `lifted on ${lifted.at.slice(0, 10)} ${clock(lifted.at)} by ${lifted.by}: ${lifted.reason}`,
      ];
};
