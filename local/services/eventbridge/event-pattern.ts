import { AwsError } from '../aws-error.ts';
import { type JsonNode, JsonSyntaxError, readJson } from './pattern/json-reader.ts';
import {
  compileMatchExpression,
  type Scalar,
  type ScalarMatcher,
} from './pattern/match-expression.ts';
import { invalidPattern, PatternFault } from './pattern/pattern-error.ts';

/** Whether an event fits a pattern. */
export type EventMatcher = (event: unknown) => boolean;

/** The length of a pattern, as quotas have it unless raised. */
export const PATTERN_LIMIT = 2_048;

type Json = Readonly<Record<string, unknown>>;
/** `value` is what the pattern's part stands for; `root` the whole event. */
type PartMatcher = (value: unknown, root: unknown) => boolean;
type ObjectNode = JsonNode & { kind: 'object' };
type ArrayNode = JsonNode & { kind: 'array' };

const OR = '$or';
/** Names that mean operators, now or one day, and so can't be fields inside `$or`. */
const RESERVED = new Set([
  'exactly',
  'equals-ignore-case',
  'prefix',
  'suffix',
  'anything-but',
  'exists',
  'wildcard',
  'numeric',
  'cidr',
  '=',
  '<',
  '<=',
  '>',
  '>=',
  'regex',
  'not-wildcard',
  'not-equals-ignore-case',
  'date-after',
  'date-on-or-after',
  'date-before',
  'date-on-or-before',
  'in-date-range',
  'ip-address-in-range',
  'ip-address-not-in-range',
]);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NOTHING: Json = {};

/** Tests the object at a place; of objects in an array one must fit alone. */
const someObject = (value: unknown, test: (object: Json) => boolean): boolean => {
  if (isObject(value)) return test(value);
  if (!Array.isArray(value)) return test(NOTHING);
  const objects = value.flat(Number.POSITIVE_INFINITY).filter(isObject);
  return objects.length === 0 ? test(NOTHING) : objects.some(test);
};

/** Whether any value stands at the end of a path, over all arrays on the way. */
const hasLeaf = (value: unknown, path: readonly string[], from = 0): boolean => {
  if (Array.isArray(value)) return value.some((item) => hasLeaf(item, path, from));
  const step = path[from];
  if (step === undefined) return value !== undefined && !isObject(value);
  return isObject(value) && Object.hasOwn(value, step) && hasLeaf(value[step], path, from + 1);
};

const someScalar = (value: unknown, test: ScalarMatcher): boolean => {
  if (Array.isArray(value)) return value.some((item) => someScalar(item, test));
  return value !== undefined && !isObject(value) && test(value as Scalar);
};

const compileItem = (node: JsonNode): ReturnType<typeof compileMatchExpression> => {
  switch (node.kind) {
    case 'object':
      return compileMatchExpression(node);
    case 'array':
      throw new PatternFault('Match value must be String, number, true, false, or null', node.at);
    default: {
      const wanted = node.value;
      return (value) => value === wanted;
    }
  }
};

const compileLeaf = (node: ArrayNode, path: readonly string[]): PartMatcher => {
  const matchers = node.items.map(compileItem);
  if (matchers.length === 0) throw new PatternFault('Empty arrays are not allowed', node.end);
  const takesAbsence = matchers.includes('absent');
  const tests = matchers.filter((matcher) => matcher !== 'absent');
  const test: ScalarMatcher = (value) => tests.some((one) => one(value));
  return (value, root) =>
    (takesAbsence && !hasLeaf(root, path)) || (tests.length > 0 && someScalar(value, test));
};

const compileOr = (node: JsonNode, path: readonly string[]): PartMatcher => {
  if (node.kind !== 'array') {
    throw new PatternFault('It must be an Array followed with $or.', node.at);
  }
  const branches = node.items.map((item) => {
    if (item.kind !== 'object') {
      throw new PatternFault('Only JSON object is allowed in array of $or relationship.', item.at);
    }
    return compileObject(item, path, true);
  });
  if (branches.length < 2) {
    throw new PatternFault('There must have at least 2 Objects in $or relationship.', node.end);
  }
  return (value, root) => branches.some((branch) => branch(value, root));
};

/** `insideOr`: below `$or`, where operators' names can't be fields. */
const compileObject = (
  node: ObjectNode,
  path: readonly string[],
  insideOr: boolean,
): PartMatcher => {
  const tests: PartMatcher[] = [];
  for (const { name, value, at } of node.members) {
    if (name === OR) {
      tests.push(compileOr(value, path));
      continue;
    }
    if (insideOr && RESERVED.has(name)) {
      throw new PatternFault(
        `${name} is Ruler reserved fieldName which cannot be used inside $or.`,
        at,
      );
    }
    const here = [...path, name];
    if (value.kind === 'object') {
      const inner = compileObject(value, here, insideOr);
      tests.push((object, root) => inner((object as Json)[name], root));
    } else if (value.kind === 'array') {
      const leaf = compileLeaf(value, here);
      tests.push((object, root) => leaf((object as Json)[name], root));
    } else {
      throw new PatternFault(`"${name}" must be an object or an array`, value.at);
    }
  }
  if (tests.length === 0) throw new PatternFault('Empty objects are not allowed', node.end);
  return (value, root) => someObject(value, (object) => tests.every((test) => test(object, root)));
};

/** Compiles an event pattern; refuses an invalid one as EventBridge does. */
export const compileEventPattern = (text: string): EventMatcher => {
  try {
    const node = readJson(text);
    if (node.kind !== 'object') throw new PatternFault('Filter is not an object', node.at);
    const matches = compileObject(node, [], false);
    return (event) => matches(event, event);
  } catch (error) {
    if (error instanceof PatternFault || error instanceof JsonSyntaxError) {
      throw invalidPattern(error.message, text, error.at);
    }
    throw error;
  }
};

/** Refuses a pattern that is longer than the quota. */
export const checkPatternLength = (text: string): void => {
  if (text.length <= PATTERN_LIMIT) return;
  throw new AwsError(
    'LimitExceededException',
    `The event pattern has ${text.length} characters; the limit is ${PATTERN_LIMIT}. Shorten it, or share it between rules.`,
  );
};
