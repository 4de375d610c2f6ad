import type { RoleSessions } from '../lambda/role-sessions.ts';
import type { CloudContext, Place, Principal } from '../service.ts';
import type { EventEnvelope } from './event-envelope.ts';
import type { Rule } from './rule.ts';
import type { Target } from './target.ts';
import { callTarget } from './target-call.ts';

/** How long EventBridge takes from an event to its target. */
const LATENCY_MS = [200, 500] as const;
const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_SECONDS = 86_400;
/** Waits between attempts grow from about 3 seconds to about 8 minutes, each with full jitter. */
const BACKOFF_MS = { first: 3_000, most: 480_000 };

/** One event on its way to one target. */
export interface Delivery extends Place {
  readonly event: EventEnvelope;
  readonly ruleName: string;
  readonly targetId: string;
  readonly targetArn: string;
}

/** What shall become of a delivery: how many copies, each how much later. Nothing said: one, now. */
export interface DeliveryChange {
  readonly copies?: number;
  readonly delayMs?: number;
}

/** Looks at each delivery before it starts, and may lose, repeat or delay it. */
export type DeliveryListener = (delivery: Delivery) => DeliveryChange | undefined;

interface Attempt {
  readonly rule: Rule;
  readonly target: Target;
  readonly event: EventEnvelope;
  readonly input: string;
  readonly executionName: string;
  readonly acceptedAt: number;
  retries: number;
}

/** Errors that no retry mends: EventBridge gives up at once. */
const isFinal = (error: Error): boolean =>
  /^(AccessDenied|ResourceNotFound|NoSuch|NotFound|QueueDoesNotExist|StateMachineDoesNotExist|StateMachineDeleting|NotImplemented|Validation|InvalidParameter|InvalidExecutionInput|KMSAccessDenied)/.test(
    error.name,
  );

/** Brings events to the targets of rules: latency, retries with growing waits, dead letters. */
export class Deliveries {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #sessions: RoleSessions;
  readonly listeners = new Set<DeliveryListener>();

  constructor(cloud: CloudContext, place: Place, sessions: RoleSessions) {
    this.#cloud = cloud;
    this.#place = place;
    this.#sessions = sessions;
  }

  /** Starts the delivery of an event to all targets of a rule that it matched. */
  start(rule: Rule, event: EventEnvelope): void {
    this.#measure('TriggeredRules', rule);
    for (const target of rule.targets.values()) this.#startOne(rule, target, event);
  }

