import fc from 'fast-check';
import shipped from 'jsonata';
import { beforeEach, expect, test } from 'vitest';
import type { Json } from '../../../local/states/json.ts';
import { Expression } from '../../../local/states/jsonata.ts';
import type { Sight } from '../../../local/states/sight.ts';
import { jsonata } from '../../../local/states/states-functions.ts';
import { setAmbience } from '../../../local/states/synchronous-jsonata.ts';

const now = Date.UTC(2026, 10, 21, 12);

beforeEach(() => {
  setAmbience({ now: () => now, random: () => 0.25, uuid: () => 'an id' });
});

const inputs: readonly Json[] = [
  { a: 1, b: 'two', c: [1, 2, 3], d: { e: { f: null } }, g: [], h: [7], t: true, z: 0, s: '' },
  {
    a: [{ b: 1 }, { b: 2 }, { c: 3 }],
    items: [
      { n: 'x', p: 2.5 },
      { n: 'y', p: 1 },
    ],
    t: false,
  },
  { a: { b: [[1], [2, 3]] }, name: 'Ünïcode ✓', nested: [[{ v: 1 }], [{ v: 2 }]] },
  [1, [2, 3], { a: 4 }],
  'text',
  null,
];

const expressions = [
  '$x',
  '$x.a',
  '$x.a.b',
  '$x.a.b.c',
  '$x.c',
  '$x.c[0]',
  '$x.c[-1]',
  '$x.c[$ > 1]',
  '$x.g',
  '$x.h',
  '$x.h[]',
  '$x.d.e.f',
  '$x.items.n',
  '$x.items[p > 2].n',
  '$x.items^(p).n',
  '$x.items^(>p).n',
  '$x.items{n: p}',
  '$x.items.{"name": n, "twice": p * 2}',
  '{"all": $x.items.n, "first": $x.items[0]}',
  '[$x.a, $x.b, $x.missing]',
  '$x.a + 1',
  '$x.a & $x.b',
  '$x.a = 1',
  '$x.a != 1',
  '$x.a < 2 and $x.t',
  '$x.t or $x.missing',
  '$x.t ? "yes" : "no"',
  '($x.t ? "yes" : "no")',
  '$x.missing ? 1',
  '$x.missing ?: "elvis"',
  '$x.missing ?? "none"',
  '$x.t and false',
  '$not($x.t)',
  '$exists($x.a)',
  '$count($x.c)',
  '$sum($x.c)',
  '$max($x.c) - $min($x.c)',
  '$average($x.c)',
  '$string($x)',
  '$keys($x)',
  '$lookup($x, "a")',
  '$merge([{"a": 1}, {"b": 2}])',
  '$map($x.c, function($v, $i) { $v * $i })',
  '$filter($x.c, function($v) { $v > 1 })',
  '$reduce($x.c, function($p, $c) { $p + $c })',
  '$sort($x.c, function($l, $r) { $l < $r })',
  '$each($x.d, function($v, $k) { $k })',
  '$sift($x, function($v) { $type($v) = "number" })',
  '$single($x.c, function($v) { $v = 2 })',
  '$spread($x.d)',
  '$distinct([1, 1, 2])',
  '$reverse($x.c)',
  '$append($x.c, 4)',
  '$zip([1, 2], [3, 4])',
  '$split("a,b,c", ",")',
  '$split("a1b2", /[0-9]/)',
  '$join(["a", "b"], "-")',
  '$match("ababb", /a(b+)/)',
  '$replace("abcabc", "b", "X")',
  '$replace("abc", /(b)/, "<$1>")',
  '$replace("abc", /b/, function($m) { $uppercase($m.match) })',
  '$contains("abc", /B/i)',
  '$substringBefore("hello world", " ")',
  '$uppercase($x.b)',
  '$trim("  a   b ")',
  '$pad("a", -5, "#")',
  '$number("12.5") * 2',
  '$formatNumber(1234.5678, "#,##0.00")',
  '$formatBase(255, 16)',
  '$round(2.5)',
  '$power(2, 10)',
  '$sqrt(16)',
  '$base64encode("abc")',
  '$base64decode("YWJj")',
  '$encodeUrlComponent("a b")',
  '$toMillis("2026-11-21T12:00:00Z")',
  '$fromMillis(1795262400000)',
  '$fromMillis(1795262400000, "[Y]-[M01]-[D01]")',
  '($a := $x.a; $b := 2; [$a, $b])',
  '($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(5))',
  '$x.c ~> $map(function($v) { $v + 1 }) ~> $sum()',
  '$x ~> |$|{"added": 1}|',
  '$x ~> |$|{}, ["a"]|',
  '$x.**.v',
  '$x.*',
  '$x.nested.v',
  '$x.a@$i.b',
  '$x.items#$i.{"i": $i, "n": n}',
  '$x.items.%.t',
  '1 in $x.c',
  '[1..5]',
  '-$x.a',
  '$x.a > "text"',
  '$abs("x")',
  '$sum("x")',
  '$x.b + 1',
  '$undefinedFunction()',
  '$error("stop")',
  '$assert(false, "no")',
  '/a/',
  '"a" = /a/',
  '$type($x.c)',
  '$boolean($x.s)',
  '$x.(a & "!")',
  '$x.c.($ * 2)',
  '[[1, 2], [3]]',
  '[$x.c]',
  '$x.a ~> function($v) { $v }',
  '$substring("hello", 1, 3)[0]',
  '$formatInteger(42, "w")',
  '$parseInteger("forty-two", "w")',
  '$clone($x)',
];

