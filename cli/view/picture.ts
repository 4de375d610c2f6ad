import { nameOf, paint } from '../print.ts';
import type { TargetPicture } from './status.ts';

/** What a load generator or metrics say of now; absent where nobody counts. */
export interface TrafficNow {
  readonly requestsPerMinute: number;
  readonly failedPercent: number;
}

const BAR = 20;

/** The live picture: one line per target, weights as a bar, the reason below what went back. */
export const picture = (
  title: string,
  targets: readonly TargetPicture[],
  extras: { traffic?: TrafficNow; told?: readonly string[] } = {},
): string =>
  [
    paint('bold', title),
    ...targets.flatMap(targetLines),
    ...(extras.traffic === undefined
      ? []
      : [
          `  traffic     ${Math.round(extras.traffic.requestsPerMinute)} requests a minute, ${paint(
            extras.traffic.failedPercent > 0 ? 'red' : 'green',
            `${extras.traffic.failedPercent.toFixed(2)} % failed`,
          )}`,
        ]),
    ...(extras.told ?? []).map((line) => paint('dim', `  ${line}`)),
  ].join('\n');

const targetLines = (one: TargetPicture): string[] => {
  const line = [
    `  ${one.environment.padEnd(11)} ${one.region.padEnd(13)}`,
    one.ruleArns === null ? ' '.repeat(BAR) : bar(one),
    versions(one).padEnd(26),
    mark(one),
  ].join(' ');
  const why =
    one.reason !== null &&
    (one.phase === 'rollingBack' || one.phase === 'rolledBack' || one.phase === 'stuck')
      ? [paint('dim', `              ${one.reason}`)]
      : [];
  return [line, ...why];
};

const bar = ({ weights, candidate, overridden }: TargetPicture): string => {
  const filled = Math.round((weights.candidate / 100) * BAR);
  const text = paint('blue', '█'.repeat(BAR - filled)) + paint('yellow', '█'.repeat(filled));
  return candidate === null && !overridden ? paint('dim', '█'.repeat(BAR)) : text;
};

const versions = ({ live, candidate, weights, ruleArns }: TargetPicture): string => {
  if (candidate === null) return nameOf(live);
  if (ruleArns === null) return `${nameOf(live)} → ${nameOf(candidate)}`;
  return `${nameOf(live)} ${weights.stable} %  ${nameOf(candidate)} ${weights.candidate} %`;
};

const mark = ({ phase, overridden }: TargetPicture): string => {
  const text = phase === null ? '·' : `${phase}${overridden ? ', override on' : ''}`;
  if (phase === 'completed') return paint('green', text);
  if (phase === 'rollingBack' || phase === 'rolledBack' || phase === 'stuck')
    return paint('red', text);
  return phase === null ? paint('dim', text) : paint('yellow', text);
};
