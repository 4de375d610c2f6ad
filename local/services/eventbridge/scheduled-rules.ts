import type { CloudContext, Place } from '../service.ts';
import type { Deliveries } from './delivery.ts';
import { eventTime } from './event-envelope.ts';
import type { Rule } from './rule.ts';

/** Fires rules that have a schedule, on the clock. */
export class ScheduledRules {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #deliveries: Deliveries;

  constructor(cloud: CloudContext, place: Place, deliveries: Deliveries) {
    this.#cloud = cloud;
    this.#place = place;
    this.#deliveries = deliveries;
  }

  /** Waits for the rule's next time, or stops waiting: after each change of the rule. */
  arm(rule: Rule): void {
    rule.cancelTimer?.();
    rule.cancelTimer = undefined;
    if (rule.schedule === undefined || rule.state === 'DISABLED') return;
    const { clock } = this.#cloud;
    const due = rule.schedule.next(clock.now(), rule.anchor);
    if (due === undefined) return;
    const timer = clock.at(due, () => {
      this.#fire(rule, due);
      this.arm(rule);
    });
    rule.cancelTimer = () => timer.cancel();
  }

  #fire(rule: Rule, due: number): void {
    this.#deliveries.start(rule, {
      version: '0',
      id: this.#cloud.uuid(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: this.#place.account,
      time: eventTime(due),
      region: this.#place.region,
      resources: [rule.arn],
      detail: {},
    });
  }
}
