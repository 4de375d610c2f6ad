import type { LogsService } from '../cloudwatchlogs/logs-service.ts';
import type { Place } from '../service.ts';
import type { FunctionVersion } from './function-record.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import type { RoleSession } from './role-sessions.ts';

const TAIL_BYTES = 4_096;

/** Where the lines of one sandbox go; `undefined` if its role may not write logs. */
interface OpenStream {
  readonly name: string;
  readonly allowed: boolean;
}

/** The log streams of a place's functions: one for each version and day, opened with the function's own role. */
export class FunctionLogs {
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #streams = new Map<string, Promise<OpenStream> | OpenStream>();

  constructor(cloud: LambdaCloud, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  /** The stream of a version's sandbox. Like Lambda, the first use makes group and stream as the function's role. */
  open(
    functionName: string,
    version: FunctionVersion,
    session: RoleSession,
  ): Promise<OpenStream> | OpenStream {
    const day = new Date(this.#cloud.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
    const key = `${functionName} ${version.revisionId} ${version.settings.role} ${day}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const name = `${day}/[${version.version}]${this.#cloud.token(32)}`;
    const opening = this.#open(functionName, name, version, session).then((stream) => {
      this.#streams.set(key, stream);
      return stream;
    });
    this.#streams.set(key, opening);
    return opening;
  }

  write(version: FunctionVersion, stream: OpenStream, line: string): void {
    if (!stream.allowed) return;
    const logs = this.#cloud.service<LogsService>('cloudwatchlogs', this.#place);
    logs.write(version.settings.logGroup, stream.name, line);
  }

  async #open(
    functionName: string,
    name: string,
    version: FunctionVersion,
    { principal }: RoleSession,
  ): Promise<OpenStream> {
    const { logGroup, runtime } = version.settings;
    const call = (operation: string, input: object): Promise<unknown> =>
      this.#cloud.call('cloudwatchlogs', operation, input, { ...this.#place, principal });
    const stream = { logGroupName: logGroup, logStreamName: name };
    try {
      await call('CreateLogStream', stream).catch(async (error: Error) => {
        if (error.name !== 'ResourceNotFoundException') throw error;
        await call('CreateLogGroup', { logGroupName: logGroup });
        await call('CreateLogStream', stream);
      });
      const message = `INIT_START Runtime Version: ${runtime.replace('nodejs', 'nodejs:').replace('.x', '')}.v1\tRuntime Version ARN: arn:aws:lambda:${this.#place.region}::runtime:${version.code.sha256.slice(0, 16)}`;
      await call('PutLogEvents', {
        ...stream,
        logEvents: [{ timestamp: this.#cloud.clock.now(), message }],
      });
      return { name, allowed: true };
    } catch (error) {
      // Lambda itself drops the logs of a function whose role may not write them, and runs it all the same.
      this.#cloud.warn(`lambda ${functionName}: its logs are dropped: ${String(error)}`);
      return { name, allowed: false };
    }
  }
}

/** The lines of one invocation: what the handler writes, and Lambda's own around it. */
export class InvocationLog {
  readonly #put: (line: string) => void;
  readonly #version: FunctionVersion;
  readonly #requestId: string;
  readonly #now: () => number;
  readonly #tail: string[] = [];

  constructor(
    put: (line: string) => void,
    version: FunctionVersion,
    requestId: string,
    now: () => number,
  ) {
    this.#put = put;
    this.#version = version;
    this.#requestId = requestId;
    this.#now = now;
  }

  /** A line of the handler. */
  write(line: string): void {
    this.#tail.push(line);
    this.#put(line);
  }

  start(): void {
    const { version } = this.#version;
    this.#platform(
      'platform.start',
      { version },
      `START RequestId: ${this.#requestId} Version: ${version}`,
    );
  }

  timedOut(): void {
    const { timeout } = this.#version.settings;
    this.write(
      `${new Date(this.#now()).toISOString()} ${this.#requestId} Task timed out after ${timeout.toFixed(2)} seconds`,
    );
  }

  failed(error: object): void {
    const at = new Date(this.#now()).toISOString();
    if (this.#version.settings.logFormat === 'JSON') {
      this.write(
        JSON.stringify({ timestamp: at, level: 'ERROR', requestId: this.#requestId, ...error }),
      );
    } else {
      this.write(`${at}\t${this.#requestId}\tERROR\tInvoke Error \t${JSON.stringify(error)}`);
    }
  }

  /** END and REPORT. */
  finish(durationMs: number, status: string): void {
    const { memorySize } = this.#version.settings;
    const billed = Math.max(1, Math.ceil(durationMs));
    if (this.#version.settings.logFormat === 'Text')
      this.write(`END RequestId: ${this.#requestId}`);
    this.#platform(
      'platform.report',
      {
        metrics: {
          durationMs,
          billedDurationMs: billed,
          memorySizeMB: memorySize,
          maxMemoryUsedMB: memorySize,
        },
        status,
      },
      `REPORT RequestId: ${this.#requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${billed} ms\tMemory Size: ${memorySize} MB\tMax Memory Used: ${memorySize} MB\t${status === 'success' ? '' : `Status: ${status}\t`}`,
    );
  }

  /** The last 4 KB, as the `LogResult` of an invocation gives them. */
  tail(): string {
    const bytes = Buffer.from(`${this.#tail.join('\n')}\n`);
    return bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)).toString('base64');
  }

  #platform(type: string, record: object, text: string): void {
    if (this.#version.settings.logFormat === 'Text') {
      this.write(text);
      return;
    }
    if (['WARN'].includes(this.#version.settings.systemLogLevel ?? 'INFO')) return;
    const time = new Date(this.#now()).toISOString();
    this.write(JSON.stringify({ time, type, record: { requestId: this.#requestId, ...record } }));
  }
}
