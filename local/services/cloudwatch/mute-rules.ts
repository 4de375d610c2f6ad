import type {
  GetAlarmMuteRuleOutput,
  ListAlarmMuteRulesInput,
  PutAlarmMuteRuleInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { unsupportedField, validationError } from './cloudwatch-error.ts';
import { type MuteSchedule, parseMuteSchedule } from './mute-schedule.ts';
import { page } from './page.ts';

interface MuteRule {
  readonly input: PutAlarmMuteRuleInput;
  readonly schedule: MuteSchedule;
  readonly updatedAt: number;
}

/** While an alarm is muted: by which rule, and from when to when. */
export interface Mute {
  readonly mutedByArn: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The alarm mute rules of one place: while one is active, its alarms change state and say so, and their actions do not run. What
 * was muted is not made up for when the window ends.
 */
export class MuteRules {
  readonly #rules = new Map<string, MuteRule>();
  readonly #cloud: CloudContext;
  readonly #place: Place;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  /** PutAlarmMuteRule. */
  put(input: PutAlarmMuteRuleInput): void {
    const { Name, Rule, MuteTargets } = input;
    if (!Name || Name.length > 255) throw validationError('Name must have 1 to 255 characters.');
    if (!Rule?.Schedule) throw validationError('Rule must have a Schedule.');
    if ((MuteTargets?.AlarmNames?.length ?? 0) > 100) {
      throw validationError('MuteTargets must not name more than 100 alarms.');
    }
    if (Rule.Schedule.Timezone !== undefined && Rule.Schedule.Timezone !== 'UTC') {
      throw unsupportedField('PutAlarmMuteRule', `the time zone ${Rule.Schedule.Timezone}`);
    }
    const schedule = parseMuteSchedule(
      Rule.Schedule.Expression ?? '',
      Rule.Schedule.Duration ?? '',
    );
    this.#rules.set(Name, { input, schedule, updatedAt: this.#cloud.clock.now() });
  }

  /** GetAlarmMuteRule. */
  get(name: string): GetAlarmMuteRuleOutput {
    const rule = this.#rules.get(name);
    if (!rule) {
      throw new AwsError(
        'ResourceNotFoundException',
        `The alarm mute rule ${name} does not exist.`,
        {
          status: 404,
        },
      );
    }
    const { Tags, ...input } = rule.input;
    return { ...input, ...this.#summary(rule) };
  }

  /** ListAlarmMuteRules. */
  list(input: ListAlarmMuteRulesInput) {
    const found = [...this.#rules.values()]
      .filter(
        ({ input: { MuteTargets } }) =>
          input.AlarmName === undefined || MuteTargets?.AlarmNames?.includes(input.AlarmName),
      )
      .map((rule) => this.#summary(rule))
      .filter(({ Status }) => input.Statuses === undefined || input.Statuses.includes(Status));
    const { items, NextToken } = page(found, input.MaxRecords ?? 50, input.NextToken);
    return {
      AlarmMuteRuleSummaries: items,
      ...(NextToken === undefined ? {} : { NextToken }),
    };
  }

  /** DeleteAlarmMuteRule: a rule that is not there is deleted too. */
  remove(name: string): void {
    this.#rules.delete(name);
  }

  /** What mutes an alarm now. */
  muting(alarm: string): Mute | undefined {
    for (const rule of this.#rules.values()) {
      if (!rule.input.MuteTargets?.AlarmNames?.includes(alarm)) continue;
      const window = this.#window(rule);
      if (window) return { mutedByArn: this.#arn(rule), ...window };
    }
    return undefined;
  }

  #window({ input, schedule }: MuteRule): { from: number; to: number } | undefined {
    const now = this.#cloud.clock.now();
    if (now < (input.StartDate?.getTime() ?? 0)) return undefined;
    if (now >= (input.ExpireDate?.getTime() ?? Number.POSITIVE_INFINITY)) return undefined;
    return schedule.windowAt(now);
  }

  #arn({ input }: MuteRule): string {
    return `arn:aws:cloudwatch:${this.#place.region}:${this.#place.account}:alarm-mute-rule:${input.Name}`;
  }

  #summary(rule: MuteRule) {
    const now = this.#cloud.clock.now();
    const { ExpireDate } = rule.input;
    const expired = now >= (ExpireDate?.getTime() ?? Number.POSITIVE_INFINITY);
    const over = expired || rule.schedule.isOver(now);
    const Status = this.#window(rule) ? 'ACTIVE' : over ? 'EXPIRED' : 'SCHEDULED';
    return {
      AlarmMuteRuleArn: this.#arn(rule),
      ...(ExpireDate === undefined ? {} : { ExpireDate }),
      Status: Status as 'ACTIVE' | 'EXPIRED' | 'SCHEDULED',
      MuteType: rule.schedule.once ? 'ONE_TIME' : 'RECURRING',
      LastUpdatedTimestamp: new Date(rule.updatedAt),
    };
  }
}
