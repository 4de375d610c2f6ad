import type { JsonNode } from './json-reader.ts';
import { PatternFault } from './pattern-error.ts';

/** Numbers that numeric matching works with. */
const LIMIT = 5e9;

/** Refuses a number that EventBridge can't compare. */
export const checkComparable = (node: JsonNode & { kind: 'number' }): number => {
  if (Math.abs(node.value) > LIMIT) {
    throw new PatternFault('Value must be between -5.0E9 and 5.0E9, inclusive', node.at);
  }
  return node.value;
};

const tooMany = (node: JsonNode): PatternFault =>
  new PatternFault('Too many elements in numeric expression', node.at);

const numberAt = (
  items: readonly JsonNode[],
  index: number,
  fallback: JsonNode & { kind: 'array' },
  what: string,
): number => {
  const node = items[index];
  if (node?.kind !== 'number') {
    throw new PatternFault(`Value of ${what} must be numeric`, node?.at ?? fallback.end);
  }
  return checkComparable(node);
};

const shownText = (node: JsonNode): string => {
  if (node.kind === 'object') return '{';
  if (node.kind === 'array') return '[';
  return node.kind === 'number' ? node.text : String(node.value);
};

/** Compiles `[">", 0, "<=", 5]` and its like. */
export const compileNumeric = (
  array: JsonNode & { kind: 'array' },
): ((value: number) => boolean) => {
  const { items } = array;
  const [first, , third] = items;
  if (first?.kind !== 'string') {
    const shown = first === undefined ? ']' : shownText(first);
    throw new PatternFault(`Invalid member in numeric match: ${shown}`, first?.at ?? array.end);
  }
  const operator = first.value;
  if (!['=', '<', '<=', '>', '>='].includes(operator)) {
    throw new PatternFault(`Unrecognized numeric range operator: ${operator}`, first.end);
  }
  const operand = numberAt(items, 1, array, operator === '=' ? 'equals' : operator);
  if (!operator.startsWith('>')) {
    if (third !== undefined) throw tooMany(third);
    if (operator === '=') return (value) => value === operand;
    return operator === '<' ? (value) => value < operand : (value) => value <= operand;
  }
  const isOpenBelow = operator === '>';
  const above = (value: number): boolean => (isOpenBelow ? value > operand : value >= operand);
  if (third === undefined) return above;
  if (third.kind !== 'string') {
    throw new PatternFault(`Bad value in numeric range: ${shownText(third)}`, third.at);
  }
  if (third.value !== '<' && third.value !== '<=') {
    throw new PatternFault(`Bad numeric range operator: ${third.value}`, third.end);
  }
  const isOpenAbove = third.value === '<';
  const top = numberAt(items, 3, array, third.value);
  const fifth = items[4];
  if (fifth !== undefined) {
    throw new PatternFault('Too many terms in numeric range expression', fifth.at);
  }
  if (top <= operand) throw new PatternFault('Bottom must be less than top', array.end);
  return (value) => above(value) && (isOpenAbove ? value < top : value <= top);
};
