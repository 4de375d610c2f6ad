import { AsyncLocalStorage } from 'node:async_hooks';

/** What a handler takes from outside. Handlers find the one of their invocation under a well-known symbol. */
export interface HandlerRuntime {
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  uuid(): string;
  random(): number;
  client<C>(
    Client: new (configuration: HandlerClientConfiguration) => C,
    configuration: HandlerClientConfiguration,
  ): C;
  fetch: typeof fetch;
  write(line: string): void;
}

/** What a handler may say about a client. */
export interface HandlerClientConfiguration {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string };
  readonly maxAttempts?: number;
}

interface RuntimeSeam {
  current(): HandlerRuntime;
  readonly invocations: AsyncLocalStorage<HandlerRuntime>;
}

const SEAM = Symbol.for('lambda.runtime');

const makeSeam = (): RuntimeSeam => {
  const invocations = new AsyncLocalStorage<HandlerRuntime>();
  return {
    invocations,
    current() {
      const runtime = invocations.getStore();
      if (runtime === undefined) {
        throw new Error(
          'no invocation is running here: a runtime can only be asked for inside a handler that the local cloud invoked',
        );
      }
      return runtime;
    },
  };
};

/** One for the whole process, however often this file is loaded and however many clouds there are. */
const seam = (): RuntimeSeam => {
  const holder = globalThis as { [SEAM]?: RuntimeSeam };
  if (holder[SEAM]?.invocations === undefined) holder[SEAM] = makeSeam();
  return holder[SEAM];
};

/** Runs `work` with `runtime` as the runtime that handlers find. */
export const withRuntime = <T>(runtime: HandlerRuntime, work: () => T): T =>
  seam().invocations.run(runtime, work);
