import type { Source } from './cases.ts';

/** A pattern that is refused, why, and where the message points. */
export interface RefusedCase {
  readonly pattern: string;
  readonly reason: string;
  /** Line and column, where a source says them. */
  readonly at?: readonly [line: number, column: number];
  readonly source: Source;
}

const source = (url: string): Source => ({ url, read: '2026-11-21' });

const COMPILER = source(
  'https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/JsonRuleCompiler.java',
);
const COMPILER_TEST = source(
  'https://github.com/aws/event-ruler/blob/main/src/test/software/amazon/event/ruler/RuleCompilerTest.java',
);
const CIDR = source(
  'https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/CIDR.java',
);
const EMPTY_OBJECT = source('https://github.com/cloud-custodian/cloud-custodian/issues/6507');
const SLUG = source('https://github.com/buildkite/docs/pull/896');
const OPERATORS = source(
  'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html',
);

const ONE_KEY = 'Only one key allowed in match expression';
const TOO_MANY = 'Too many elements in numeric expression';

/** Patterns that EventBridge does not take. */
export const REFUSED_CASES: readonly RefusedCase[] = [
  { pattern: '[1,2,3]', reason: 'Filter is not an object', source: COMPILER },
  { pattern: '"a"', reason: 'Filter is not an object', source: COMPILER },
  { pattern: '{}', reason: 'Empty objects are not allowed', source: COMPILER },
  {
    pattern: '{"source": ["aws.health"], "detail": {}}',
    reason: 'Empty objects are not allowed',
    at: [1, 40],
    source: EMPTY_OBJECT,
  },
  { pattern: '{"foo": []}', reason: 'Empty arrays are not allowed', source: COMPILER },
  { pattern: '{"a": 1}', reason: '"a" must be an object or an array', source: COMPILER },
  {
    pattern:
      '{\n  "detail-type": ["Build Started", "Build Finished"],\n  "detail": {\n    "pipeline": {\n      "slug": "some-pipeline"\n    }\n  }\n}',
    reason: '"slug" must be an object or an array',
    at: [5, 16],
    source: SLUG,
  },
  {
    pattern: '{"a": [["b"]]}',
    reason: 'Match value must be String, number, true, false, or null',
    source: COMPILER,
  },
  { pattern: '{"a": [{"x": 2}]}', reason: 'Unrecognized match type x', source: COMPILER },
  { pattern: '{"a": [{}]}', reason: 'Match expression name not found', source: COMPILER },
  {
    pattern: '{"a": [{"exactly": 33}]}',
    reason: 'exact match pattern must be a string',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"prefix": 3}]}',
    reason: 'prefix match pattern must be a string',
    source: COMPILER,
  },
  { pattern: '{"a": [{"prefix": "child", "foo": []}]}', reason: ONE_KEY, source: COMPILER },
  {
    pattern: '{"a": [{"prefix": {"invalid-expression": ["abc"]}}]}',
    reason: 'Unsupported prefix pattern: invalid-expression',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"prefix": {"equals-ignore-case": 5}}]}',
    reason: 'equals-ignore-case match pattern must be a string',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"prefix": {"equals-ignore-case": "abc", "test": "def"}}]}',
    reason: ONE_KEY,
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"suffix": 3}]}',
    reason: 'suffix match pattern must be a string',
    source: COMPILER,
  },
  { pattern: '{"a": [{"suffix": "child", "foo": []}]}', reason: ONE_KEY, source: COMPILER },
  {
    pattern: '{"a": [{"suffix": {"foo": "abc"}}]}',
    reason: 'Unsupported suffix pattern: foo',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"equals-ignore-case": ["abc"]}]}',
    reason: 'equals-ignore-case match pattern must be a string',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"wildcard": 5}]}',
    reason: 'wildcard match pattern must be a string',
    source: COMPILER,
  },
  {
    pattern: '{"key": [{"wildcard": "abc**def"}]}',
    reason: 'Consecutive wildcard characters at pos 4',
    at: [1, 33],
    source: COMPILER_TEST,
  },
  {
    pattern: '{"key": [{"wildcard": "a*c\\def"}]}',
    reason: "Unrecognized character escape 'd' (code 100)",
    at: [1, 28],
    source: COMPILER_TEST,
  },
  {
    pattern: '{"key": [{"wildcard": "a*c\\\\def"}]}',
    reason: 'Invalid escape character at pos 4',
    source: COMPILER_TEST,
  },
  {
    pattern: '{"a": [{"numeric": 5}]}',
    reason: 'Value of numeric must be an array.',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": ["=", true]}]}',
    reason: 'Value of equals must be numeric',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": ["<", "-4e-6"]}]}',
    reason: 'Value of < must be numeric',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": [">="]}]}',
    reason: 'Value of >= must be numeric',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": ["<>", 1, ">", 0]}]}',
    reason: 'Unrecognized numeric range operator: <>',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": [1]}]}',
    reason: 'Invalid member in numeric match: 1',
    source: COMPILER,
  },
  { pattern: '{"x": [{"numeric": ["<", 1, ">", 0]}]}', reason: TOO_MANY, source: COMPILER },
  { pattern: '{"x": [{"numeric": ["=", 1, 2]}]}', reason: TOO_MANY, source: COMPILER },
  {
    pattern: '{"x": [{"numeric": [">", 1, "=", 2]}]}',
    reason: 'Bad numeric range operator: =',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": [">", 1, 2]}]}',
    reason: 'Bad value in numeric range: 2',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": [">", 1, "<", "x"]}]}',
    reason: 'Value of < must be numeric',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": [">", 1, "<", 1]}]}',
    reason: 'Bottom must be less than top',
    source: COMPILER_TEST,
  },
  {
    pattern: '{"x": [{"numeric": [">", 1, "<", 30, false]}]}',
    reason: 'Too many terms in numeric range expression',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"numeric": ["=", 5000000001]}]}',
    reason: 'Value must be between -5.0E9 and 5.0E9, inclusive',
    source: OPERATORS,
  },
  {
    pattern: '{"a": [{"cidr": 5}]}',
    reason: 'prefix match pattern must be a string',
    source: COMPILER,
  },
  { pattern: '{"a": [{"cidr": "foo"}]}', reason: "Malformed CIDR, one '/' required", source: CIDR },
  {
    pattern: '{"a": [{"cidr": "192.168.0.1/foo"}]}',
    reason: 'Malformed CIDR, mask bits must be an integer',
    source: CIDR,
  },
  {
    pattern: '{"a": [{"cidr": "192.168.0.1/-3424"}]}',
    reason: 'Malformed CIDR, mask bits must not be negative',
    source: CIDR,
  },
  {
    pattern: '{"a": [{"cidr": "snorkle/3"}]}',
    reason: 'Nonstandard IP address: snorkle',
    source: CIDR,
  },
  {
    pattern: '{"a": [{"cidr": "192.168.0.1/33"}]}',
    reason: 'IPv4 mask bits must be < 32',
    source: CIDR,
  },
  {
    pattern: '{"a": [{"cidr": "2400:6500:FF00::36FB:1F80/222"}]}',
    reason: 'IPv6 mask bits must be < 128',
    source: CIDR,
  },
  {
    pattern: '{"x": [{"exists": "badString"}]}',
    reason: 'exists match pattern must be either true or false.',
    source: COMPILER,
  },
  {
    pattern: '{"x": [{"exists": true, "extraKey": "extraValue"}]}',
    reason: ONE_KEY,
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": true}]}',
    reason: 'Value of anything-but must be an array or single string/number value.',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": ["child0", 111, "child2"]}]}',
    reason:
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": []}]}',
    reason:
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": ["a", null]}]}',
    reason: 'Inside anything but list, start|null|boolean is not supported.',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": {"foo": 3}}]}',
    reason: 'Unsupported anything-but pattern: foo',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": {"prefix": 27}}]}',
    reason: 'prefix/suffix match pattern must be a string',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": {"prefix": ""}}]}',
    reason: 'Null prefix/suffix not allowed',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": {"suffix": ""}}]}',
    reason: 'Null prefix/suffix not allowed',
    source: COMPILER,
  },
  {
    pattern: '{"a": [{"anything-but": {"prefix": "foo", "a": 1}}]}',
    reason: TOO_MANY,
    source: COMPILER,
  },
  { pattern: '{"a": [{"anything-but": "child", "foo": []}]}', reason: TOO_MANY, source: COMPILER },
  {
    pattern: '{"a": [{"anything-but": {"equals-ignore-case": [1, 2, 3]}}]}',
    reason:
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    source: COMPILER,
  },
  {
    pattern: '{"$or": {"a": [1]}}',
    reason: 'It must be an Array followed with $or.',
    source: COMPILER,
  },
  {
    pattern: '{"$or": [{"a": [1]}]}',
    reason: 'There must have at least 2 Objects in $or relationship.',
    source: COMPILER,
  },
  {
    pattern: '{"$or": [{"a": [1]}, 5]}',
    reason: 'Only JSON object is allowed in array of $or relationship.',
    source: COMPILER,
  },
  {
    pattern: '{"$or": [{"numeric": [123]}, {"a": ["abc"]}]}',
    reason: 'numeric is Ruler reserved fieldName which cannot be used inside $or.',
    source: COMPILER,
  },
];
