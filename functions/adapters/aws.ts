import { TransientFailure } from '../domain/errors.ts';
import type { ClientConfiguration, Credentials, Runtime } from '../runtime/runtime.ts';
import { transient } from './transient.ts';

/** Gets credentials in a Region. */
export type Assume = (runtime: Runtime, region: string | undefined) => Promise<Credentials>;

interface Options {
  readonly region?: string;
  /** The role under which to act (`assume(target)` of assumed-role.ts); without it, the function's own. */
  readonly role?: Assume;
  readonly maxAttempts?: number;
}

interface Sending {
  send(...command: never[]): unknown;
}

const configuration = (options: Options, credentials?: Credentials): ClientConfiguration => ({
  ...(options.region === undefined ? {} : { region: options.region }),
  ...(options.maxAttempts === undefined ? {} : { maxAttempts: options.maxAttempts }),
  ...(credentials === undefined ? {} : { credentials }),
});

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');
const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/**
 * The one seam to AWS: makes a client of the class it is given, under the role asked for.
 * What passes by itself is thrown as TransientFailure, with AWS's error as its cause; all else as AWS threw it.
 */
export const aws =
  (runtime: Runtime) =>
  <C extends Sending>(
    Client: new (configuration: ClientConfiguration) => C,
    options: Options = {},
  ): Pick<C, 'send'> => {
    const ready = async (): Promise<C> =>
      runtime.client(Client, configuration(options, await options.role?.(runtime, options.region)));
    const send = async (...command: never[]): Promise<unknown> => {
      try {
        const client = await ready();
        return await client.send(...command);
      } catch (error) {
        if (!transient(error)) throw error;
        throw new TransientFailure(`${nameOf(error)}: ${wordsOf(error)}`, { cause: error });
      }
    };
    return { send } as unknown as Pick<C, 'send'>;
  };
