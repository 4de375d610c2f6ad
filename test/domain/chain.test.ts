import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical, fingerprint } from '../../config/canonical.ts';
import {
  type ChainedEvent,
  type ChainHead,
  chained,
  GENESIS,
  headAfter,
  verifyChain,
} from '../../functions/domain/chain.ts';

// Goal: what has been written into a release's history can't be changed, left out, moved or forked without being found.

const chainOf = (kinds: readonly string[]): { events: ChainedEvent[]; head: ChainHead } => {
  let head = GENESIS;
  const events = kinds.map((kind, index) => {
    const event = chained('r', head, {
      at: '2026-01-15T12:00:00.000Z',
      kind,
      facts: { index, nested: { of: kind } },
      once: null,
    });
    head = headAfter(event);
    return event;
  });
  return { events, head };
};

const kinds = fc.array(fc.constantFrom('Started', 'Judged', 'Entered', 'Ended'), {
  minLength: 2,
  maxLength: 8,
});

describe('chain', () => {
  test('what was chained is whole', () => {
    fc.assert(
      fc.property(kinds, (some) => {
        const { events, head } = chainOf(some);
        expect(verifyChain(events, head)).toBeNull();
      }),
    );
    expect(verifyChain([], GENESIS)).toBeNull();
  });

  test('every change of every event is found', () => {
    fc.assert(
      fc.property(
        kinds,
        fc.nat(),
        fc.constantFrom('at', 'kind', 'facts', 'n'),
        (some, where, what) => {
          const { events, head } = chainOf(some);
          const index = where % events.length;
          const other = { at: '2027-01-01T00:00:00.000Z', kind: 'Forged', facts: {}, n: 99 }[what];
          const changed = events.map((event, n) =>
            n === index ? { ...event, [what]: other } : event,
          );
          expect(verifyChain(changed, head)).not.toBeNull();
        },
      ),
    );
  });

  test('a missing event is found, the last one by the head', () => {
    fc.assert(
      fc.property(kinds, fc.nat(), (some, where) => {
        const { events, head } = chainOf(some);
        const index = where % events.length;
        expect(verifyChain(events.toSpliced(index, 1), head)).not.toBeNull();
      }),
    );
  });

  test('two events in each other’s place are found', () => {
    fc.assert(
      fc.property(kinds, (some) => {
        const { events, head } = chainOf(some);
        const [first, second, ...rest] = events;
        if (!first || !second) return;
        expect(verifyChain([second, first, ...rest], head)).not.toBeNull();
      }),
    );
  });

  test('a forged event with a hash of its own breaks the one that follows', () => {
    const { events, head } = chainOf(['Started', 'Judged', 'Ended']);
    const [first, , last] = events;
    if (!first || !last) throw new Error('three were made');
    const forged = chained('r', headAfter(first), {
      at: '2026-01-15T12:00:00.000Z',
      kind: 'Forged',
      facts: {},
      once: null,
    });
    expect(verifyChain([first, forged, last], head)).toBe('event 3 does not follow event 2');
  });

  test('an event of another release does not belong', () => {
    const { events } = chainOf(['Started']);
    const [first] = events;
    if (!first) throw new Error('one was made');
    const stray = chained('other', headAfter(first), {
      at: '2026-01-15T12:00:00.000Z',
      kind: 'Judged',
      facts: {},
      once: null,
    });
    expect(verifyChain([first, stray])).toContain('is of other');
  });
});

describe('canonical JSON', () => {
  test('the order of keys makes no difference, and nothing else is lost', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const spelled = canonical(value);
        expect(JSON.parse(spelled)).toEqual(JSON.parse(JSON.stringify(value)));
        const turned = JSON.parse(JSON.stringify(value), (_, inner) =>
          typeof inner === 'object' && inner !== null && !Array.isArray(inner)
            ? Object.fromEntries(Object.entries(inner).reverse())
            : inner,
        );
        expect(canonical(turned)).toBe(spelled);
      }),
    );
  });

  test('is SHA-256 of what one would write by hand', () => {
    // printf '{"a":[1,null],"b":"x"}' | sha256sum
    expect(canonical({ b: 'x', a: [1, null], c: undefined })).toBe('{"a":[1,null],"b":"x"}');
    expect(fingerprint({ b: 'x', a: [1, null] })).toBe(
      '3dece6dc8d22d61692b03c7d51836aaec96fd08a614e224565e177ad6ff9dbe2',
    );
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [() => 1]])(
    'what is no JSON is refused: %s',
    (value) => {
      expect(() => canonical({ value })).toThrow(/record/);
    },
  );
});
