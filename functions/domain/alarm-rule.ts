import type { AlarmState } from './tick-sight.ts';

/** One alarm that a composite alarm's rule looks at. */
export interface Leaf {
  readonly alarm: string;
  readonly state: AlarmState;
  /** Under an odd number of NOTs: its firing keeps the composite alarm quiet. */
  readonly negated: boolean;
}

const TOKEN =
  /(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s()"',]+)\s*\)|\b(NOT|AND|OR|TRUE|FALSE)\b|([()])/g;

/**
 * The alarms in a composite alarm's rule, each occurrence by itself. AND and OR do not matter here: every alarm whose firing
 * the rule counts on must be able to fire, or one branch of it is dead and nobody sees that.
 */
export const leavesOf = (rule: string): Leaf[] => {
  const leaves: Leaf[] = [];
  /** Whether each open parenthesis stands under a NOT. */
  const open: boolean[] = [];
  let not = false;
  for (const [, state, name, word, bracket] of rule.matchAll(TOKEN)) {
    const negated = open.at(-1) ?? false;
    if (word === 'NOT') not = !not;
    else if (bracket === '(') open.push(negated !== not);
    else if (bracket === ')') open.pop();
    else if (state !== undefined && name !== undefined) {
      leaves.push({
        alarm: nameIn(name),
        state: state as AlarmState,
        negated: negated !== not,
      });
    }
    if (word !== 'NOT') not = false;
  }
  return leaves;
};

/** A rule names an alarm with or without quotes, by its name or its ARN. */
const nameIn = (reference: string): string => {
  const name = /^["']/.test(reference) ? reference.slice(1, -1).replace(/\\(.)/g, '$1') : reference;
  return /^arn:aws[\w-]*:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/.exec(name)?.[1] ?? name;
};
