import type { ChainedEvent } from '../../functions/domain/chain.ts';
import type { Color } from '../../functions/domain/target.ts';
import { nameOf, paint } from '../print.ts';
import type { Look, SeenTarget } from './look.ts';
import { type ReleaseStory, type Stage, type StageState, stagesOf } from './stages.ts';
import { clock, lasted, storyLines } from './story.ts';

/** How a picture is drawn. */
export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  /** What stands above a service's newest release; its name and version if nothing is given. */
  readonly title?: string;
  /** Lines below the targets. */
  readonly below?: readonly string[];
}

const BAR = 20;
const TOLD_MAX = 8;

/** The live picture: each service's newest release with its stages, the targets with their weights, and why things were decided. */
export const picture = (look: Look, canvas: Canvas): string[] => {
  const stories = look.services.map(({ service }) =>
    look.stories.find(({ record }) => record.service === service),
  );
  const above = look.services.flatMap((service, index) => [
    ...heading(service.service, stories[index], look.now, canvas.title),
    ...(stories[index] === undefined ? [] : [stageLine(stagesOf(stories[index], service))]),
    ...look.targets.filter((one) => one.service === service.service).flatMap(targetLines),
  ]);
  const below = (canvas.below ?? []).map((line) => `  ${line}`);
  const room = Math.min(TOLD_MAX, canvas.rows - above.length - below.length - 2);
  return [...above, ...below, ...told(stories, canvas.columns, room)];
};

const heading = (
  service: string,
  story: ReleaseStory | undefined,
  now: number,
  title: string | undefined,
): string[] => {
  if (story === undefined) return [paint('bold', title ?? service)];
  const { record } = story;
  const until = record.endedAt === null ? now : Date.parse(record.endedAt);
  const time = lasted(until - Date.parse(record.startedAt));
  const state = record.outcome === null ? `for ${time}` : `${record.outcome} after ${time}`;
  const name = title ?? `${service} ${record.version ?? ''}`.trim();
  return [`${paint('bold', name)}  ${paint('dim', state)}`];
};

const SIGNS: Readonly<Record<StageState, string>> = {
  done: '✔',
  failed: '✘',
  now: '▶',
  ahead: '·',
};
const STAGE_STYLE = { done: 'green', failed: 'red', now: 'yellow', ahead: 'dim' } as const;

const stageLine = (stages: readonly Stage[]): string =>
  `  ${stages.map(({ name, state }) => paint(STAGE_STYLE[state], `${SIGNS[state]} ${name}`)).join('  ')}`;

const targetLines = (one: SeenTarget): string[] => {
  const moving = one.ruleArns !== null && (one.candidate !== null || one.overridden);
  const arrow =
    one.candidate === null ? nameOf(one.live) : `${nameOf(one.live)} → ${nameOf(one.candidate)}`;
  const line = `  ${one.environment.padEnd(11)} ${one.region.padEnd(13)} ${arrow.padEnd(22)} ${mark(one)}`;
  return [line, ...(moving ? colorLines(one) : [])];
};

const colorLines = (one: SeenTarget): string[] => {
  const stable = one.stableColor ?? 'blue';
  const candidate: Color = stable === 'blue' ? 'green' : 'blue';
  return [
    colorLine(one, stable, nameOf(one.live), one.weights.stable),
    colorLine(one, candidate, nameOf(one.candidate), one.weights.candidate),
  ];
};

const colorLine = (one: SeenTarget, color: Color, version: string, percent: number): string => {
  const filled = Math.round((percent / 100) * BAR);
  const bar = `${paint(color, '█'.repeat(filled))}${paint('dim', '░'.repeat(BAR - filled))}`;
  const name = `${color.padEnd(5)} ${version.padEnd(8).slice(0, 8)}`;
  return `    ${paint(color, name)} ${bar} ${String(percent).padStart(3)} %  ${rateOf(one, color)}`;
};

const rateOf = ({ rates }: SeenTarget, color: Color): string => {
  const rate = rates[color];
  if (rate === undefined) return '';
  const failed = `${rate.failedPercent.toFixed(2)} % failed`;
  return `${String(Math.round(rate.requestsPerMinute)).padStart(5)}/min  ${paint(rate.failedPercent > 0 ? 'red' : 'green', failed)}`;
};

const mark = (one: SeenTarget): string => {
  const word = one.refused ? 'refused' : (one.phase ?? '·');
  const text = one.overridden ? `${word}, override on` : word;
  if (one.phase === null) return paint('dim', text);
  if (one.refused || ['rollingBack', 'rolledBack', 'stuck'].includes(one.phase))
    return paint('red', text);
  return paint(one.phase === 'completed' ? 'green' : 'yellow', text);
};

/** The newest decisions that fit, oldest first; a long one takes a second line. */
const told = (
  stories: readonly (ReleaseStory | undefined)[],
  columns: number,
  room: number,
): string[] => {
  const decided = stories
    .flatMap((story) => storyLines(story?.events ?? []))
    .filter(({ event }) => isDecision(event))
    .sort((a, b) => a.event.at.localeCompare(b.event.at));
  const lines: string[] = [];
  for (const { event, text } of decided.reverse()) {
    const next = wrapped(`  ${clock(event.at)}  ${text}`, columns - 1, 12);
    if (lines.length + next.length > room) break;
    lines.unshift(...next);
  }
  return lines.map((line) => paint('dim', line));
};

/** Steps that only lead from one decision to the next. */
const STEPS = new Set(['ReleaseAccepted', 'EnvironmentEntered', 'RolloutStarted', 'ShiftStarted']);

const isDecision = ({ kind, facts }: ChainedEvent): boolean =>
  kind === 'ScanJudgedAgain' ? facts['verdict'] !== 'pass' : !STEPS.has(kind);

/** Breaks a line at its spaces; what follows is indented, and two lines are enough. */
export const wrapped = (text: string, width: number, indent: number): string[] => {
  if (text.length <= width) return [text];
  const end = text.lastIndexOf(' ', width);
  const cut = end > indent ? end : width;
  const rest = `${' '.repeat(indent)}${text.slice(cut).trimStart()}`;
  return [text.slice(0, cut), rest.length <= width ? rest : `${rest.slice(0, width - 1)}…`];
};
