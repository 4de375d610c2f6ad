import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue, Item } from '../../../local/services/dynamodb/attribute-value.ts';
import {
  addNumbers,
  canonicalNumber,
  compareNumbers,
  numberOrder,
} from '../../../local/services/dynamodb/decimal.ts';
import { compileCondition } from '../../../local/services/dynamodb/expressions/condition.ts';

/** A condition both as text for DynamoDB and as a direct function on plain values. */
interface Modelled {
  readonly text: string;
  readonly holds: (item: Plain) => boolean;
  readonly values: Readonly<Record<string, AttributeValue>>;
}
type Plain = Readonly<Record<string, string | number | undefined>>;

const NAMES = ['a', 'b', 'c'] as const;
const plainValue = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', 'x', 'xy', 'y'));
const marshalled = (value: string | number): AttributeValue =>
  typeof value === 'number' ? { N: String(value) } : { S: value };
const ordered = (a: unknown, b: unknown): boolean => a !== undefined && typeof a === typeof b;

const OPERATORS: Readonly<Record<string, (a: never, b: never) => boolean>> = {
  '=': (a: unknown, b: unknown) => a === b,
  '<>': (a: unknown, b: unknown) => a !== b,
  '<': (a, b) => ordered(a, b) && a < b,
  '<=': (a, b) => ordered(a, b) && a <= b,
  '>': (a, b) => ordered(a, b) && a > b,
  '>=': (a, b) => ordered(a, b) && a >= b,
};

// Placeholders are numbered by their place in the tree, so that no two leaves share one.
const leaf = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom(
      'compare' as const,
      'exists' as const,
      'missing' as const,
      'begins' as const,
      'between' as const,
      'in' as const,
    ),
    fc.constantFrom(...Object.keys(OPERATORS)),
    plainValue,
    plainValue,
    fc.string({
      unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7'),
      minLength: 12,
      maxLength: 12,
    }),
  )
  .map(([name, form, operator, first, second, id]): Modelled => {
    const [v, w] = [`:v${id}`, `:w${id}`];
    const test = OPERATORS[operator] as (a: unknown, b: unknown) => boolean;
    switch (form) {
      case 'exists':
        return {
          text: `attribute_exists(${name})`,
          holds: (i) => i[name] !== undefined,
          values: {},
        };
      case 'missing':
        return {
          text: `attribute_not_exists(${name})`,
          holds: (i) => i[name] === undefined,
          values: {},
        };
      case 'begins':
        return {
          text: `begins_with(${name}, ${v})`,
          holds: (i) => typeof i[name] === 'string' && i[name].startsWith(String(first)),
          values: { [v]: { S: String(first) } },
        };
      case 'between': {
        const sorted = [first, second].map(Number).map((n) => (Number.isNaN(n) ? 0 : n));
        const [low, high] = [Math.min(...sorted), Math.max(...sorted)];
        return {
          text: `${name} BETWEEN ${v} AND ${w}`,
          holds: (i) => typeof i[name] === 'number' && i[name] >= low && i[name] <= high,
          values: { [v]: marshalled(low), [w]: marshalled(high) },
        };
      }
      case 'in':
        return {
          text: `${name} IN (${v}, ${w})`,
          holds: (i) => i[name] === first || i[name] === second,
          values: { [v]: marshalled(first), [w]: marshalled(second) },
        };
      case 'compare':
        break;
    }
    return {
      text: `${name} ${operator} ${v}`,
      holds: (i) => test(i[name], first),
      values: { [v]: marshalled(first) },
    };
  });

const condition = fc.letrec<{ node: Modelled }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('node').map(
      (inner): Modelled => ({
        text: `NOT (${inner.text})`,
        holds: (item) => !inner.holds(item),
        values: inner.values,
      }),
    ),
    fc.tuple(tie('node'), fc.constantFrom('AND', 'OR'), tie('node')).map(
      ([left, word, right]): Modelled => ({
        text: `(${left.text}) ${word} (${right.text})`,
        holds: (item) =>
          word === 'AND'
            ? left.holds(item) && right.holds(item)
            : left.holds(item) || right.holds(item),
        values: { ...left.values, ...right.values },
      }),
    ),
  ),
})).node;

