import type { Place } from '../service.ts';
import { handlerEnvironment } from './function-environment.ts';
import type { FunctionRecord, FunctionVersion } from './function-record.ts';
import { functionArn } from './function-reference.ts';
import { type Handler, loadHandler } from './handler-code.ts';
import { type CallListener, Invocation, type Outcome } from './invocation.ts';
import { type FunctionLogs, InvocationLog } from './invocation-log.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import type { RoleSessions } from './role-sessions.ts';
import { withRuntime } from './runtime-seam.ts';

/** The most that a handler may answer synchronously, in bytes. */
const RESPONSE_LIMIT = 6_291_556;

/** One run of a function. */
export interface Run {
  readonly record: FunctionRecord;
  readonly version: FunctionVersion;
  readonly qualifier: string | undefined;
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  readonly clientContext?: unknown;
}

/** What a run gave. */
export interface RunResult {
  /** JSON. */
  readonly payload: string;
  readonly functionError: 'Unhandled' | undefined;
  readonly logTail: string;
  readonly durationMs: number;
  /** `success`, `error` or `timeout`. */
  readonly status: string;
}

interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

const failureOf = (error: unknown): Failure => {
  if (error instanceof Error || Object.prototype.toString.call(error) === '[object Error]') {
    const { name, message, stack } = error as Error;
    return { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
};

const killed = (requestId: string): Failure => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
});

/** Runs handlers: loads the code, gives each run its runtime and its time, and words how it ended as Lambda does. */
export class Sandbox {
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #sessions: RoleSessions;
  readonly #logs: FunctionLogs;
  readonly #listeners: ReadonlySet<CallListener>;
  readonly #environments = new WeakMap<
    FunctionVersion,
    { key: string; env: Readonly<Record<string, string>> }
  >();

  constructor(
    cloud: LambdaCloud,
    place: Place,
    parts: {
      sessions: RoleSessions;
      logs: FunctionLogs;
      listeners: ReadonlySet<CallListener>;
    },
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#sessions = parts.sessions;
    this.#logs = parts.logs;
    this.#listeners = parts.listeners;
  }

  async run(run: Run): Promise<RunResult> {
    const { record, version, requestId } = run;
    const { clock } = this.#cloud;
    const session = this.#sessions.open(version.settings.role, record.name);
    const opened = this.#logs.open(record.name, version, session);
    const stream = opened instanceof Promise ? await opened : opened;
    const log = new InvocationLog(
      (line) => this.#logs.write(version, stream, line),
      version,
      requestId,
      () => clock.now(),
    );
    const startedAt = clock.now();
    log.start();
    let env = this.#environments.get(version);
    const key = `${session.credentials.accessKeyId} ${stream.name}`;
    if (env?.key !== key) {
      env = {
        key,
        env: handlerEnvironment(this.#place, record.name, version, session, stream.name),
      };
      this.#environments.set(version, env);
    }
    const outcome = await new Promise<Outcome>((resolve) => {
      const deadline = startedAt + version.settings.timeout * 1_000;
      const timer = clock.at(deadline, () => invocation.end({ kind: 'timeout' }));
      const invocation = new Invocation(
        {
          cloud: this.#cloud,
          place: this.#place,
          functionName: record.name,
          functionVersion: version.version,
          requestId,
          env: env.env,
          session,
          sessions: this.#sessions,
          listeners: this.#listeners,
          write: (line) => log.write(line),
        },
        (ended) => {
          timer.cancel();
          resolve(ended);
        },
      );
      const context = this.#contextOf(run, stream.name, deadline);
      withRuntime(invocation, () => this.#handle(run, context)).then(
        (value) => invocation.end({ kind: 'value', value }),
        (error: unknown) => invocation.end({ kind: 'thrown', error }),
      );
    });
    return this.#resultOf(run, outcome, log, clock.now() - startedAt);
  }

  /** The answer of a run whose sandbox died before the handler began. */
  died(run: Run): RunResult {
    return {
      payload: JSON.stringify(killed(run.requestId)),
      functionError: 'Unhandled',
      logTail: '',
      durationMs: 0,
      status: 'error',
    };
  }

  async #handle({ version, payload }: Run, context: object): Promise<unknown> {
    const handler = await loadHandler(version.code, version.settings.handler);
    // Runtimes before Node.js 24 take handlers that answer through a callback.
    const answersByCallback = handler.length >= 3 && version.settings.runtime !== 'nodejs24.x';
    return answersByCallback
      ? withCallback(handler, JSON.parse(payload), context)
      : handler(JSON.parse(payload), context);
  }

  #contextOf(run: Run, logStreamName: string, deadline: number): object {
    const { record, version, qualifier, requestId, clientContext } = run;
    return {
      awsRequestId: requestId,
      callbackWaitsForEmptyEventLoop: true,
      functionName: record.name,
      functionVersion: version.version,
      invokedFunctionArn: functionArn(this.#place, record.name, qualifier),
      memoryLimitInMB: String(version.settings.memorySize),
      logGroupName: version.settings.logGroup,
      logStreamName,
      ...(clientContext === undefined ? {} : { clientContext }),
      getRemainingTimeInMillis: () => Math.max(0, deadline - this.#cloud.clock.now()),
    };
  }

  #resultOf(run: Run, outcome: Outcome, log: InvocationLog, durationMs: number): RunResult {
    const finish = (payload: string, status: string): RunResult => {
      log.finish(durationMs, status);
      return {
        payload,
        functionError: status === 'success' ? undefined : 'Unhandled',
        logTail: log.tail(),
        durationMs,
        status,
      };
    };
    const fail = (failure: Failure, status = 'error'): RunResult => {
      log.failed(failure);
      return finish(JSON.stringify(failure), status);
    };
    switch (outcome.kind) {
      case 'value': {
        let text: string;
        try {
          text = JSON.stringify(outcome.value) ?? 'null';
        } catch {
          return fail({
            errorType: 'Runtime.MarshalError',
            errorMessage: 'Unable to stringify response body',
            trace: [],
          });
        }
        const size = Buffer.byteLength(text);
        if (size <= RESPONSE_LIMIT) return finish(text, 'success');
        return fail({
          errorType: 'Function.ResponseSizeTooLarge',
          errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT} bytes).`,
        });
      }
      case 'thrown':
        return fail(failureOf(outcome.error));
      case 'timeout':
        log.timedOut();
        return finish(
          JSON.stringify({
            errorType: 'Sandbox.Timedout',
            errorMessage: `RequestId: ${run.requestId} Error: Task timed out after ${run.version.settings.timeout.toFixed(2)} seconds`,
          }),
          'timeout',
        );
      case 'killed':
        return finish(JSON.stringify(killed(run.requestId)), 'error');
    }
  }
}

const withCallback = (handler: Handler, event: unknown, context: object): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const answer = handler(event, context, (error, result) =>
      error === undefined || error === null ? resolve(result) : reject(error),
    );
    if (answer instanceof Promise) answer.then(resolve, reject);
  });
