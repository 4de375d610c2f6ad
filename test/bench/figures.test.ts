import { describe, expect, test } from 'vitest';
import { atMost, below, median, mostWithinASecond, rounded, tally } from '../../bench/figures.ts';
import { sectionJson, sectionText } from '../../bench/print.ts';

describe('figures', () => {
  test.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('no values have no median', () => {
    expect(() => median([])).toThrow('no median');
  });

  test.each([
    [1234.5678, 1235],
    [99.987, 100],
    [0.012345, 0.0123],
  ])('%d is rounded to %d', (value, expected) => {
    expect(rounded(value)).toBe(expected);
  });

  test('a tally begins with the most frequent, equals stand by name', () => {
    expect(tally(['b', 'c', 'a', 'c', 'b', 'c'])).toEqual([
      ['c', 3],
      ['b', 2],
      ['a', 1],
    ]);
  });

  test.each([
    { at: [], most: 0 },
    { at: [0, 999, 1000], most: 2 },
    { at: [5000, 0, 4600, 4100, 9000], most: 3 },
  ])('within a second of $at come at most $most', ({ at, most }) => {
    expect(mostWithinASecond(at)).toBe(most);
  });
});

describe('bounds', () => {
  test.each([
    [atMost('transitions', 250, 250, ''), true],
    [atMost('transitions', 251, 250, ''), false],
    [below('events', 2499, 2500, ''), true],
    [below('events', 2500, 2500, ''), false],
  ])('%o', (bound, held) => {
    expect(bound.held).toBe(held);
  });
});

describe('a section', () => {
  const section = {
    name: 'path',
    title: 'Transitions',
    notes: ['of one release'],
    figures: [
      { title: 'By machine', columns: ['machine', 'n'], rows: [['release', 1234] as const] },
    ],
    bounds: [atMost('all', 300, 250, 'transitions'), atMost('standby', 51, 60, 'transitions')],
  };

  test('says in words which bound is not held', () => {
    const text = sectionText(section);
    expect(text).toContain('1,234');
    expect(text).toMatch(/all .*300 .*250 .*NOT HELD/);
    expect(text).toMatch(/standby .*51 .*60 .* held/);
  });

  test('is the same in JSON, rows under the names of their columns', () => {
    expect(sectionJson(section)).toMatchObject({
      name: 'path',
      figures: [{ title: 'By machine', rows: [{ machine: 'release', n: 1234 }] }],
      bounds: [
        { measured: 300, limit: 250, held: false },
        { measured: 51, limit: 60, held: true },
      ],
    });
  });
});
