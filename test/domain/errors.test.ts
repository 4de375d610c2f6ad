import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as errors from '../../functions/domain/errors.ts';

// Goal: an error's name is its API; it must be what the machines match on, in a minified bundle too.

const classes = Object.entries(errors).filter(
  (entry): entry is [string, typeof errors.TransientFailure] =>
    typeof entry[1] === 'function' && entry[1].prototype instanceof Error,
);

describe('errors', () => {
  test.each(classes)('%s has its name on the instance, not only on the class', (name, Kind) => {
    const error = new Kind('words', { facts: { a: 1 }, cause: 'why' });
    expect(Object.hasOwn(error, 'name')).toBe(true);
    expect(error).toMatchObject({ name, message: 'words', cause: 'why', facts: { a: 1 } });
  });

  test('what machines retry of ours is the transient family, and nothing else', () => {
    const own = new Set(classes.map(([name]) => name));
    const retried = readdirSync('statemachines')
      .filter((file) => file.endsWith('.asl.json'))
      .flatMap((file) => {
        const { States } = JSON.parse(readFileSync(`statemachines/${file}`, 'utf8')) as {
          States: Record<string, { Retry?: { ErrorEquals: string[] }[] }>;
        };
        return Object.values(States).flatMap(({ Retry }) =>
          (Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals),
        );
      });
    const ours = [...new Set(retried)].filter((name) => own.has(name));
    const families = ours.map((name) => {
      const Kind = classes.find(([one]) => one === name)?.[1];
      return Kind ? new Kind('').family : null;
    });
    expect(ours).toContain('TransientFailure');
    expect(new Set(families)).toEqual(new Set(['transient']));
  });
});
