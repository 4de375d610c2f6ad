import { AwsError } from '../aws-error.ts';
import { sameAddress } from './pattern/cidr.ts';
import {
  type JsonMember,
  type JsonNode,
  JsonSyntaxError,
  readJson,
} from './pattern/json-reader.ts';
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
/** `test` takes what the pattern's part stands for. */
interface PartMatcher {
  readonly test: (value: unknown) => boolean;
  /** Asks for nothing but that fields are not there. */
  readonly wantsAbsence: boolean;
}
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

/**
 * Tests the object at a place. Of several in an array one must fit alone; where only absence is asked for, a
 * field of any of them is one too many.
 */
const someObject = (
  value: unknown,
  wantsAbsence: boolean,
  test: (object: Json) => boolean,
): boolean => {
  if (isObject(value)) return test(value);
  if (!Array.isArray(value)) return test(NOTHING);
  const objects = value.flat(Number.POSITIVE_INFINITY).filter(isObject);
  if (objects.length === 0) return test(NOTHING);
  return wantsAbsence ? objects.every(test) : objects.some(test);
};

const someScalar = (value: unknown, test: ScalarMatcher): boolean => {
  if (Array.isArray(value)) return value.some((item) => someScalar(item, test));
  return value !== undefined && !isObject(value) && test(value as Scalar);
};

const compileItem = (node: JsonNode): ReturnType<typeof compileMatchExpression> => {
  if (node.kind === 'object') return compileMatchExpression(node);
  if (node.kind === 'array') {
    throw new PatternFault('Match value must be String, number, true, false, or null', node.at);
  }
  const wanted = node.value;
  const isSame = typeof wanted === 'string' ? sameAddress(wanted) : undefined;
  if (isSame === undefined) return (value) => value === wanted;
  return (value) => typeof value === 'string' && (value === wanted || isSame(value));
};

const compileLeaf = (node: ArrayNode): PartMatcher => {
  const matchers = node.items.map(compileItem);
  if (matchers.length === 0) throw new PatternFault('Empty arrays are not allowed', node.end);
  const takesAbsence = matchers.includes('absent');
  const tests = matchers.filter((matcher) => matcher !== 'absent');
  const fits: ScalarMatcher = (value) => tests.some((one) => one(value));
  return {
    wantsAbsence: tests.length === 0,
    test: (value) =>
      (takesAbsence && !someScalar(value, () => true)) ||
      (tests.length > 0 && someScalar(value, fits)),
  };
};

const compileOr = (node: JsonNode): PartMatcher => {
  if (node.kind !== 'array') {
    throw new PatternFault('It must be an Array followed with $or.', node.at);
  }
  const branches = node.items.map((item) => {
    if (item.kind !== 'object') {
      throw new PatternFault('Only JSON object is allowed in array of $or relationship.', item.at);
    }
    return compileObject(item, true);
  });
  if (branches.length < 2) {
    throw new PatternFault('There must have at least 2 Objects in $or relationship.', node.end);
  }
  return {
    wantsAbsence: branches.every((branch) => branch.wantsAbsence),
    test: (value) => branches.some((branch) => branch.test(value)),
  };
};

const compileMember = ({ name, value }: JsonMember, insideOr: boolean): PartMatcher => {
  if (name === OR) return compileOr(value);
  if (insideOr && RESERVED.has(name)) {
    throw new PatternFault(
      `${name} is Ruler reserved fieldName which cannot be used inside $or.`,
      value.at,
    );
  }
  if (value.kind !== 'object' && value.kind !== 'array') {
    throw new PatternFault(`"${name}" must be an object or an array`, value.at);
  }
  const { test, wantsAbsence } =
    value.kind === 'object' ? compileObject(value, insideOr) : compileLeaf(value);
  return {
    wantsAbsence,
    test: (object) => {
      const json = object as Json;
      return test(Object.hasOwn(json, name) ? json[name] : undefined);
    },
  };
};

/** `insideOr`: below `$or`, where operators' names can't be fields. */
const compileObject = (node: ObjectNode, insideOr: boolean): PartMatcher => {
  const parts = node.members.map((member) => compileMember(member, insideOr));
  if (parts.length === 0) throw new PatternFault('Empty objects are not allowed', node.end);
  const wantsAbsence = parts.every((part) => part.wantsAbsence);
  return {
    wantsAbsence,
    test: (value) =>
      someObject(value, wantsAbsence, (object) => parts.every((part) => part.test(object))),
  };
};

/** Compiles an event pattern; refuses an invalid one as EventBridge does. */
export const compileEventPattern = (text: string): EventMatcher => {
  try {
    const node = readJson(text);
    if (node.kind !== 'object') throw new PatternFault('Filter is not an object', node.at);
    const { test } = compileObject(node, false);
    return test;
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
