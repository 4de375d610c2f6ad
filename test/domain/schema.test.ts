import { describe, expect, test } from 'vitest';
import {
  eligible,
  floorOf,
  oneWay,
  schemaRefusal,
  schemaTermsIn,
} from '../../functions/domain/schema.ts';

// Goal: code never meets a schema that it was not made for, and images that say nothing are never held up.

const ran = (rolloutId: string, oldest?: number) =>
  oldest === undefined ? { rolloutId } : { rolloutId, schema: { brings: oldest, oldest } };

describe('schema: labels', () => {
  test.each([
    [{}, null],
    [
      { 'dev.slipway.schema.brings': '3', 'dev.slipway.schema.oldest': '2' },
      { brings: 3, oldest: 2 },
    ],
    [
      { 'dev.slipway.schema.brings': '0', 'dev.slipway.schema.oldest': '0' },
      { brings: 0, oldest: 0 },
    ],
  ])('%j', (labels, terms) => expect(schemaTermsIn(labels)).toEqual(terms));

  test.each([
    [{ 'dev.slipway.schema.brings': '3' }, /schema\.oldest is missing/],
    [{ 'dev.slipway.schema.oldest': '3' }, /schema\.brings is missing/],
    [{ 'dev.slipway.schema.brings': '3.1', 'dev.slipway.schema.oldest': '2' }, /brings is "3\.1"/],
    [{ 'dev.slipway.schema.brings': '-1', 'dev.slipway.schema.oldest': '2' }, /brings is "-1"/],
    [{ 'dev.slipway.schema.brings': '2', 'dev.slipway.schema.oldest': '3' }, /its own schema/],
  ])('%j is refused', (labels, words) => {
    expect(() => schemaTermsIn(labels as Record<string, string>)).toThrow(words);
  });
});

describe('schema: floor', () => {
  test.each([
    ['nothing since', [ran('a', 9)], 'a', null],
    [
      'the highest, a lower one later too',
      [ran('d', 2), ran('c', 4), ran('b', 3), ran('a', 9)],
      'a',
      4,
    ],
    ['images without labels do not count', [ran('c'), ran('b', 3), ran('a')], 'a', 3],
    ['one that is not in the list: all count', [ran('c', 5), ran('b', 3)], 'gone', 5],
  ])('%s', (_name, newestFirst, since, floor) => {
    expect(floorOf(newestFirst, since)).toBe(floor);
  });

  test.each([
    [{ brings: 3, oldest: 1 }, 3, true],
    [{ brings: 2, oldest: 1 }, 3, false],
    [{ brings: 2, oldest: 1 }, null, true],
    [null, 3, true],
  ])('eligible: %j at %s: %s', (terms, floor, yes) => {
    expect(eligible(terms, floor)).toBe(yes);
    expect(schemaRefusal({ name: 'r', schema: terms }, floor) === null).toBe(yes);
  });
});

test('schema: a rollout that would burn the way back says both numbers and what to do', () => {
  const reason = oneWay(
    { name: 'new', schema: { brings: 5, oldest: 5 } },
    { name: 'old', schema: { brings: 4, oldest: 3 } },
  );
  expect(reason).toMatch(/new no code older than schema 5.*old was made for schema 4/);
  expect(reason).toMatch(/expanding half first/);
  const both = { name: 'both', schema: { brings: 5, oldest: 4 } };
  expect(oneWay(both, { name: 'old', schema: { brings: 4, oldest: 3 } })).toBeNull();
  expect(oneWay({ name: 'new', schema: { brings: 5, oldest: 5 } }, null)).toBeNull();
  expect(oneWay({ name: 'new', schema: null }, both)).toBeNull();
});
