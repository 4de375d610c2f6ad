import fc from 'fast-check';
import type { Strategy } from '../../functions/domain/target.ts';

const percent = fc.integer({ min: 1, max: 99 });
const seconds = fc.integer({ min: 1, max: 60 }).map((minutes) => minutes * 60);

/** Every strategy over two colors, with any schedule that a configuration may give it. */
export const strategies: fc.Arbitrary<Strategy> = fc.oneof(
  fc.constantFrom<Strategy>({ kind: 'blueGreen' }, { kind: 'allAtOnce' }),
  fc.record({ kind: fc.constant('canary' as const), percent, everySeconds: seconds }),
  fc.record({ kind: fc.constant('linear' as const), stepPercent: percent, everySeconds: seconds }),
  fc.uniqueArray(percent, { minLength: 1, maxLength: 6 }).chain((percents) =>
    fc.array(seconds, { minLength: percents.length, maxLength: percents.length }).map(
      (holds): Strategy => ({
        kind: 'steps',
        steps: [...percents]
          .sort((one, other) => one - other)
          .map((each, index) => ({ percent: each, holdSeconds: holds[index] ?? 60 })),
      }),
    ),
  ),
);
