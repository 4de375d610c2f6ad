import type { Message } from '@aws-sdk/client-sqs';
import { compileEventPattern, type EventMatcher } from '../eventbridge/event-pattern.ts';
import type { CallContext, Place } from '../service.ts';
import type { Queue } from '../sqs/queue.ts';
import type { SqsService } from '../sqs/sqs-service.ts';
import { functionReference } from './function-reference.ts';
import type { FunctionStore } from './function-store.ts';
import type { InvocationAnswer, Invoker } from './invoker.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import type { RoleSessions } from './role-sessions.ts';

/** How soon a poller sees a message that has arrived. */
const POLL_MS = [10, 100] as const;
/** How long a poller waits after SQS refused it. */
const REFUSED_MS = 10_000;
const RECEIVE_AT_ONCE = 10;

/** What a poller is told to do. */
export interface PollerSettings {
  readonly queueArn: string;
  /** Name or ARN of the function, with its qualifier. */
  readonly functionName: string;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly reportBatchItemFailures: boolean;
  readonly maximumConcurrency: number;
  readonly filters: readonly string[];
}

/** A message as Lambda's event shows it. */
const recordOf = (message: Message, queueArn: string, region: string) => ({
  messageId: message.MessageId ?? '',
  receiptHandle: message.ReceiptHandle ?? '',
  body: message.Body ?? '',
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
      name,
      {
        ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
        ...(value.BinaryValue === undefined
          ? {}
          : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
        stringListValues: [],
        binaryListValues: [],
        dataType: value.DataType ?? '',
      },
    ]),
  ),
  md5OfBody: message.MD5OfBody ?? '',
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: region,
});

type SqsRecord = ReturnType<typeof recordOf>;

/** What filters look at: the record, its body as JSON where it is JSON. */
const filterable = (record: SqsRecord): unknown => {
  try {
    return { ...record, body: JSON.parse(record.body) };
  } catch {
    return record;
  }
};

/** The ids of the messages that failed; all of them where the answer makes no sense, as Lambda has it. */
const failuresIn = (answer: InvocationAnswer, records: readonly SqsRecord[]): Set<string> => {
  const all = new Set(records.map((record) => record.messageId));
  const parsed = JSON.parse(answer.payload) as { batchItemFailures?: unknown } | null;
  const listed = parsed?.batchItemFailures;
  if (listed === undefined || listed === null) return new Set();
  if (!Array.isArray(listed)) return all;
  const ids = listed.map((one: { itemIdentifier?: unknown } | null) => one?.itemIdentifier);
  const isKnown = (id: unknown): id is string => typeof id === 'string' && all.has(id);
  return ids.every(isKnown) ? new Set(ids) : all;
};

/** Reads a queue for a function: batches, filters, partial failures, bounded concurrency. */
export class SqsPoller {
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #store: FunctionStore;
  readonly #invoker: Invoker;
  readonly #sessions: RoleSessions;
  readonly #settings: PollerSettings;
  readonly #filters: readonly EventMatcher[];
  readonly #queue: Queue;
  readonly #unwatch: () => void;
  #batch: SqsRecord[] = [];
  #active = 0;
  #scheduled = false;
  #flushing: (() => void) | undefined;
  #stopped = false;
  lastResult = 'No records processed';

  constructor(
    cloud: LambdaCloud,
    place: Place,
    parts: { store: FunctionStore; invoker: Invoker; sessions: RoleSessions },
    settings: PollerSettings,
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#store = parts.store;
    this.#invoker = parts.invoker;
    this.#sessions = parts.sessions;
    this.#settings = settings;
    this.#filters = settings.filters.map((filter) => compileEventPattern(filter));
    this.#queue = cloud.service<SqsService>('sqs', place).queue(settings.queueArn);
    this.#unwatch = this.#queue.watch(() => this.#poll());
    if (this.#queue.counts().visible > 0) this.#poll();
  }

  stop(): void {
    this.#stopped = true;
    this.#unwatch();
    this.#flushing?.();
  }

  #poll(delay?: number): void {
    if (this.#scheduled || this.#stopped || this.#isBusy()) return;
    this.#scheduled = true;
    const { clock } = this.#cloud;
    const [soonest, latest] = POLL_MS;
    const wait = delay ?? soonest + this.#cloud.random() * (latest - soonest);
    clock.at(clock.now() + wait, () => {
      this.#scheduled = false;
      if (this.#stopped) return;
      const release = clock.hold();
      this.#receive()
        .catch((error: unknown) => {
          this.lastResult = `PROBLEM: ${String(error)}`;
          this.#cloud.warn(
            `lambda ${this.#settings.functionName}: polling ${this.#queue.name}: ${String(error)}`,
          );
          this.#poll(REFUSED_MS);
        })
        .finally(release);
    });
  }

  #isBusy(): boolean {
    return this.#active >= this.#settings.maximumConcurrency;
  }

