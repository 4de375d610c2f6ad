import type { JsonNode } from './json-reader.ts';
import type { Scalar, ScalarMatcher } from './match-expression.ts';
import { checkComparable } from './numeric.ts';
import { PatternFault } from './pattern-error.ts';
import { compileWildcard } from './wildcard.ts';

const EMPTY = 'Null prefix/suffix not allowed';
const NO_TEXT = 'prefix/suffix match pattern must be a string';

/** How a text is excluded, by the operator inside anything-but; and what is said of a value that is no text. */
const INSIDE: Readonly<
  Record<string, { readonly noText: string; compile(text: string): (value: string) => boolean }>
> = {
  prefix: {
    noText: NO_TEXT,
    compile(text) {
      if (text === '') throw new Error(EMPTY);
      return (value) => value.startsWith(text);
    },
  },
  suffix: {
    noText: NO_TEXT,
    compile(text) {
      if (text === '') throw new Error(EMPTY);
      return (value) => value.endsWith(text);
    },
  },
  'equals-ignore-case': {
    noText:
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    compile: (text) => {
      const wanted = text.toLowerCase();
      return (value) => value.toLowerCase() === wanted;
    },
  },
  wildcard: { noText: 'wildcard match pattern must be a string', compile: compileWildcard },
};

const excluding = (excluded: readonly ((value: string) => boolean)[]): ScalarMatcher => {
  return (value) => typeof value !== 'string' || !excluded.some((matches) => matches(value));
};

/** The operand, or its items; only lists, strings and numbers are taken. */
const operandsOf = (node: JsonNode): readonly JsonNode[] => {
  if (node.kind === 'array') return node.items;
  if (node.kind === 'string' || node.kind === 'number') return [node];
  throw new PatternFault(
    'Value of anything-but must be an array or single string/number value.',
    node.at,
  );
};

const compileInside = (node: JsonNode & { kind: 'object' }): ScalarMatcher => {
  const [member, second] = node.members;
  if (member === undefined)
    throw new PatternFault('Anything-But expression name not found', node.end);
  const operator = Object.hasOwn(INSIDE, member.name) ? INSIDE[member.name] : undefined;
  if (operator === undefined) {
    throw new PatternFault(`Unsupported anything-but pattern: ${member.name}`, member.value.at);
  }
  const excluded = operandsOf(member.value).map((operand) => {
    if (operand.kind !== 'string') throw new PatternFault(operator.noText, operand.at);
    try {
      return operator.compile(operand.value);
    } catch (error) {
      throw new PatternFault((error as Error).message, operand.end);
    }
  });
  if (second !== undefined) {
    throw new PatternFault('Too many elements in numeric expression', second.value.at);
  }
  return excluding(excluded);
};

/** Compiles what anything-but excludes: a value, a list, or `{"prefix": …}` and its like. */
export const compileAnythingBut = (node: JsonNode): ScalarMatcher => {
  if (node.kind === 'object') return compileInside(node);
  const operands = operandsOf(node);
  const excluded = new Set<Scalar>();
  const kinds = new Set<string>();
  for (const operand of operands) {
    if (operand.kind !== 'string' && operand.kind !== 'number') {
      throw new PatternFault(
        'Inside anything but list, start|null|boolean is not supported.',
        operand.at,
      );
    }
    kinds.add(operand.kind);
    excluded.add(operand.kind === 'number' ? checkComparable(operand) : operand.value);
  }
  if (kinds.size !== 1) {
    throw new PatternFault(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      node.kind === 'array' ? node.end : node.at,
    );
  }
  return (value) => !excluded.has(value);
};
