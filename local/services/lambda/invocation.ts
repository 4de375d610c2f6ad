import { inProcessClient, type SdkCommand } from '../../client.ts';
import { AwsError } from '../aws-error.ts';
import type { Place, Principal } from '../service.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import type { RoleSession, RoleSessions } from './role-sessions.ts';
import type { HandlerClientConfiguration, HandlerRuntime } from './runtime-seam.ts';

/** Thrown by a listener to end an invocation as if its sandbox had died: nothing of it runs any more. */
export class KilledInvocation extends Error {
  override readonly name = 'KilledInvocation';
}

/** One call to AWS, or one request over HTTP, that a handler makes, as listeners see it. */
export interface InterceptedCall {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly requestId: string;
  /** `https` where the handler fetches: then the operation is the method, and the input says the URL. */
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly phase: 'before' | 'after';
  /** In phase `after`: what came back, or the error. */
  readonly output?: unknown;
  readonly error?: unknown;
}

/** Sees each call; may wait, may throw what the handler shall get, or `KilledInvocation`. */
export type CallListener = (call: InterceptedCall) => void | Promise<void>;

/** How an invocation ended. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'thrown'; readonly error: unknown }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'killed' };

/** What an invocation is made of. */
export interface InvocationParts {
  readonly cloud: LambdaCloud;
  readonly place: Place;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly requestId: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly session: RoleSession;
  readonly sessions: RoleSessions;
  readonly listeners: ReadonlySet<CallListener>;
  readonly write: (line: string) => void;
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

const callName = (command: SdkCommand): { service: string; operation: string } => {
  const [, namespace = '', operation = ''] = (command.schema ?? []) as readonly string[];
  return { service: namespace.slice(namespace.lastIndexOf('.') + 1), operation };
};

const isLoopback = ({ hostname }: URL): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

/**
 * One run of a handler: its runtime, its hold on the clock, its end.
 *
 * The clock is held while the handler runs and let go while it waits for time or for AWS, so that time can pass
 * there. Once ended (answer, time out, kill) nothing that the handler waits for ever comes back to it.
 */
export class Invocation implements HandlerRuntime {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  readonly #parts: InvocationParts;
  readonly #end: (outcome: Outcome) => void;
  #release: (() => void) | undefined;
  #waiting = 0;
  #ended = false;

  constructor(parts: InvocationParts, end: (outcome: Outcome) => void) {
    this.#parts = parts;
    this.env = parts.env;
    this.#end = end;
    this.#release = parts.cloud.clock.hold();
    this.fetch = (input, init) => this.#fetch(input, init);
  }

  /** Ends it, once. */
  end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release?.();
    this.#release = undefined;
    this.#end(outcome);
  }

  now(): number {
    return this.#parts.cloud.clock.now();
  }

  sleep(milliseconds: number): Promise<void> {
    const { clock } = this.#parts.cloud;
    return this.#wait(
      () =>
        new Promise((resolve) => {
          clock.at(clock.now() + Math.max(0, milliseconds), resolve);
        }),
    );
  }

  uuid(): string {
    return this.#parts.cloud.uuid();
  }

  random(): number {
    return this.#parts.cloud.random();
  }

  write(line: string): void {
    if (!this.#ended) this.#parts.write(line);
  }

  client<C>(
    _Client: new (configuration: HandlerClientConfiguration) => C,
    configuration: HandlerClientConfiguration,
  ): C {
    const client = {
      send: (command: SdkCommand) => this.#send(command, configuration),
      destroy() {},
      config: configuration,
    };
    return client as C;
  }

  #principal(configuration: HandlerClientConfiguration): Principal {
    const { session, sessions } = this.#parts;
    const key = configuration.credentials?.accessKeyId;
    if (key === undefined || key === session.credentials.accessKeyId) return session.principal;
    const principal = sessions.principalOf(key);
    if (principal !== undefined) return principal;
    throw new AwsError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      { status: 403 },
    );
  }

  async #send(command: SdkCommand, configuration: HandlerClientConfiguration): Promise<unknown> {
    const { cloud, place } = this.#parts;
    const principal = this.#principal(configuration);
    const region = configuration.region ?? place.region;
    const client = inProcessClient(cloud, { account: principal.account, region }, principal);
    return this.#told({ ...callName(command), input: command.input }, () =>
      this.#wait(() => client.send(command)),
    );
  }

  /** Makes a call and tells the listeners right before and right after it. */
  async #told<T>(
    what: Pick<InterceptedCall, 'service' | 'operation' | 'input'>,
    make: () => Promise<T>,
  ): Promise<T> {
    if (this.#parts.listeners.size === 0) return make();
    const { functionName, functionVersion, requestId } = this.#parts;
    const call = { functionName, functionVersion, requestId, ...what };
    await this.#tell({ ...call, phase: 'before' });
    let output: T;
    try {
      output = await make();
    } catch (error) {
      await this.#tell({ ...call, phase: 'after', error });
      throw error;
    }
    await this.#tell({ ...call, phase: 'after', output });
    return output;
  }

  async #tell(call: InterceptedCall): Promise<void> {
    try {
      await this.#wait(async () => {
        for (const listener of this.#parts.listeners) await listener(call);
      });
    } catch (error) {
      if (!(error instanceof KilledInvocation)) throw error;
      this.end({ kind: 'killed' });
      return never();
    }
  }

  /** Lets the clock go while `work` is waited for; an ended invocation never learns of the result. */
  async #wait<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended) return never();
    this.#waiting += 1;
    const release = this.#release;
    this.#release = undefined;
    try {
      const pending = work();
      release?.();
      return await pending;
    } finally {
      this.#waiting -= 1;
      if (this.#ended) await never();
      if (this.#waiting === 0) this.#release = this.#parts.cloud.clock.hold();
    }
  }

  async #fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { cloud } = this.#parts;
    const url = new URL(input instanceof Request ? input.url : input);
    const request =
      input instanceof Request
        ? {
            method: input.method,
            headers: input.headers,
            ...(input.body === null ? {} : { body: await input.arrayBuffer() }),
            ...init,
          }
        : init;
    const make = async (): Promise<Response> => {
      const inside = cloud.http?.(url, request);
      if (inside !== undefined) return inside;
      if (!isLoopback(url)) {
        throw new TypeError('fetch failed', {
          cause: new Error(
            `${url.host} is not a host of the local cloud, and only 127.0.0.1 is reached outside it`,
          ),
        });
      }
      const hold = cloud.clock.hold();
      try {
        const response = await fetch(url, request);
        // Read to the end while the clock is held: what comes over a socket takes real time.
        const body = [101, 204, 205, 304].includes(response.status)
          ? null
          : await response.arrayBuffer();
        return new Response(body, response);
      } finally {
        hold();
      }
    };
    const method = request?.method ?? 'GET';
    return this.#told({ service: 'https', operation: method, input: { url: url.href } }, () =>
      this.#wait(make),
    );
  }
}