const plainItem = fc.record(Object.fromEntries(NAMES.map((name) => [name, plainValue])), {
  requiredKeys: [],
});

describe('dynamodb: conditions: model:', () => {
  it('a condition holds exactly when the same condition on plain values does', () => {
    fc.assert(
      fc.property(condition, plainItem, (modelled, plain) => {
        const item: Item = Object.fromEntries(
          Object.entries(plain).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, marshalled(value)]],
          ),
        );
        const compiled = compileCondition(modelled.text);
        const bindings = { names: {}, values: modelled.values };
        expect(compiled.test(item, bindings)).toBe(modelled.holds(plain));
      }),
      { seed: 20260115, numRuns: 2000 },
    );
  });

  it('without parentheses NOT binds before AND, AND before OR', () => {
    const bits = fc.array(fc.boolean(), { minLength: 2, maxLength: 8 });
    const words = fc.array(fc.constantFrom('AND', 'OR'), { minLength: 8, maxLength: 8 });
    const nots = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(bits, words, nots, (present, between, negated) => {
        const text = present
          .map((_, n) => {
            const term = `${negated[n] ? 'NOT ' : ''}attribute_exists(x${n})`;
            return n === 0 ? term : `${between[n]} ${term}`;
          })
          .join(' ');
        const item = Object.fromEntries(
          present.flatMap((there, n) => (there ? [[`x${n}`, { S: '1' }]] : [])),
        );
        const terms = present.map((there, n) => there !== negated[n]);
        const groups: boolean[][] = [];
        terms.forEach((term, n) => {
          if (n === 0 || between[n] === 'OR') groups.push([term]);
          else groups.at(-1)?.push(term);
        });
        const expected = groups.some((group) => group.every(Boolean));
        expect(compileCondition(text).test(item, { names: {}, values: {} })).toBe(expected);
      }),
      { seed: 20260116, numRuns: 500 },
    );
  });
});

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: -12, max: 12 }))
  .map(([coefficient, exponent]) => ({
    coefficient,
    exponent,
    text: `${coefficient}E${exponent}`,
  }));

/** The value in units of 1E-12. */
const exact = ({ coefficient, exponent }: { coefficient: bigint; exponent: number }): bigint =>
  coefficient * 10n ** BigInt(exponent + 12);

describe('dynamodb: numbers: model:', () => {
  it('order and equality are those of the exact values', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const sign = exact(a) < exact(b) ? -1 : exact(a) > exact(b) ? 1 : 0;
        const [left, right] = [canonicalNumber(a.text), canonicalNumber(b.text)];
        expect(Math.sign(compareNumbers(left, right))).toBe(sign);
        const [x, y] = [numberOrder(left), numberOrder(right)];
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(sign);
        expect(left === right).toBe(sign === 0);
      }),
      { seed: 20260117, numRuns: 1000 },
    );
  });

  it('sums and differences are exact', () => {
    fc.assert(
      fc.property(decimal, decimal, fc.constantFrom(1 as const, -1 as const), (a, b, sign) => {
        const sum = exact(a) + BigInt(sign) * exact(b);
        const expected = canonicalNumberOf(sum);
        fc.pre(expected !== undefined);
        expect(addNumbers(canonicalNumber(a.text), canonicalNumber(b.text), sign)).toBe(expected);
      }),
      { seed: 20260118, numRuns: 1000 },
    );
  });
});

/** Units of 1E-12 as a number without exponent; undefined if it needs more than 38 digits. */
const canonicalNumberOf = (units: bigint): string | undefined => {
  const digits = (units < 0n ? -units : units).toString().padStart(13, '0');
  const significant = digits.replace(/^0+/, '').replace(/0+$/, '');
  if (significant.length > 38) return undefined;
  const fraction = digits.slice(-12).replace(/0+$/, '');
  const whole = digits.slice(0, -12);
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
};
