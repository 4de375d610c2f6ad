import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PointerSight, pointerPercent } from '../../functions/domain/pointer.ts';
import { nextAliasPercent, scheduledPercent } from '../../functions/domain/schedule.ts';
import type { Strategy } from '../../functions/domain/target.ts';
import { nextStep } from '../../functions/domain/weights.ts';
import { strategies } from './strategies.ts';

const MINUTE = 60;
const STEPS: Strategy = {
  kind: 'steps',
  steps: [
    { percent: 1, holdSeconds: 10 * MINUTE },
    { percent: 5, holdSeconds: 10 * MINUTE },
    { percent: 25, holdSeconds: 20 * MINUTE },
  ],
};
const versions = { stable: '1', candidate: '2' };

const pointer = (percent: number): PointerSight =>
  percent === 100
    ? { version: '2', additional: null, revisionId: 'r' }
    : {
        version: '1',
        additional: percent === 0 ? null : { version: '2', share: percent / 100 },
        revisionId: 'r',
      };

describe('schedule: what the time allows', () => {
  test.each([
    [{ kind: 'allAtOnce' }, [[0, 100]]],
    [{ kind: 'blueGreen' }, [[0, 100]]],
    [
      { kind: 'canary', percent: 5, everySeconds: 300 },
      [
        [0, 5],
        [299, 5],
        [300, 100],
      ],
    ],
    [
      { kind: 'linear', stepPercent: 30, everySeconds: 240 },
      [
        [0, 30],
        [239.9, 30],
        [240, 60],
        [480, 90],
        [720, 100],
        [9_999, 100],
      ],
    ],
    [
      STEPS,
      [
        [0, 1],
        [599, 1],
        [600, 5],
        [1_199, 5],
        [1_200, 25],
        [2_399, 25],
        [2_400, 100],
      ],
    ],
  ] as [Strategy, [number, number][]][])('%j', (strategy, expected) => {
    expect(expected.map(([at]) => [at, scheduledPercent(strategy, at)])).toEqual(expected);
  });

  test('nothing before its start, which a clock that lags may see', () => {
    expect(scheduledPercent({ kind: 'allAtOnce' }, -1)).toBe(0);
  });

  test('it only rises, begins with the first declared step, passes each one, and ends with everything', () => {
    fc.assert(
      fc.property(strategies, fc.array(fc.nat(400_000)), (strategy, times) => {
        const percents = [0, ...times, 400_000]
          .sort((one, other) => one - other)
          .map((at) => scheduledPercent(strategy, at));
        expect(percents).toEqual([...percents].sort((one, other) => one - other));
        expect(percents[0]).toBe(nextStep(strategy, 0));
        expect(percents.at(-1)).toBe(100);
        const declared: number[] = [];
        for (let at = nextStep(strategy, 0); at <= 100; at = nextStep(strategy, at)) {
          declared.push(at);
          if (at === 100) break;
        }
        expect(declared).toEqual(expect.arrayContaining([...new Set(percents)]));
      }),
    );
  });
});

describe('schedule: the next write of the alias', () => {
  const next = (percent: number, scheduled: number, present = 0): number | null =>
    nextAliasPercent(pointer(percent), versions, {
      presentPercent: present,
      scheduledPercent: scheduled,
    });

  test.each([
    ['the first share', 0, 10, 0, 10],
    ['nothing new', 10, 10, 10, null],
    ['a tick that comes late', 10, 60, 10, 60],
    ['the clock went back', 60, 10, 10, null],
    ['the end', 60, 100, 10, 100],
    ['it is there', 100, 100, 10, null],
    ['the alias gives less than the load balancer: drift, which nobody mends', 10, 60, 30, null],
  ] as const)('%s', (_name, percent, scheduled, present, expected) => {
    expect(next(percent, scheduled, present)).toBe(expected);
  });

  test('a hundred beside the stable version is finished', () => {
    const beside = { version: '1', additional: { version: '2', share: 1 }, revisionId: 'r' };
    expect(nextAliasPercent(beside, versions, { presentPercent: 60, scheduledPercent: 100 })).toBe(
      100,
    );
  });

  test("others' versions are left to those who made them", () => {
    for (const foreign of [
      { version: '7', additional: null, revisionId: 'r' },
      { version: '1', additional: { version: '7', share: 0.1 }, revisionId: 'r' },
    ]) {
      expect(
        nextAliasPercent(foreign, versions, { presentPercent: 0, scheduledPercent: 50 }),
      ).toBeNull();
    }
  });

  test('it never lowers the alias, and never goes beyond the schedule', () => {
    const percent = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(percent, percent, percent, (alias, scheduled, present) => {
        const written = next(alias, scheduled, present);
        if (written === null) return;
        expect(written).toBeGreaterThan(pointerPercent(pointer(alias), versions) ?? 0);
        expect(written).toBe(scheduled);
      }),
    );
  });
});
