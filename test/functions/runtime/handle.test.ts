import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ReleaseRefused, TransientFailure } from '../../../functions/domain/errors.ts';
import { handle, type World } from '../../../functions/runtime/handle.ts';
import { RUNTIME, type Runtime } from '../../../functions/runtime/runtime.ts';

// Goal: one door for every handler. What does not fit is refused by path, errors keep their names, nothing of the process is used.

const runtimeWith = (env: Record<string, string>, lines: string[] = []): Runtime => ({
  env,
  now: () => Date.UTC(2026, 0, 15, 12),
  sleep: async () => {},
  uuid: () => 'uuid',
  random: () => 0.5,
  client: () => {
    throw new Error('no client here');
  },
  fetch: () => Promise.reject(new Error('no HTTP here')),
  write: (line) => {
    lines.push(line);
  },
});

const provide = (runtime: Runtime): void => {
  Object.assign(globalThis, { [RUNTIME]: { current: () => runtime } });
};
afterEach(() => {
  Reflect.deleteProperty(globalThis, RUNTIME);
});

const context = { functionName: 'say', awsRequestId: 'request-1' } as Context;
const Env = z.object({ TABLE: z.string() });
const saying = (run: (world: World<{ TABLE: string }>) => unknown) =>
  handle({
    input: z.object({ order: z.object({ count: z.int() }) }),
    output: z.object({ said: z.string() }),
    env: Env,
    run: (world) => async () => (await run(world)) as { said: string },
  });

describe('handle', () => {
  test('gives environment and input by their schemas, and the answer by its own', async () => {
    provide(runtimeWith({ TABLE: 'one', OTHER: 'two' }));
    const handler = handle({
      input: z.object({ n: z.int() }),
      output: z.object({ said: z.string() }),
      env: Env,
      run:
        (world) =>
        async ({ n }) => ({ said: `${n} in ${world.env.TABLE}`, more: 'left out' }),
    });
    expect(await handler({ n: 3 }, context)).toEqual({ said: '3 in one' });
  });

  test.each([
    [{ order: { count: 'three' } }, /order\.count: .*got "three"/],
    [{ order: {} }, /order\.count: .*got nothing/],
    [{}, /order: .*got nothing/],
    ['words', /input: .*got "words"/],
    [null, /input: .*got null/],
  ])('refuses the input %j by path', async (input, words) => {
    provide(runtimeWith({ TABLE: 'one' }));
    const handler = saying(() => ({ said: 'no' }));
    await expect(handler(input, context)).rejects.toMatchObject({
      name: 'InputRefused',
      message: expect.stringMatching(words),
    });
  });

  test('names what the environment lacks', async () => {
    provide(runtimeWith({}));
    const handler = saying(() => ({ said: 'no' }));
    await expect(handler({ order: { count: 1 } }, context)).rejects.toMatchObject({
      name: 'ConfigurationMissing',
      message: expect.stringContaining('TABLE'),
    });
  });

  test('an answer that does not have its shape is our bug', async () => {
    provide(runtimeWith({ TABLE: 'one' }));
    const handler = saying(() => ({ sad: 'yes' }));
    await expect(handler({ order: { count: 1 } }, context)).rejects.toMatchObject({
      name: 'InvariantBroken',
      message: expect.stringContaining('said'),
    });
  });

  test('an error keeps its name and its cause, and is logged and counted under it', async () => {
    const lines: string[] = [];
    provide(runtimeWith({ TABLE: 'one' }, lines));
    const cause = new Error('socket hang up');
    const handler = saying(() => {
      throw new TransientFailure('try again', { cause });
    });
    await expect(handler({ order: { count: 1 } }, context)).rejects.toMatchObject({
      name: 'TransientFailure',
      cause,
    });
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed[0]).toMatchObject({
      level: 'ERROR',
      message: 'try again',
      timestamp: '2026-01-15T12:00:00.000Z',
      function_name: 'say',
      error: { name: 'TransientFailure', cause: { message: 'socket hang up' } },
    });
    expect(parsed[1]).toMatchObject({
      ErrorTransientFailure: 1,
      _aws: { Timestamp: Date.UTC(2026, 0, 15, 12) },
    });
  });

  test('two runtimes in one process are kept apart, each invocation asks for its own', async () => {
    const handler = saying(({ env }) => ({ said: env.TABLE }));
    provide(runtimeWith({ TABLE: 'one' }));
    const first = handler({ order: { count: 1 } }, context);
    provide(runtimeWith({ TABLE: 'two' }));
    const second = handler({ order: { count: 1 } }, context);
    expect(await Promise.all([first, second])).toEqual([{ said: 'one' }, { said: 'two' }]);
  });

  test('strings under secret names never reach the log; a fencing token, a number, does', async () => {
    const lines: string[] = [];
    provide(runtimeWith({ TABLE: 'one' }, lines));
    const handler = saying(({ log }) => {
      log.info('held', {
        lock: { token: 7, externalId: 'x-1' },
        sessionToken: 'x-2',
        headers: { Authorization: 'x-3' },
      });
      return { said: 'yes' };
    });
    await handler({ order: { count: 1 } }, context);
    expect(lines.join()).not.toMatch(/x-[123]/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ lock: { token: 7 } });
  });

  test('metrics are written once, in CloudWatch’s embedded format', async () => {
    const lines: string[] = [];
    provide(runtimeWith({ TABLE: 'one' }, lines));
    const handler = saying(({ metrics }) => {
      metrics.add('Started');
      metrics.add('Started', 2);
      return { said: 'yes' };
    });
    await handler({ order: { count: 1 } }, context);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      Started: [1, 2],
      function_name: 'say',
      _aws: { CloudWatchMetrics: [{ Namespace: 'Slipway' }] },
    });
  });

  test('a refused release carries its facts', () => {
    const error = new ReleaseRefused('no', { facts: { service: 'checkout' } });
    expect(error).toMatchObject({ name: 'ReleaseRefused', facts: { service: 'checkout' } });
  });
});
