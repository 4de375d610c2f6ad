import type { Place, Principal } from '../service.ts';
import type { Aliases } from './aliases.ts';
import type { FunctionRecord, FunctionVersion } from './function-record.ts';
import type { FunctionReference } from './function-reference.ts';
import type { FunctionStore } from './function-store.ts';
import { KilledInvocation } from './invocation.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import { resourceConflict, tooManyRequests } from './lambda-errors.ts';
import type { RunResult, Sandbox } from './sandbox.ts';

/** What account and Region may run at once, as a new account's quota has it. */
export const ACCOUNT_CONCURRENCY = 1_000;
/** What reservations must leave to the functions that have none. */
export const LEAST_UNRESERVED = 100;

/** An invocation as observers see it. */
export interface InvocationInfo {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly qualifier: string | undefined;
  readonly requestId: string;
  readonly payload: unknown;
  /** 1, and more for the retries of an asynchronous invocation. */
  readonly attempt: number;
  readonly principal: Principal | undefined;
}

/** An invocation that has ended, as observers see it. */
export interface InvocationEnd extends InvocationInfo {
  readonly result: unknown;
  readonly functionError: string | undefined;
  readonly durationMs: number;
}

/** Observers of invocations. `beforeInvoke` may wait, and may throw `KilledInvocation`. */
export interface InvocationObservers {
  beforeInvoke?: ((info: InvocationInfo) => void | Promise<void>) | undefined;
  afterInvoke?: ((end: InvocationEnd) => void | Promise<void>) | undefined;
}

/** One invocation to be made. */
export interface InvocationRequest {
  readonly reference: FunctionReference;
  /** JSON. */
  readonly payload: string;
  readonly requestId?: string;
  readonly attempt?: number;
  readonly principal?: Principal | undefined;
  readonly clientContext?: unknown;
}

/** What an invocation gave. */
export interface InvocationAnswer extends RunResult {
  readonly executedVersion: string;
  readonly requestId: string;
}

/** Makes invocations: chooses the version, counts concurrency, tells observers, measures. */
export class Invoker {
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #store: FunctionStore;
  readonly #aliases: Aliases;
  readonly #sandbox: Sandbox;
  readonly #observers: InvocationObservers;
  #running = 0;

  constructor(
    cloud: LambdaCloud,
    place: Place,
    parts: {
      store: FunctionStore;
      aliases: Aliases;
      sandbox: Sandbox;
      observers: InvocationObservers;
    },
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#store = parts.store;
    this.#aliases = parts.aliases;
    this.#sandbox = parts.sandbox;
    this.#observers = parts.observers;
  }

  /** The version that a qualifier means now; for an alias with weights, by chance. */
  resolve(record: FunctionRecord, qualifier: string | undefined): FunctionVersion {
    if (qualifier === undefined || qualifier === '$LATEST') return record.serving;
    const alias = record.aliases.get(qualifier);
    if (alias !== undefined) return this.#aliases.choose(record, alias);
    return this.#store.version(record, qualifier);
  }

  async invoke(request: InvocationRequest): Promise<InvocationAnswer> {
    const { reference, payload } = request;
    const record = this.#store.get(reference.name, reference.qualifier);
    const version = this.resolve(record, reference.qualifier);
    if (record.state === 'Pending') {
      throw resourceConflict(
        'The operation cannot be performed at this time. The function is currently in the following state: Pending',
      );
    }
    this.#admit(record, reference.qualifier);
    const requestId = request.requestId ?? this.#cloud.uuid();
    const run = {
      record,
      version,
      qualifier: reference.qualifier,
      requestId,
      payload,
      clientContext: request.clientContext,
    };
    const release = this.#cloud.clock.hold();
    record.running += 1;
    this.#running += 1;
    try {
      const { beforeInvoke, afterInvoke } = this.#observers;
      const info =
        beforeInvoke === undefined && afterInvoke === undefined
          ? undefined
          : this.#infoOf(request, version, requestId);
      // The run holds the clock itself, and lets it go while the handler sleeps.
      const pending = this.#run(run, info, release);
      const result = await pending;
      this.#measure(record, version, reference.qualifier, result);
      if (info !== undefined && afterInvoke !== undefined) {
        await afterInvoke({
          ...info,
          result: JSON.parse(result.payload),
          functionError: result.functionError,
          durationMs: result.durationMs,
        });
      }
      return { ...result, executedVersion: version.version, requestId };
    } finally {
      release();
      record.running -= 1;
      this.#running -= 1;
    }
  }

  async #run(
    run: Parameters<Sandbox['run']>[0],
    info: InvocationInfo | undefined,
    release: () => void,
  ): Promise<RunResult> {
    if (info !== undefined) {
      try {
        await this.#observers.beforeInvoke?.(info);
      } catch (error) {
        if (!(error instanceof KilledInvocation)) throw error;
        return this.#sandbox.died(run);
      }
    }
    const pending = this.#sandbox.run(run);
    release();
    return pending;
  }

  #infoOf(request: InvocationRequest, version: FunctionVersion, requestId: string): InvocationInfo {
    return {
      functionName: request.reference.name,
      functionVersion: version.version,
      qualifier: request.reference.qualifier,
      requestId,
      payload: JSON.parse(request.payload),
      attempt: request.attempt ?? 1,
      principal: request.principal,
    };
  }

  #admit(record: FunctionRecord, qualifier: string | undefined): void {
    const reserved = record.reservedConcurrency;
    const full = reserved === undefined ? this.#poolIsFull() : record.running >= reserved;
    if (!full) return;
    this.#count('Throttles', record, qualifier, 1);
    throw tooManyRequests(
      reserved === undefined
        ? 'ConcurrentInvocationLimitExceeded'
        : 'ReservedFunctionConcurrentInvocationLimitExceeded',
    );
  }

  /** Whether functions without a reservation use up what reservations leave. */
  #poolIsFull(): boolean {
    if (this.#running < LEAST_UNRESERVED) return false;
    let [left, running] = [ACCOUNT_CONCURRENCY, 0];
    for (const one of this.#store.all()) {
      if (one.reservedConcurrency === undefined) running += one.running;
      else left -= one.reservedConcurrency;
    }
    return running >= left;
  }

  #measure(
    record: FunctionRecord,
    version: FunctionVersion,
    qualifier: string | undefined,
    result: RunResult,
  ): void {
    this.#count('Invocations', record, qualifier, 1, version);
    this.#count('Errors', record, qualifier, result.functionError === undefined ? 0 : 1, version);
    this.#count('Duration', record, qualifier, result.durationMs, version, 'Milliseconds');
  }

  #count(
    name: string,
    record: FunctionRecord,
    qualifier: string | undefined,
    value: number,
    version?: FunctionVersion,
    unit = 'Count',
  ): void {
    const sets: Record<string, string>[] = [{ FunctionName: record.name }];
    if (qualifier !== undefined) {
      const resource = { FunctionName: record.name, Resource: `${record.name}:${qualifier}` };
      sets.push(resource);
      if (version !== undefined && record.aliases.has(qualifier)) {
        sets.push({ ...resource, ExecutedVersion: version.version });
      }
    }
    for (const dimensions of sets) {
      this.#cloud.measure({ namespace: 'AWS/Lambda', name, dimensions, value, unit }, this.#place);
    }
  }
}