  #context(): CallContext {
    const reference = functionReference(this.#settings.functionName, this.#place);
    const { settings } = this.#store.get(reference.name).latest;
    const { principal } = this.#sessions.open(settings.role, reference.name);
    return { ...this.#place, principal };
  }

  async #receive(): Promise<void> {
    const { batchSize } = this.#settings;
    while (!this.#stopped && !this.#isBusy() && this.#queue.counts().visible > 0) {
      const room = Math.min(RECEIVE_AT_ONCE, batchSize - this.#batch.length);
      const { Messages = [] } = await this.#cloud.call<{ Messages?: Message[] }>(
        'sqs',
        'ReceiveMessage',
        {
          QueueUrl: this.#queue.url,
          MaxNumberOfMessages: room,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        },
        this.#context(),
      );
      if (Messages.length === 0) break;
      await this.#take(Messages.map((one) => recordOf(one, this.#queue.arn, this.#place.region)));
    }
  }

  async #take(records: readonly SqsRecord[]): Promise<void> {
    const wanted = records.filter((record) => {
      const shown = filterable(record);
      return this.#filters.length === 0 || this.#filters.some((matches) => matches(shown));
    });
    // What no filter wants is done with: Lambda deletes it.
    await this.#delete(records.filter((record) => !wanted.includes(record)));
    if (wanted.length === 0) return;
    this.#batch.push(...wanted);
    const { batchSize, batchingWindowSeconds } = this.#settings;
    if (this.#batch.length >= batchSize || batchingWindowSeconds === 0) this.#flush();
    else this.#flushLater(batchingWindowSeconds * 1_000);
  }

  #flushLater(milliseconds: number): void {
    if (this.#flushing !== undefined) return;
    const { clock } = this.#cloud;
    const timer = clock.at(clock.now() + milliseconds, () => this.#flush());
    this.#flushing = () => timer.cancel();
  }

  #flush(): void {
    this.#flushing?.();
    this.#flushing = undefined;
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    this.#active += 1;
    const release = this.#cloud.clock.hold();
    this.#process(batch, release)
      .catch((error: unknown) => {
        this.lastResult = `PROBLEM: ${String(error)}`;
        this.#cloud.warn(
          `lambda ${this.#settings.functionName}: a batch of ${this.#queue.name}: ${String(error)}`,
        );
      })
      .finally(() => {
        release();
        this.#active -= 1;
        if (this.#queue.counts().visible > 0) this.#poll();
      });
  }

  async #process(records: readonly SqsRecord[], release: () => void): Promise<void> {
    const reference = functionReference(this.#settings.functionName, this.#place);
    const pending = this.#invoker.invoke({
      reference,
      payload: JSON.stringify({ Records: records }),
    });
    release();
    // A batch that fails, or is throttled, comes back when its visibility ends.
    const answer = await pending;
    if (answer.functionError !== undefined) {
      this.lastResult = 'PROBLEM: Function call failed';
      return;
    }
    const failed = this.#settings.reportBatchItemFailures
      ? failuresIn(answer, records)
      : new Set<string>();
    this.lastResult = failed.size === 0 ? 'OK' : 'PROBLEM: Some batch items failed';
    await this.#delete(records.filter((record) => !failed.has(record.messageId)));
  }

  async #delete(records: readonly SqsRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += RECEIVE_AT_ONCE) {
      const Entries = records
        .slice(from, from + RECEIVE_AT_ONCE)
        .map((record, index) => ({ Id: String(index), ReceiptHandle: record.receiptHandle }));
      const input = { QueueUrl: this.#queue.url, Entries };
      await this.#cloud.call('sqs', 'DeleteMessageBatch', input, this.#context());
    }
  }
}
