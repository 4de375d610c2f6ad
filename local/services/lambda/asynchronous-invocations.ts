import type { Place, Principal } from '../service.ts';
import { type InvocationRecord, sendToDeadLetterQueue, sendToDestination } from './destinations.ts';
import type { EventInvokeConfig, FunctionRecord } from './function-record.ts';
import { type FunctionReference, functionArn } from './function-reference.ts';
import type { FunctionStore } from './function-store.ts';
import type { InvocationAnswer, Invoker } from './invoker.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import type { RoleSessions } from './role-sessions.ts';

/** Lambda's internal queue hands an event on after a little while. */
const QUEUE_MS = [5, 50] as const;
/** Waits before the first and the second retry of a function that failed. */
const RETRY_AFTER_MS = [60_000, 120_000];
/** Waits between attempts that were throttled: from 1 second, doubled up to 5 minutes. */
const THROTTLED_MS = { first: 1_000, most: 300_000 };
const DEFAULT_AGE_SECONDS = 21_600;
const DEFAULT_RETRIES = 2;

interface QueuedEvent {
  readonly reference: FunctionReference;
  readonly payload: string;
  readonly requestId: string;
  readonly acceptedAt: number;
  readonly principal: Principal | undefined;
  attempt: number;
  throttled: number;
}

/** Lambda's queue of events: retries, ages, destinations, dead letters. */
export class AsynchronousInvocations {
  readonly #cloud: LambdaCloud;
  readonly #place: Place;
  readonly #store: FunctionStore;
  readonly #invoker: Invoker;
  readonly #sessions: RoleSessions;

  constructor(
    cloud: LambdaCloud,
    place: Place,
    parts: { store: FunctionStore; invoker: Invoker; sessions: RoleSessions },
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#store = parts.store;
    this.#invoker = parts.invoker;
    this.#sessions = parts.sessions;
  }

  /** Takes an event in; its request id. */
  accept(reference: FunctionReference, payload: string, principal: Principal | undefined): string {
    const [least, most] = QUEUE_MS;
    const event: QueuedEvent = {
      reference,
      payload,
      requestId: this.#cloud.uuid(),
      acceptedAt: this.#cloud.clock.now(),
      principal,
      attempt: 1,
      throttled: 0,
    };
    this.#measure('AsyncEventsReceived', reference.name);
    this.#later(event, least + this.#cloud.random() * (most - least));
    return event.requestId;
  }