  #startOne(rule: Rule, target: Target, event: EventEnvelope): void {
    const { clock } = this.#cloud;
    const [least, most] = LATENCY_MS;
    const { copies, delayMs } = this.#changeOf(rule, target, event);
    for (let copy = 0; copy < copies; copy += 1) {
      const latency = least + this.#cloud.random() * (most - least) + delayMs;
      clock.at(clock.now() + latency, () => {
        if (!rule.targets.has(target.definition.Id ?? '')) return;
        const context = {
          ruleArn: rule.arn,
          ruleName: rule.name,
          ingestionTime: new Date(clock.now() - latency).toISOString(),
        };
        const input = target.transform?.(event, context) ?? JSON.stringify(event);
        this.#attempt({
          rule,
          target,
          event,
          input,
          executionName: `${event.id}_${this.#cloud.uuid()}`,
          acceptedAt: clock.now(),
          retries: 0,
        });
      });
    }
  }

  #changeOf(rule: Rule, target: Target, event: EventEnvelope): Required<DeliveryChange> {
    let [copies, delayMs] = [1, 0];
    if (this.listeners.size === 0) return { copies, delayMs };
    const delivery: Delivery = {
      ...this.#place,
      event,
      ruleName: rule.name,
      targetId: target.definition.Id ?? '',
      targetArn: target.definition.Arn ?? '',
    };
    for (const listener of this.listeners) {
      const change = listener(delivery);
      copies *= change?.copies ?? 1;
      delayMs += change?.delayMs ?? 0;
    }
    return { copies, delayMs };
  }

  #attempt(attempt: Attempt): void {
    const release = this.#cloud.clock.hold();
    this.#call(attempt)
      .then(
        () => this.#measure('Invocations', attempt.rule),
        (error: Error) => this.#failed(attempt, error),
      )
      .catch((error: unknown) => this.#cloud.warn(`events ${attempt.rule.name}: ${String(error)}`))
      .finally(release);
  }

  async #call({ rule, target, event, input, executionName }: Attempt): Promise<void> {
    const { Arn = '', RoleArn, SqsParameters } = target.definition;
    await callTarget(this.#cloud, {
      arn: Arn,
      input,
      event,
      executionName,
      principal: this.#principalOf(RoleArn ?? rule.roleArn),
      sourceArn: rule.arn,
      messageGroupId: SqsParameters?.MessageGroupId,
    });
  }

  #principalOf(roleArn: string | undefined): Principal {
    if (roleArn === undefined) {
      return { arn: 'events.amazonaws.com', account: this.#place.account };
    }
    return this.#sessions.open(roleArn, 'events').principal;
  }

  async #failed(attempt: Attempt, error: Error): Promise<void> {
    const { rule, target } = attempt;
    const { RetryPolicy } = target.definition;
    const age = RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS;
    const most = RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_ATTEMPTS;
    const { clock } = this.#cloud;
    const ceiling = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** attempt.retries);
    const wait = ceiling * (0.5 + this.#cloud.random() / 2);
    const isTooOld = clock.now() + wait - attempt.acceptedAt > age * 1_000;
    if (!isFinal(error) && attempt.retries < most && !isTooOld) {
      attempt.retries += 1;
      this.#measure('RetryInvocationAttempts', rule);
      clock.at(clock.now() + wait, () => this.#attempt(attempt));
      return;
    }
    this.#measure('FailedInvocations', rule);
    const condition = isFinal(error)
      ? undefined
      : isTooOld
        ? 'MaximumEventAgeInSeconds'
        : 'MaximumRetryAttempts';
    await this.#bury(attempt, error, condition);
  }

  async #bury(attempt: Attempt, error: Error, condition: string | undefined): Promise<void> {
    const { rule, target, event } = attempt;
    const deadLetterArn = target.definition.DeadLetterConfig?.Arn;
    if (deadLetterArn === undefined) {
      this.#cloud.warn(
        `events ${rule.name}: ${event['detail-type']} ${event.id} was not delivered to ${target.definition.Arn}, and there is no dead-letter queue: ${error.name}: ${error.message}`,
      );
      return;
    }
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const [, , , region = '', account = '', name = ''] = deadLetterArn.split(':');
    const input = {
      QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
      MessageBody: attempt.target.transform === undefined ? attempt.input : JSON.stringify(event),
      MessageAttributes: {
        RULE_ARN: text(rule.arn),
        TARGET_ARN: text(target.definition.Arn ?? ''),
        ERROR_CODE: text(errorCode(error)),
        ERROR_MESSAGE: text(error.message || error.name),
        RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(attempt.retries) },
        ...(condition === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: text(condition) }),
      },
    };
    const context = {
      region,
      account,
      principal: this.#principalOf(undefined),
      sourceArn: rule.arn,
    };
    try {
      await this.#cloud.call('sqs', 'SendMessage', input, context);
      this.#measure('InvocationsSentToDlq', rule);
    } catch (refused) {
      this.#measure('InvocationsFailedToBeSentToDlq', rule);
      this.#cloud.warn(
        `events ${rule.name}: the dead-letter queue ${deadLetterArn} refused: ${String(refused)}`,
      );
    }
  }

  #measure(name: string, rule: Rule): void {
    const sets: Record<string, string>[] = [{ RuleName: rule.name }];
    if (rule.busName !== 'default') sets.push({ EventBusName: rule.busName, RuleName: rule.name });
    for (const dimensions of sets) {
      this.#cloud.measure(
        { namespace: 'AWS/Events', name, dimensions, value: 1, unit: 'Count' },
        this.#place,
      );
    }
  }
}

/** The error codes that EventBridge writes on dead letters. */
const errorCode = (error: Error): string => {
  if (/^AccessDenied|^KMSAccessDenied/.test(error.name)) return 'NO_PERMISSIONS';
  if (/NotFound|DoesNotExist|NoSuch/.test(error.name)) return 'NO_RESOURCE';
  if (/Throttl|TooManyRequests|Limit/.test(error.name)) return 'THROTTLING';
  return 'SDK_CLIENT_ERROR';
};
