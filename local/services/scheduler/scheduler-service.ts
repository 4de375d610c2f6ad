import { AwsError, notImplemented } from '../aws-error.ts';
import { RoleSessions } from '../lambda/role-sessions.ts';
import type { CloudContext, Operation, Place, Service } from '../service.ts';
import { schedulerOperations } from './operations.ts';
import type { Schedule, ScheduleGroup, ScheduleInput, ScheduleTarget } from './schedule.ts';
import { parseSchedule, type ScheduleExpression } from './schedule-expression.ts';
import { ScheduleRunner } from './schedule-runner.ts';
import { isTimeZone } from './time-zone.ts';

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
const UNIVERSAL = 'arn:aws:scheduler:::aws-sdk:';
const TARGET_SERVICES = ['lambda', 'sqs', 'states', 'events', 'sns'];
const UNSUPPORTED = ['EcsParameters', 'KinesisParameters', 'SageMakerPipelineParameters'];

const checkTarget = (target: ScheduleTarget | undefined): ScheduleTarget => {
  if (target === undefined) throw invalid('Target is required.');
  if (target.Arn.startsWith(UNIVERSAL)) {
    throw notImplemented('scheduler', `the universal target ${target.Arn}`);
  }
  const service = target.Arn.split(':')[2] ?? '';
  if (!TARGET_SERVICES.includes(service)) {
    throw notImplemented('scheduler', `the target ${target.Arn}`);
  }
  const unsupported = UNSUPPORTED.find(
    (name) => (target as unknown as Record<string, unknown>)[name] !== undefined,
  );
  if (unsupported !== undefined) throw notImplemented('scheduler', `targets with ${unsupported}`);
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\//.test(target.RoleArn ?? '')) {
    throw invalid(`Provided role ARN is not valid: ${target.RoleArn}`);
  }
  if (service === 'events' && target.EventBridgeParameters === undefined) {
    throw invalid('EventBridgeParameters are required for an event bus target.');
  }
  return target;
};

const expressionOf = (input: ScheduleInput): ScheduleExpression => {
  const { ScheduleExpression: text = '', ScheduleExpressionTimezone: timeZone = 'UTC' } = input;
  if (!isTimeZone(timeZone)) throw invalid(`The specified timezone ${timeZone} is not valid.`);
  const expression = parseSchedule(text, timeZone);
  if (expression === undefined) throw invalid(`Invalid Schedule Expression ${text}.`);
  return expression;
};

/** EventBridge Scheduler of one account and Region. */
export class Scheduler implements Service {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #groups = new Map<string, ScheduleGroup>();
  readonly #schedules = new Map<string, Schedule>();
  readonly #runner: ScheduleRunner;

  constructor(cloud: CloudContext, place: Place) {
    const here = { account: place.account, region: place.region };
    this.#cloud = cloud;
    this.#place = here;
    this.#runner = new ScheduleRunner(cloud, here, new RoleSessions(cloud, here), (schedule) =>
      this.remove(schedule),
    );
    this.createGroup('default');
    this.operations = schedulerOperations(this);
  }

  groups(): readonly ScheduleGroup[] {
    return [...this.#groups.values()];
  }

  group(name: string): ScheduleGroup {
    const group = this.#groups.get(name);
    if (group === undefined) {
      throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, {
        status: 404,
      });
    }
    return group;
  }

  createGroup(name: string, tags: Record<string, string> = {}): ScheduleGroup {
    if (this.#groups.has(name)) {
      throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, {
        status: 409,
      });
    }
    const { account, region } = this.#place;
    const group: ScheduleGroup = {
      name,
      arn: `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`,
      createdAt: this.#cloud.clock.now(),
      tags,
    };
    this.#groups.set(name, group);
    return group;
  }

  removeGroup(name: string): void {
    if (name === 'default') throw invalid('The default schedule group can not be deleted.');
    this.group(name);
    for (const schedule of this.schedules()) {
      if (schedule.groupName === name) this.remove(schedule);
    }
    this.#groups.delete(name);
  }

  schedules(): readonly Schedule[] {
    return [...this.#schedules.values()];
  }

  find(name: string, groupName = 'default'): Schedule | undefined {
    return this.#schedules.get(`${groupName}/${name}`);
  }

  get(name: string | undefined, groupName = 'default'): Schedule {
    const schedule = this.find(name ?? '', groupName);
    if (schedule === undefined) {
      throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, {
        status: 404,
      });
    }
    return schedule;
  }

  create(input: ScheduleInput): Schedule {
    const name = input.Name ?? '';
    const groupName = input.GroupName ?? 'default';
    if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name)) {
      throw invalid(
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+`,
      );
    }
    this.group(groupName);
    if (this.find(name, groupName) !== undefined) {
      throw new AwsError('ConflictException', `Schedule ${name} already exists.`, { status: 409 });
    }
    const { account, region } = this.#place;
    const now = this.#cloud.clock.now();
    const schedule: Schedule = {
      name,
      groupName,
      arn: `arn:aws:scheduler:${region}:${account}:schedule/${groupName}/${name}`,
      createdAt: now,
      modifiedAt: now,
      input: { ...input, Target: checkTarget(input.Target) },
      expression: expressionOf(input),
      cancelTimer: undefined,
    };
    this.#schedules.set(`${groupName}/${name}`, schedule);
    this.#runner.arm(schedule);
    return schedule;
  }

  /** Changes a schedule as UpdateSchedule does: what is left out is unset. */
  update(schedule: Schedule, input: ScheduleInput): void {
    const Target = checkTarget(input.Target);
    schedule.expression = expressionOf(input);
    schedule.input = { ...input, Target };
    schedule.modifiedAt = this.#cloud.clock.now();
    this.#runner.arm(schedule);
  }

  remove(schedule: Schedule): void {
    schedule.cancelTimer?.();
    this.#schedules.delete(`${schedule.groupName}/${schedule.name}`);
  }
}