type Outcome = { readonly value: string | undefined } | { readonly code: string | undefined };

const outcome = async (work: () => unknown): Promise<Outcome> => {
  try {
    const value = await work();
    return { value: JSON.stringify(value) };
  } catch (error) {
    return { code: (error as { code?: string }).code };
  }
};

test('states: jsonata: without promises the engine gives what the shipped one gives', async () => {
  let compared = 0;
  for (const expression of expressions) {
    const theirs = shipped(expression);
    const ours = jsonata(expression);
    for (const x of inputs) {
      const bindings = { x: structuredClone(x) };
      const given = await outcome(() => ours.evaluate(undefined, structuredClone(bindings)));
      const shippedOne = await outcome(() => theirs.evaluate(undefined, bindings));
      expect([expression, x, given]).toEqual([expression, x, shippedOne]);
      compared += 1;
    }
  }
  expect(compared).toBe(expressions.length * inputs.length);
});

const sightOf = (x: Json, states: { readonly [key: string]: Json } = {}): Sight => ({
  lookup: (name) => (name === 'x' ? x : undefined),
  states: () => states,
});

/** What a field gets: the closure’s value where there is one, else the engine’s; undefined is an error. */
const field = (expression: string, x: Json): Outcome => {
  try {
    return {
      value: JSON.stringify(new Expression(`{% ${expression} %}`).evaluate(sightOf(x), 'F')),
    };
  } catch (error) {
    const { cause } = error as { cause?: string };
    return { code: cause?.includes('returned nothing') === true ? 'nothing' : 'threw' };
  }
};

const engine = async (expression: string, x: Json): Promise<Outcome> => {
  const got = await outcome(() => shipped(expression).evaluate(undefined, { x }));
  if ('code' in got) return { code: 'threw' };
  return got.value === undefined ? { code: 'nothing' } : got;
};

test('states: jsonata: an expression in a field is worth what the shipped engine says', async () => {
  // regular expressions and functions are no JSON, and no field has them
  const asValues = expressions.filter(
    (text) => text !== '/a/' && !text.startsWith('$x.a ~> function'),
  );
  for (const expression of asValues) {
    for (const x of inputs) {
      expect([expression, x, field(expression, x)]).toEqual([
        expression,
        x,
        await engine(expression, structuredClone(x)),
      ]);
    }
  }
});

const name = fc.constantFrom('a', 'b', 'c');
const leaf = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom('', 'a', 'b'),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 3 }),
  ),
})).json;

