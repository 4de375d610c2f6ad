import type { StateValue } from '@aws-sdk/client-cloudwatch';
import { validationError } from './cloudwatch-error.ts';

/** A composite alarm's rule, taken apart. */
export type AlarmRule =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'state'; readonly state: StateValue; readonly alarm: string }
  | { readonly kind: 'not'; readonly operand: AlarmRule }
  | { readonly kind: 'and' | 'or'; readonly left: AlarmRule; readonly right: AlarmRule };

const TOKEN =
  /\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s()"']+)\s*\)|(AND|OR|NOT|TRUE|FALSE)\b|([()]))/y;

type Token = { readonly state: StateValue; readonly alarm: string } | { readonly word: string };

const unquoted = (name: string): string =>
  /^["']/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;

/** The name of an alarm that is named by its name or its ARN. */
export const alarmNamed = (reference: string): string =>
  /:alarm:(.+)$/.exec(reference)?.[1] ?? reference;

const tokensOf = (rule: string): Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (rule.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(rule);
    if (!match) throw validationError(`AlarmRule contains invalid syntax at position ${at + 1}`);
    const [, state, alarm, word, bracket] = match;
    if (state && alarm) {
      tokens.push({ state: state as StateValue, alarm: alarmNamed(unquoted(alarm)) });
    } else tokens.push({ word: word ?? bracket ?? '' });
  }
  return tokens;
};

/** Reads an alarm rule; AND binds before OR, NOT before both. */
export const parseAlarmRule = (rule: string): AlarmRule => {
  if (rule.length > 10_240) throw validationError('AlarmRule must not exceed 10240 characters');
  if (rule.trim() !== rule || rule === '') {
    throw validationError('AlarmRule must not contain leading or trailing whitespace or be null');
  }
  const tokens = tokensOf(rule);
  let at = 0;
  const accept = (word: string): boolean => {
    const token = tokens[at];
    if (!token || !('word' in token) || token.word !== word) return false;
    at += 1;
    return true;
  };
  const primary = (): AlarmRule => {
    if (accept('NOT')) return { kind: 'not', operand: primary() };
    if (accept('TRUE')) return { kind: 'constant', value: true };
    if (accept('FALSE')) return { kind: 'constant', value: false };
    if (accept('(')) {
      const inner = either();
      if (!accept(')')) throw validationError('AlarmRule contains invalid syntax: missing )');
      return inner;
    }
    const token = tokens[at];
    if (!token || 'word' in token) {
      throw validationError(`AlarmRule contains invalid syntax near element ${at + 1}`);
    }
    at += 1;
    return { kind: 'state', ...token };
  };
  const both = (): AlarmRule => {
    let left = primary();
    while (accept('AND')) left = { kind: 'and', left, right: primary() };
    return left;
  };
  const either = (): AlarmRule => {
    let left = both();
    while (accept('OR')) left = { kind: 'or', left, right: both() };
    return left;
  };
  const parsed = either();
  if (at < tokens.length) {
    throw validationError(`AlarmRule contains invalid syntax near element ${at + 1}`);
  }
  return parsed;
};

/** The alarms that a rule looks at, each once. */
export const alarmsIn = (rule: AlarmRule): string[] => {
  const all = (part: AlarmRule): string[] => {
    if (part.kind === 'state') return [part.alarm];
    if (part.kind === 'not') return all(part.operand);
    return part.kind === 'constant' ? [] : [...all(part.left), ...all(part.right)];
  };
  return [...new Set(all(rule))];
};

/** Whether a rule holds, given the states of the alarms. */
export const holds = (
  rule: AlarmRule,
  stateOf: (alarm: string) => StateValue | undefined,
): boolean => {
  switch (rule.kind) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !holds(rule.operand, stateOf);
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf);
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf);
  }
};
