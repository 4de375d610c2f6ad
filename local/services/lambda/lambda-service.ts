import { AwsError } from '../aws-error.ts';
import type { Operation, Place, Principal, Service } from '../service.ts';
import { Aliases } from './aliases.ts';
import { AsynchronousInvocations } from './asynchronous-invocations.ts';
import { EventSourceMappings } from './event-source-mappings.ts';
import { functionReference } from './function-reference.ts';
import { FunctionStore } from './function-store.ts';
import type { CallListener } from './invocation.ts';
import { FunctionLogs } from './invocation-log.ts';
import { type InvocationAnswer, type InvocationObservers, Invoker } from './invoker.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import { lambdaOperations } from './operations.ts';
import { Permissions } from './permissions.ts';
import { RoleSessions } from './role-sessions.ts';
import { Sandbox } from './sandbox.ts';

const SYNCHRONOUS_LIMIT = 6_291_456;
const ASYNCHRONOUS_LIMIT = 1_048_576;

/** How to invoke. */
export interface InvokeOptions {
  readonly principal?: Principal | undefined;
  readonly invocationType?: 'RequestResponse' | 'Event' | 'DryRun' | undefined;
  readonly qualifier?: string | undefined;
  readonly clientContext?: unknown;
}

/** What an invocation answers. `payload` is absent for an event that was only accepted. */
export interface InvokeResult {
  readonly payload: unknown;
  readonly functionError?: string;
  readonly logResult?: string;
  readonly executedVersion: string;
}

/** What neighbours and tests use of Lambda. */
export interface LambdaService extends Service, InvocationObservers {
  readonly functions: FunctionStore;
  readonly aliases: Aliases;
  readonly permissions: Permissions;
  readonly mappings: EventSourceMappings;
  /** Invokes from inside AWS, unchecked by IAM. */
  invoke(functionName: string, payload: unknown, options?: InvokeOptions): Promise<InvokeResult>;
  /** Shows each call that a handler makes to AWS; the returned function ends it. */
  interceptCalls(listener: CallListener): () => void;
  /** The resource policy of a function, version or alias, as JSON. */
  policyOf(functionArn: string): string | undefined;
}

/** Lambda of one account and Region. */
export class Lambda implements LambdaService {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly functions: FunctionStore;
  readonly aliases: Aliases;
  readonly permissions: Permissions;
  readonly mappings: EventSourceMappings;
  readonly sessions: RoleSessions;
  readonly invoker: Invoker;
  beforeInvoke: InvocationObservers['beforeInvoke'];
  afterInvoke: InvocationObservers['afterInvoke'];
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #asynchronous: AsynchronousInvocations;
  readonly #listeners = new Set<CallListener>();

  constructor(cloud: LambdaCloud, place: Place) {
    const here = { account: place.account, region: place.region };
    this.#cloud = cloud;
    this.#place = here;
    this.functions = new FunctionStore(cloud, here);
    this.aliases = new Aliases(cloud, this.functions);
    this.permissions = new Permissions(this.functions);
    this.sessions = new RoleSessions(cloud, here);
    const logs = new FunctionLogs(cloud, here);
    const { functions: store, aliases, sessions } = this;
    const sandbox = new Sandbox(cloud, here, { sessions, logs, listeners: this.#listeners });
    this.invoker = new Invoker(cloud, here, { store, aliases, sandbox, observers: this });
    const { invoker } = this;
    this.#asynchronous = new AsynchronousInvocations(cloud, here, { store, invoker, sessions });
    this.mappings = new EventSourceMappings(cloud, here, { store, invoker, sessions });
    this.operations = lambdaOperations(this, cloud, here);
  }

  async invoke(
    functionName: string,
    payload: unknown,
    options: InvokeOptions = {},
  ): Promise<InvokeResult> {
    const answer = await this.invokeText(functionName, JSON.stringify(payload ?? {}), options);
    if (answer.kind === 'accepted') return { payload: undefined, executedVersion: '$LATEST' };
    return {
      payload: JSON.parse(answer.payload),
      ...(answer.functionError === undefined ? {} : { functionError: answer.functionError }),
      logResult: answer.logTail,
      executedVersion: answer.executedVersion,
    };
  }

  /** Invokes with a payload that is JSON text already. */
  async invokeText(
    functionName: string | undefined,
    payload: string,
    options: InvokeOptions = {},
  ): Promise<({ kind: 'answered' } & InvocationAnswer) | { kind: 'accepted' }> {
    const reference = functionReference(functionName, this.#place, options.qualifier);
    if (reference.account !== this.#place.account) {
      const there = { account: reference.account, region: reference.region };
      return this.#cloud
        .service<Lambda>('lambda', there)
        .invokeText(functionName, payload, options);
    }
    const isEvent = options.invocationType === 'Event';
    checkPayload(payload, isEvent ? ASYNCHRONOUS_LIMIT : SYNCHRONOUS_LIMIT);
    if (isEvent || options.invocationType === 'DryRun') {
      // What is not there is refused at once, not when the event's turn comes.
      const record = this.functions.get(reference.name, reference.qualifier);
      this.invoker.resolve(record, reference.qualifier);
      if (isEvent) this.#asynchronous.accept(reference, payload, options.principal);
      return { kind: 'accepted' };
    }
    const { principal, clientContext } = options;
    const answer = await this.invoker.invoke({ reference, payload, principal, clientContext });
    return { kind: 'answered', ...answer };
  }

  interceptCalls(listener: CallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  policyOf(functionArn: string): string | undefined {
    const { name, qualifier } = functionReference(functionArn, this.#place);
    const record = this.functions.find(name);
    return record && this.permissions.policyOf(record, qualifier);
  }
}

const checkPayload = (payload: string, limit: number): void => {
  const size = Buffer.byteLength(payload);
  if (size > limit) {
    throw new AwsError(
      'RequestTooLargeException',
      `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
      { status: 413 },
    );
  }
  try {
    JSON.parse(payload);
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
};