const path = fc.array(name, { maxLength: 3 }).map((names) => ['$x', ...names].join('.'));
const literal = fc.constantFrom('1', '"a"', 'true', 'null', '-2');
const operator = fc.constantFrom('=', '!=', '<', '>=', 'and', 'or', '&', '+', '-', '*');
const simple = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    path,
    literal,
    fc.tuple(tie('text'), operator, tie('text')).map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc
      .tuple(tie('text'), tie('text'), tie('text'))
      .map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`),
    fc.tuple(name, tie('text')).map(([key, inner]) => `{"${key}": ${inner}}`),
  ),
})).text;

test('states: jsonata: closures say what the engine says, whatever the value', async () => {
  await fc.assert(
    fc.asyncProperty(simple, value, async (expression, x) => {
      expect([expression, field(expression, x)]).toEqual([expression, await engine(expression, x)]);
    }),
    { numRuns: 1500, seed: 20261121 },
  );
});

const functions: readonly (readonly [string, unknown])[] = [
  ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
  ['$partition([1,2,3])', [[1, 2, 3]]],
  ['$partition([1,2,3,4,5], 2.9)', [[1, 2], [3, 4], [5]]],
  ['$exists($partition([], 2))', false],
  ['$exists($partition([1,2,3], 0))', false],
  ['$exists($partition([1,2,3,4], -0.5))', false],
  ['$range(0, 10, 2)', [0, 2, 4, 6, 8, 10]],
  ['$range(10, 0, -2)', [10, 8, 6, 4, 2, 0]],
  ['$range(1.7, 5, 1)', [1, 2, 3, 4, 5]],
  ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
  ['$range(5, 1, -1.5)', [5, 4, 3, 2, 1]],
  ['$range(3, 3, 1)', 3],
  ['$exists($range(5, 1, 1))', false],
  ['$exists($range(1, 5, 0))', false],
  ['$exists($range(1, 5))', false],
  ['$count($range(1, 360145, 1))', 360_145],
  ["$hash('Hello', 'MD5')", '8b1a9953c4611296a827abf8c47804d7'],
  ["$hash('Hello', 'SHA-1')", 'f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0'],
  ["$hash('Hello', 'SHA-256')", '185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969'],
  ["$hash('ñ', 'MD5')", '94e9342ecbb1458b6043ecd3bfcbc192'],
  ["$exists($hash('Hello'))", false],
  ['$random(42)', 0.7275636800328681],
  ['$random(0)', 0.730967787376657],
  ['$random(7)', 0.7306990420600421],
  ['$random(0.9)', 0.730967787376657],
  ['$random()', 0.25],
  ['$uuid()', 'an id'],
  ['$parse(\'{"a":1,"b":[1,2,3]}\').b', [1, 2, 3]],
  ["$exists($parse('null'))", true],
  ['$exists($parse())', false],
  ['$map([\'{"a":1}\', \'{"a":2}\'], $parse).a', [1, 2]],
  ['$now()', '2026-11-21T12:00:00.000Z'],
  ['$millis()', now],
  ['($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(31))', 31],
  ['[1..800000] ~> $count()', 800_000],
];

// measured on AWS, 2026-08: https://github.com/floci-io/floci/pull/2783
test.each(functions)('states: jsonata: %s', (expression, expected) => {
  expect(new Expression(`{% ${expression} %}`).evaluate(sightOf(null), 'F')).toEqual(expected);
});

const failures: readonly (readonly [string, string])[] = [
  ['$partition([1,2,3], -1)', '. D3137: Second argument must be zero or greater'],
  ['$parse(null)', '. T0410: Argument 1 of function "parse" does not match function signature'],
  ["$parse('not valid json')", '. D3137: Invalid JSON'],
  ['$range(1)', '. T0410: Argument 2 of function "range" does not match function signature'],
  ["$uuid('seed')", '. T0410: Argument 1 of function "uuid" does not match function signature'],
  ["$hash(42, 'MD5')", '. T0410: Argument 1 of function "hash" does not match function signature'],
  ['$eval("1+1")', '. T1006: Attempted to invoke a non-function'],
  ['$abs("x")', '. T0410: Argument 1 of function "abs" does not match function signature'],
  [
    '$range(1, 360146, 1)',
    ': Expression evaluation memory limit exceeded: Check for excessive memory usage',
  ],
  [
    '$sum([1..900000])',
    ': Expression evaluation memory limit exceeded: Check for excessive memory usage',
  ],
  [
    '($f := function($x){ $f($x+1) }; $f(1))',
    ': Expression evaluation timeout: Check for infinite loop',
  ],
  [
    '($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(32))',
    ': Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive',
  ],
];

test.each(failures)('states: jsonata: fails %s', (expression, said) => {
  const evaluate = () => new Expression(`{% ${expression} %}`).evaluate(sightOf(null), 'Output/v');
  expect(evaluate).toThrow(
    expect.objectContaining({
      error: 'States.QueryEvaluationError',
      location: 'Output/v',
      cause: `The JSONata expression '${expression}' specified for the field 'Output/v' threw an error during evaluation${said}`,
    }),
  );
});

test('states: jsonata: a result carries no marks of the engine into the next expression', () => {
  const list = new Expression('{% $x.c[$ > 2][] %}').evaluate(sightOf({ c: [1, 2, 3] }), 'F');
  expect(Object.keys(list as object)).toEqual(['0']);
  const nested = new Expression('{% {"l": [$x]} %}').evaluate(sightOf(1), 'F');
  expect(structuredClone(nested)).toEqual({ l: [1] });
});
