import { compileAnythingBut } from './anything-but.ts';
import { compileCidr } from './cidr.ts';
import type { JsonMember, JsonNode } from './json-reader.ts';
import { compileNumeric } from './numeric.ts';
import { PatternFault } from './pattern-error.ts';
import { compileWildcard } from './wildcard.ts';

/** A value of an event that is no object and no array. */
export type Scalar = string | number | boolean | null;

/** Whether a value fits. */
export type ScalarMatcher = (value: Scalar) => boolean;

/** `absent`: matches where the field is not there, which no value can tell. */
export type ValueMatcher = ScalarMatcher | 'absent';

/** Gives a fault from below its place. */
const placed = <T>(at: JsonNode, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof PatternFault) throw error;
    throw new PatternFault((error as Error).message, 'end' in at ? at.end : at.at);
  }
};

/** A test of texts as a test of values: nothing but a string fits. */
const textMatcher =
  (matches: (value: string) => boolean): ScalarMatcher =>
  (value) =>
    typeof value === 'string' && matches(value);

/** The text of a string node; anything else is refused. */
const textOf = (node: JsonNode, kind: string): string => {
  if (node.kind !== 'string')
    throw new PatternFault(`${kind} match pattern must be a string`, node.at);
  return node.value;
};

const foldCase = (text: string): string => text.toUpperCase().toLowerCase();

const EDGES = {
  prefix: (edge: string, fold: boolean) =>
    fold
      ? (value: string) => foldCase(value).startsWith(foldCase(edge))
      : (value: string) => value.startsWith(edge),
  suffix: (edge: string, fold: boolean) =>
    fold
      ? (value: string) => foldCase(value).endsWith(foldCase(edge))
      : (value: string) => value.endsWith(edge),
};

/** `"prefix": "x"` or `"prefix": {"equals-ignore-case": "x"}`; suffix likewise. */
const compileEdge = (edge: 'prefix' | 'suffix', node: JsonNode): ScalarMatcher => {
  if (node.kind !== 'object') return textMatcher(EDGES[edge](textOf(node, edge), false));
  const [inner] = node.members;
  const title = edge === 'prefix' ? 'Prefix' : 'Suffix';
  if (inner === undefined) throw new PatternFault(`${title} expression name not found`, node.end);
  if (inner.name !== 'equals-ignore-case') {
    throw new PatternFault(`Unsupported ${edge} pattern: ${inner.name}`, inner.value.at);
  }
  const text = textOf(inner.value, 'equals-ignore-case');
  onlyMember(node);
  return textMatcher(EDGES[edge](text, true));
};

/** Refuses an object with a second member. */
const onlyMember = (
  node: JsonNode & { kind: 'object' },
  message = 'Only one key allowed in match expression',
): void => {
  const second = node.members[1];
  if (second !== undefined) throw new PatternFault(message, second.value.at);
};

const compileNamed = ({ name, value }: JsonMember): ValueMatcher => {
  switch (name) {
    case 'exactly': {
      const text = textOf(value, 'exact');
      return (candidate) => candidate === text;
    }
    case 'prefix':
    case 'suffix':
      return compileEdge(name, value);
    case 'equals-ignore-case': {
      const text = foldCase(textOf(value, name));
      return textMatcher((candidate) => foldCase(candidate) === text);
    }
    case 'wildcard': {
      const text = textOf(value, name);
      return textMatcher(placed(value, () => compileWildcard(text)));
    }
    case 'numeric': {
      if (value.kind !== 'array')
        throw new PatternFault('Value of numeric must be an array.', value.at);
      const matches = compileNumeric(value);
      return (candidate) => typeof candidate === 'number' && matches(candidate);
    }
    case 'cidr': {
      // EventBridge's own message speaks of a prefix here.
      const block = textOf(value, 'prefix');
      return textMatcher(placed(value, () => compileCidr(block)));
    }
    case 'exists':
      if (value.kind !== 'literal' || value.value === null) {
        throw new PatternFault('exists match pattern must be either true or false.', value.at);
      }
      return value.value ? () => true : 'absent';
    case 'anything-but':
      return compileAnythingBut(value);
    default:
      throw new PatternFault(`Unrecognized match type ${name}`, value.at);
  }
};

/** Compiles one `{"operator": operand}` of a pattern's array. */
export const compileMatchExpression = (node: JsonNode & { kind: 'object' }): ValueMatcher => {
  const [member] = node.members;
  if (member === undefined) throw new PatternFault('Match expression name not found', node.end);
  const matcher = compileNamed(member);
  onlyMember(
    node,
    member.name === 'numeric' || member.name === 'anything-but'
      ? 'Too many elements in numeric expression'
      : undefined,
  );
  return matcher;
};
