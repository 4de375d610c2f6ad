/**
 * What a handler takes from outside: its environment, time, chance, clients, HTTP. Read at each invocation.
 * In Lambda it is made from the process; elsewhere whoever runs the handler provides one under a well-known symbol,
 * because bundles share no modules.
 */
export interface Runtime {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  uuid(): string;
  /** Uniform on [0, 1). */
  random(): number;
  /** Makes an AWS client of the class given. The one seam to AWS: `functions/adapters/aws.ts` is its only caller. */
  client<C>(
    Client: new (configuration: ClientConfiguration) => C,
    configuration: ClientConfiguration,
  ): C;
  /** HTTP that is not AWS: the Kubernetes API, smoke requests. */
  fetch: typeof fetch;
  /** One line of log. */
  write(line: string): void;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface ClientConfiguration {
  readonly region?: string;
  readonly credentials?: Credentials;
  readonly maxAttempts?: number;
}

/** The provider's object: `current()` is the runtime of the invocation that asks. */
export const RUNTIME: unique symbol = Symbol.for('lambda.runtime') as never;
