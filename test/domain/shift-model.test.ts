import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../functions/domain/target.ts';
import { nextStep, split } from '../../functions/domain/weights.ts';
import {
  type Adapter,
  type Circumstances,
  REQUESTS_MIN,
  ShiftModel,
  type Turn,
} from './shift-model.ts';
import { strategies } from './strategies.ts';

// Goal: whoever moves the alias, and whatever happens to ticks, traffic goes up one proven step at a time below the alias.
// Method: the domain's own decisions against an alias, a rule and metrics that behave as AWS's do; times, losses and repeats are drawn.

const ADAPTERS: readonly Adapter[] = ['codeDeploy', 'schedule'];

const circumstances = (over: Partial<Circumstances> = {}): fc.Arbitrary<Circumstances> =>
  fc
    .record({
      adapter: fc.constantFrom(...ADAPTERS),
      strategy: strategies,
      servesUsers: fc.boolean(),
      bakeSeconds: fc.constantFrom(0, 600),
      badRatio: fc.constantFrom(0, 1),
      hookSeconds: fc.nat(900),
    })
    .map((drawn) => ({ ...drawn, ...over }));

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record<Turn>({
    afterSeconds: fc.integer({ min: 5, max: 400 }),
    fate: fc.oneof(
      { weight: 5, arbitrary: fc.constant('runs' as const) },
      {
        weight: 2,
        arbitrary: fc.constantFrom('lost', 'killedAfterAlias', 'killedAfterRule' as const),
      },
    ),
    metrics: fc.oneof(
      { weight: 4, arbitrary: fc.constant('read' as const) },
      { weight: 1, arbitrary: fc.constant('missing' as const) },
    ),
    lagSeconds: fc.constantFrom(0, 0, 120),
  }),
  { minLength: 1, maxLength: 80 },
);

const ran = (of: Circumstances, drawn: readonly Turn[]): ShiftModel => {
  const model = new ShiftModel(of);
  for (const turn of drawn) model.turn(turn);
  return model;
};

describe('shift: with either adapter, under lost, killed, repeated and late ticks', () => {
  test('weights rise, one declared step per pass, below the alias, and each on evidence of its own', () => {
    fc.assert(
      fc.property(circumstances(), turns, (of, drawn) => {
        const model = ran(of, drawn);
        for (const { from, to, aliasPercent, counted } of model.writes) {
          expect(to).toBeGreaterThan(from);
          expect(to).toBeLessThanOrEqual(aliasPercent);
          expect(split({ stable: 'a', candidate: 'b' }, to)).toMatchObject([
            { weight: 100 - to },
            { weight: to },
          ]);
          if (!model.needsEvidence) continue;
          expect(to).toBeLessThanOrEqual(nextStep(of.strategy, from));
          if (from > 0) expect(counted).toBeGreaterThanOrEqual(REQUESTS_MIN);
        }
        const aliases = model.aliasWrites;
        expect(aliases).toEqual([...new Set(aliases)].sort((one, other) => one - other));
      }),
      { numRuns: 400 },
    );
  });

  test('a candidate that only fails never gets more than the first step', () => {
    fc.assert(
      fc.property(circumstances({ badRatio: 1, servesUsers: true }), turns, (of, drawn) => {
        const model = ran(of, drawn);
        if (!model.needsEvidence) return;
        expect(model.writes.map(({ to }) => to).slice(1)).toEqual([]);
        expect(model.decision).not.toBe('done');
      }),
      { numRuns: 200 },
    );
  });

  test('done is said only when alias and rule are at 100', () => {
    fc.assert(
      fc.property(circumstances({ badRatio: 0 }), turns, (of, drawn) => {
        const model = ran(of, drawn);
        if (model.decision === 'done') {
          expect([model.aliasPercent(), model.rule]).toEqual([100, 100]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('shift: a good candidate, ticks in time', () => {
  const every: Strategy[] = [
    { kind: 'allAtOnce' },
    { kind: 'blueGreen' },
    { kind: 'canary', percent: 5, everySeconds: 300 },
    { kind: 'linear', stepPercent: 30, everySeconds: 240 },
    {
      kind: 'steps',
      steps: [
        { percent: 1, holdSeconds: 600 },
        { percent: 5, holdSeconds: 600 },
        { percent: 25, holdSeconds: 1_200 },
      ],
    },
  ];

  test.each(ADAPTERS.flatMap((adapter) => every.map((strategy) => ({ adapter, strategy }))))(
    'gets everything: $adapter $strategy.kind',
    ({ adapter, strategy }) => {
      const regular: Turn = { afterSeconds: 60, fate: 'runs', metrics: 'read', lagSeconds: 0 };
      const model = ran(
        {
          adapter,
          strategy,
          servesUsers: true,
          bakeSeconds: 300,
          badRatio: 0,
          hookSeconds: 5,
        },
        Array.from({ length: 120 }, () => regular),
      );
      expect(model.decision).toBe('done');
      const declared: number[] = [];
      for (let at = nextStep(strategy, 0); at <= 100; at = nextStep(strategy, at)) {
        declared.push(at);
        if (at === 100) break;
      }
      expect(model.writes.map(({ to }) => to)).toEqual(declared);
    },
  );
});
