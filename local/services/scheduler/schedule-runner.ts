import { callTarget } from '../eventbridge/target-call.ts';
import type { RoleSessions } from '../lambda/role-sessions.ts';
import type { CallContext, CloudContext, Place, Principal } from '../service.ts';
import type { Schedule, ScheduleTarget } from './schedule.ts';

const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_SECONDS = 86_400;
const BACKOFF_MS = { first: 3_000, most: 480_000 };
const MINUTE = 60_000;

interface Attempt {
  readonly schedule: Schedule;
  readonly input: string;
  readonly dueAt: number;
  readonly executionId: string;
  retries: number;
}

const instantFrom = (date: Date | string | undefined): number | undefined =>
  date === undefined ? undefined : new Date(date).getTime();

/** Fires schedules on the clock and calls their targets as their roles. */
export class ScheduleRunner {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #sessions: RoleSessions;
  readonly #onCompleted: (schedule: Schedule) => void;

  constructor(
    cloud: CloudContext,
    place: Place,
    sessions: RoleSessions,
    onCompleted: (schedule: Schedule) => void,
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#sessions = sessions;
    this.#onCompleted = onCompleted;
  }

  /** Waits for the schedule's next time, or stops waiting: after each change of the schedule. */
  arm(schedule: Schedule): void {
    schedule.cancelTimer?.();
    schedule.cancelTimer = undefined;
    if (schedule.input.State === 'DISABLED') return;
    const { clock } = this.#cloud;
    const start = instantFrom(schedule.input.StartDate);
    const end = instantFrom(schedule.input.EndDate);
    const after = Math.max(clock.now(), (start ?? 0) - 1);
    // A rate's first time is its start where it has one, else at once.
    const { kind } = schedule.expression;
    const anchor = start ?? schedule.modifiedAt;
    const due =
      kind === 'rate' && clock.now() <= anchor ? anchor : schedule.expression.next(after, anchor);
    if (due === undefined || (end !== undefined && due > end)) {
      this.#complete(schedule);
      return;
    }
    const timer = clock.at(due + this.#flexibility(schedule), () => {
      this.#fire(schedule, due);
      this.#armAfter(schedule, due, anchor, end);
    });
    schedule.cancelTimer = () => timer.cancel();
  }

  #armAfter(schedule: Schedule, fired: number, anchor: number, end: number | undefined): void {
    const due = schedule.expression.next(fired, anchor);
    if (due === undefined || (end !== undefined && due > end)) {
      this.#complete(schedule);
      return;
    }
    const timer = this.#cloud.clock.at(due + this.#flexibility(schedule), () => {
      this.#fire(schedule, due);
      this.#armAfter(schedule, due, anchor, end);
    });
    schedule.cancelTimer = () => timer.cancel();
  }

  #flexibility({ input }: Schedule): number {
    const window = input.FlexibleTimeWindow;
    if (window?.Mode !== 'FLEXIBLE') return 0;
    return Math.floor(this.#cloud.random() * Number(window.MaximumWindowInMinutes ?? 1) * MINUTE);
  }

  #complete(schedule: Schedule): void {
    schedule.cancelTimer = undefined;
    if (schedule.input.ActionAfterCompletion === 'DELETE') this.#onCompleted(schedule);
  }

  #fire(schedule: Schedule, dueAt: number): void {
    const executionId = this.#cloud.uuid();
    const scheduledTime = new Date(dueAt).toISOString().replace('.000', '');
    const given = schedule.input.Target.Input ?? '{}';
    const input = given
      .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
      .replaceAll('<aws.scheduler.scheduled-time>', scheduledTime)
      .replaceAll('<aws.scheduler.execution-id>', executionId)
      .replaceAll('<aws.scheduler.attempt-number>', '1');
    this.#attempt({ schedule, input, dueAt, executionId, retries: 0 });
  }

  #attempt(attempt: Attempt): void {
    const release = this.#cloud.clock.hold();
    this.#call(attempt)
      .then(
        () => this.#measure('InvocationAttemptCount', attempt.schedule),
        (error: Error) => this.#failed(attempt, error),
      )
      .catch((error: unknown) =>
        this.#cloud.warn(`scheduler ${attempt.schedule.name}: ${String(error)}`),
      )
      .finally(release);
  }

  #principal({ RoleArn }: ScheduleTarget): Principal {
    return this.#sessions.open(RoleArn, 'scheduler').principal;
  }

  async #call({ schedule, input, executionId }: Attempt): Promise<void> {
    const target = schedule.input.Target;
    const principal = this.#principal(target);
    const { EventBridgeParameters: parameters } = target;
    if (parameters !== undefined) {
      const [, , , region = '', account = ''] = target.Arn.split(':');
      const context: CallContext = { region, account, principal };
      const entry = {
        Source: parameters.Source,
        DetailType: parameters.DetailType,
        Detail: input,
        EventBusName: target.Arn,
      };
      await this.#cloud.call('eventbridge', 'PutEvents', { Entries: [entry] }, context);
      return;
    }
    await callTarget(this.#cloud, {
      arn: target.Arn,
      input,
      principal,
      sourceArn: schedule.arn,
      messageGroupId: target.SqsParameters?.MessageGroupId,
      executionName: executionId,
    });
  }

  async #failed(attempt: Attempt, error: Error): Promise<void> {
    const { schedule } = attempt;
    const policy = schedule.input.Target.RetryPolicy;
    const most = Number(policy?.MaximumRetryAttempts ?? DEFAULT_ATTEMPTS);
    const age = Number(policy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS) * 1_000;
    const { clock } = this.#cloud;
    const ceiling = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** attempt.retries);
    const wait = ceiling * (0.5 + this.#cloud.random() / 2);
    this.#measure('TargetErrorCount', schedule);
    if (attempt.retries < most && clock.now() + wait - attempt.dueAt <= age) {
      attempt.retries += 1;
      clock.at(clock.now() + wait, () => this.#attempt(attempt));
      return;
    }
    await this.#bury(attempt, error);
  }

  async #bury({ schedule, input, executionId, retries }: Attempt, error: Error): Promise<void> {
    const target = schedule.input.Target;
    const deadLetterArn = target.DeadLetterConfig?.Arn;
    if (deadLetterArn === undefined) {
      this.#measure('InvocationDroppedCount', schedule);
      this.#cloud.warn(
        `scheduler ${schedule.name}: ${target.Arn} was not called, and there is no dead-letter queue: ${error.name}: ${error.message}`,
      );
      return;
    }
    const [, , , region = '', account = '', name = ''] = deadLetterArn.split(':');
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const message = {
      QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
      MessageBody: input,
      MessageAttributes: {
        SCHEDULE_ARN: text(schedule.arn),
        TARGET_ARN: text(target.Arn),
        EXECUTION_ID: text(executionId),
        RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(retries) },
        ERROR_CODE: text(error.name),
        ERROR_MESSAGE: text(error.message || error.name),
      },
    };
    const context: CallContext = { region, account, principal: this.#principal(target) };
    await this.#cloud.call('sqs', 'SendMessage', message, context);
    this.#measure('InvocationsSentToDeadLetterCount', schedule);
  }

  #measure(name: string, schedule: Schedule): void {
    this.#cloud.measure(
      {
        namespace: 'AWS/Scheduler',
        name,
        dimensions: { ScheduleGroup: schedule.groupName },
        value: 1,
        unit: 'Count',
      },
      this.#place,
    );
  }
}
