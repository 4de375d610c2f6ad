import type { Timer } from '../../clock/clock.ts';
import type { CloudContext, Datum, Place } from '../service.ts';
import type { Queue } from './queue.ts';

const MINUTE = 60_000;
const ACTIVE_FOR = 6 * 60 * MINUTE;

interface Followed {
  activeUntil: number;
  timer: Timer;
}

/**
 * Metrics of queues, each minute while a queue is active: SQS reports for up to six hours after the last
 * action or while messages are there.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export class QueueMetrics {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #followed = new Map<Queue, Followed>();

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  /** Something was done with the queue: it is reported from now on. */
  follow(queue: Queue): void {
    const activeUntil = this.#cloud.clock.now() + ACTIVE_FOR;
    const followed = this.#followed.get(queue);
    if (followed !== undefined) {
      followed.activeUntil = activeUntil;
      return;
    }
    this.#followed.set(queue, { activeUntil, timer: this.#nextMinute(queue) });
  }

  forget(queue: Queue): void {
    this.#followed.get(queue)?.timer.cancel();
    this.#followed.delete(queue);
  }

  #nextMinute(queue: Queue): Timer {
    const now = this.#cloud.clock.now();
    const next = Math.floor(now / MINUTE) * MINUTE + MINUTE;
    return this.#cloud.clock.at(next, () => this.#report(queue));
  }

  #report(queue: Queue): void {
    const followed = this.#followed.get(queue);
    if (followed === undefined) return;
    const now = this.#cloud.clock.now();
    const { visible, notVisible, delayed, oldestAge } = queue.counts();
    const measure = (name: string, value: number, unit: string): void => {
      const datum: Datum = {
        namespace: 'AWS/SQS',
        name,
        dimensions: { QueueName: queue.name },
        value,
        unit,
        at: now,
      };
      this.#cloud.measure(datum, this.#place);
    };
    measure('ApproximateNumberOfMessagesVisible', visible, 'Count');
    measure('ApproximateNumberOfMessagesNotVisible', notVisible, 'Count');
    measure('ApproximateNumberOfMessagesDelayed', delayed, 'Count');
    measure('ApproximateAgeOfOldestMessage', Math.floor(oldestAge / 1_000), 'Seconds');
    measure('NumberOfMessagesSent', queue.traffic.sent, 'Count');
    measure('NumberOfMessagesReceived', queue.traffic.received, 'Count');
    measure('NumberOfMessagesDeleted', queue.traffic.deleted, 'Count');
    Object.assign(queue.traffic, { sent: 0, received: 0, deleted: 0 });
    if (visible + notVisible + delayed === 0 && now >= followed.activeUntil) {
      this.#followed.delete(queue);
      return;
    }
    followed.timer = this.#nextMinute(queue);
  }
}
