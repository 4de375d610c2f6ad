import { paint } from '../print.ts';
import type { Answer, Method } from './judge-methods.ts';

const COLORS = {
  pass: 'green',
  Pass: 'green',
  fail: 'red',
  High: 'red',
  Low: 'red',
} as const satisfies Record<string, 'green' | 'red'>;

const labelOf = (answer: Answer): string =>
  'verdict' in answer ? answer.verdict : answer.classification;

const painted = (label: string, width = 0): string =>
  paint(
    Object.hasOwn(COLORS, label) ? COLORS[label as keyof typeof COLORS] : 'yellow',
    label.padEnd(width),
  );

/** One answer for people: the verdict, then why. */
export const answerText = (answer: Answer): string => {
  if ('verdict' in answer) return `${painted(labelOf(answer))}  ${answer.explanation}`;
  const { deviation, reason, lowerConfidence, upperConfidence } = answer;
  const interval =
    lowerConfidence === null || upperConfidence === null
      ? ''
      : `, shift between ${Number(lowerConfidence.toPrecision(4))} and ${Number(upperConfidence.toPrecision(4))}`;
  const ratio =
    deviation === null ? 'no ratio of means' : `ratio of means ${Number(deviation.toPrecision(4))}`;
  return `${painted(labelOf(answer))}  ${reason === null ? '' : `${reason}; `}${ratio}${interval}`;
};

/** All methods beside each other. */
export const comparisonText = (answers: Readonly<Record<Method, Answer>>): string => {
  const rows = Object.entries(answers);
  const names = Math.max(...rows.map(([method]) => method.length));
  const labels = Math.max(...rows.map(([, answer]) => labelOf(answer).length));
  return rows
    .map(([method, answer]) => {
      const [, ...words] = answerText(answer).split('  ');
      return `${method.padEnd(names)}  ${painted(labelOf(answer), labels)}  ${words.join('  ')}`;
    })
    .join('\n');
};