  #later(event: QueuedEvent, milliseconds: number): void {
    const { clock } = this.#cloud;
    clock.at(clock.now() + milliseconds, () => {
      const release = clock.hold();
      this.#attempt(event, release)
        .catch((error: unknown) => {
          this.#measure('AsyncEventsDropped', event.reference.name);
          this.#cloud.warn(
            `lambda ${event.reference.name}: an event was dropped: ${String(error)}`,
          );
        })
        .finally(release);
    });
  }

  async #attempt(event: QueuedEvent, release: () => void): Promise<void> {
    const record = this.#store.find(event.reference.name);
    if (record === undefined) throw new Error('the function was deleted');
    const config = this.#configOf(record, event.reference.qualifier);
    const pending = this.#invoker.invoke(event);
    release();
    let answer: InvocationAnswer;
    try {
      answer = await pending;
    } catch (error) {
      if ((error as Error).name !== 'TooManyRequestsException') throw error;
      const wait = Math.min(THROTTLED_MS.most, THROTTLED_MS.first * 2 ** event.throttled);
      event.throttled += 1;
      if (this.#isTooOld(event, config, wait)) await this.#giveUp(record, config, event, undefined);
      else this.#later(event, wait);
      return;
    }
    if (answer.functionError === undefined) {
      if (config?.onSuccess !== undefined) {
        await this.#tell(record, config.onSuccess, this.#recordOf(event, 'Success', answer));
      }
      return;
    }
    const wait = RETRY_AFTER_MS[event.attempt - 1];
    const retries = config?.maximumRetryAttempts ?? DEFAULT_RETRIES;
    if (event.attempt > retries || wait === undefined) {
      await this.#giveUp(record, config, event, answer);
    } else if (this.#isTooOld(event, config, wait)) {
      await this.#giveUp(record, config, event, answer);
    } else {
      event.attempt += 1;
      this.#later(event, wait);
    }
  }

  #configOf(record: FunctionRecord, qualifier: string | undefined): EventInvokeConfig | undefined {
    return record.eventInvokeConfigs.get(qualifier ?? '$LATEST');
  }

  #isTooOld(event: QueuedEvent, config: EventInvokeConfig | undefined, wait: number): boolean {
    const age = this.#cloud.clock.now() + wait - event.acceptedAt;
    return age > (config?.maximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS) * 1_000;
  }

  async #giveUp(
    record: FunctionRecord,
    config: EventInvokeConfig | undefined,
    event: QueuedEvent,
    answer: InvocationAnswer | undefined,
  ): Promise<void> {
    this.#measure('AsyncEventsDropped', record.name);
    const exhausted = event.attempt > (config?.maximumRetryAttempts ?? DEFAULT_RETRIES);
    if (config?.onFailure !== undefined) {
      const condition = exhausted && answer !== undefined ? 'RetriesExhausted' : 'EventAgeExceeded';
      await this.#tell(record, config.onFailure, this.#recordOf(event, condition, answer));
    }
    const { deadLetterTargetArn } = record.latest.settings;
    if (deadLetterTargetArn === undefined) return;
    const message = answer === undefined ? 'Rate Exceeded.' : messageOf(answer.payload);
    const { payload, requestId } = event;
    await this.#deliver(record, 'DeadLetterErrors', (principal) =>
      sendToDeadLetterQueue(this.#cloud, principal, deadLetterTargetArn, {
        payload,
        requestId,
        message,
      }),
    );
  }

  #recordOf(
    event: QueuedEvent,
    condition: InvocationRecord['requestContext']['condition'],
    answer: InvocationAnswer | undefined,
  ): InvocationRecord {
    const { reference, requestId } = event;
    return {
      version: '1.0',
      timestamp: new Date(this.#cloud.clock.now()).toISOString(),
      requestContext: {
        requestId,
        functionArn: functionArn(this.#place, reference.name, reference.qualifier ?? '$LATEST'),
        condition,
        approximateInvokeCount: answer === undefined ? event.attempt - 1 : event.attempt,
      },
      requestPayload: JSON.parse(event.payload),
      ...(answer === undefined
        ? {}
        : {
            responseContext: {
              statusCode: 200,
              executedVersion: answer.executedVersion,
              ...(answer.functionError === undefined
                ? {}
                : { functionError: answer.functionError }),
            },
            responsePayload: JSON.parse(answer.payload),
          }),
    };
  }

  #tell(record: FunctionRecord, arn: string, told: InvocationRecord): Promise<void> {
    return this.#deliver(record, 'DestinationDeliveryFailures', (principal) =>
      sendToDestination(this.#cloud, principal, arn, told),
    );
  }

  async #deliver(
    record: FunctionRecord,
    failureMetric: string,
    send: (principal: Principal) => Promise<void>,
  ): Promise<void> {
    try {
      await send(this.#sessions.open(record.latest.settings.role, record.name).principal);
    } catch (error) {
      this.#measure(failureMetric, record.name);
      this.#cloud.warn(
        `lambda ${record.name}: what became of an event could not be told: ${String(error)}`,
      );
    }
  }

  #measure(name: string, functionName: string): void {
    this.#cloud.measure(
      {
        namespace: 'AWS/Lambda',
        name,
        dimensions: { FunctionName: functionName },
        value: 1,
        unit: 'Count',
      },
      this.#place,
    );
  }
}

const messageOf = (payload: string): string => {
  const answer = JSON.parse(payload) as { errorMessage?: string } | null;
  return answer?.errorMessage ?? '';
};
