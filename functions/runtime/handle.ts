import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { InputRefused } from '../domain/errors.ts';
import { InvariantBroken } from '../domain/invariant.ts';
import { type Counts, countsFor } from './counts.ts';
import { currentRuntime } from './current.ts';
import { readEnv } from './env.ts';
import { type Log, logFor } from './logger.ts';
import type { Runtime } from './runtime.ts';

/** What a handler is given at each invocation. */
export interface World<E = unknown> {
  readonly runtime: Runtime;
  /** Parsed by the handler's own schema. */
  readonly env: E;
  readonly log: Log;
  readonly metrics: Counts;
  readonly functionName: string;
}

interface Handler<I extends z.ZodType, O extends z.ZodType, E extends z.ZodObject> {
  readonly input: I;
  readonly output: O;
  readonly env: E;
  readonly run: (world: World<z.output<E>>) => (input: z.output<I>) => Promise<z.input<O>>;
}

interface Prepared {
  readonly world: World;
  readonly input: unknown;
}

/** The invocation's runtime is asked for once, when it begins: elsewhere than in Lambda several share this module. */
interface Internal {
  runtime?: Runtime;
  log?: Log;
  metrics?: Counts;
}

const FOUND_MAX = 80;

/** Shows a refused value shortly; objects only by their keys, because values may be anything. */
const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? `an object with ${Object.keys(value).join(', ') || 'no keys'}`
      : JSON.stringify(value);
  return text.length > FOUND_MAX ? `${text.slice(0, FOUND_MAX)}…` : text;
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );

/** Says what of a value does not fit its schema: path, what is wrong, what was found. */
export const misfits = (error: z.ZodError, value: unknown): string =>
  error.issues
    .map(({ path, message }) => {
      const where = path.map(String).join('.') || 'input';
      return `${where}: ${message}, got ${shown(at(value, path))}`;
    })
    .join('; ');

const parsing = (input: z.ZodType, env: z.ZodObject) => ({
  before: (request: middy.Request): void => {
    const internal = request.internal as Internal;
    const runtime = currentRuntime();
    const context = request.context as Context;
    const log = logFor(runtime, context);
    const metrics = countsFor(runtime, context.functionName ?? 'function');
    Object.assign(internal, { runtime, log, metrics });
    const parsed = input.safeParse(request.event);
    if (!parsed.success) throw new InputRefused(misfits(parsed.error, request.event));
    const functionName = context.functionName ?? 'function';
    const world = { runtime, env: readEnv(env, runtime.env), log, metrics, functionName };
    request.event = { world, input: parsed.data } satisfies Prepared;
  },
});

const answering = (output: z.ZodType) => ({
  after: (request: middy.Request): void => {
    const parsed = output.safeParse(request.response);
    if (!parsed.success) {
      const what = misfits(parsed.error, request.response);
      throw new InvariantBroken(`the handler's answer does not have its shape: ${what}`);
    }
    request.response = parsed.data;
  },
});

const telling = () => ({
  after: (request: middy.Request): void => (request.internal as Internal).metrics?.flush(),
  onError: (request: middy.Request): void => {
    const { log, metrics } = request.internal as Internal;
    const error = request.error as Error | undefined;
    log?.error(error?.message ?? 'failed', error ?? {});
    metrics?.add(`Error${error?.name ?? ''}`.replace(/[^A-Za-z0-9]/g, ''));
    metrics?.flush();
  },
});

/** Makes a Lambda handler: input and output by schema, log and metrics, errors by their names. */
export const handle = <I extends z.ZodType, O extends z.ZodType, E extends z.ZodObject>({
  input,
  output,
  env,
  run,
}: Handler<I, O, E>): ((event: unknown, context: Context) => Promise<z.output<O>>) => {
  const base = async (event: unknown): Promise<unknown> => {
    const prepared = event as Prepared;
    return run(prepared.world as World<z.output<E>>)(prepared.input as z.output<I>);
  };
  // No early time-out: it would be a real timer, and Lambda's own limit is the one that machines know.
  return middy(base, { timeoutEarlyInMillis: 0 })
    .use(telling())
    .use(parsing(input, env))
    .use(answering(output)) as never;
};
