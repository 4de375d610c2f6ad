import type { PutRuleRequest } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../aws-error.ts';
import { parseSchedule } from '../scheduler/schedule-expression.ts';
import { checkPatternLength, compileEventPattern } from './event-pattern.ts';
import type { EventBridge } from './eventbridge-service.ts';
import type { EventBus, Rule } from './rule.ts';

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

/** The rule named on a bus. */
export const ruleOn = (bus: EventBus, name: string | undefined): Rule => {
  const rule = bus.rules.get(name ?? '');
  if (rule === undefined) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Rule ${name} does not exist on EventBus ${bus.name}.`,
    );
  }
  return rule;
};

const scheduleOf = (expression: string, bus: EventBus): Rule['schedule'] => {
  if (bus.name !== 'default') {
    throw invalid('ScheduleExpression is supported only on the default event bus.');
  }
  const schedule = parseSchedule(expression);
  // at() is a form of EventBridge Scheduler, not of rules; and rules insist on grammar: 1 minute, 5 minutes.
  const isBadGrammar = /^rate\((?:1 \w+s|(?!1 )\d+ \w+[^s])\)$/.test(expression.trim());
  if (schedule === undefined || schedule.kind === 'at' || isBadGrammar) {
    throw invalid('Parameter ScheduleExpression is not valid.');
  }
  return schedule;
};

/** Makes or changes a rule as PutRule does: what is left out is unset. */
export const putRule = (events: EventBridge, input: PutRuleRequest, now: number): Rule => {
  const bus = events.bus(input.EventBusName);
  const name = input.Name ?? '';
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) {
    throw invalid(
      `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
    );
  }
  const { EventPattern, ScheduleExpression } = input;
  if (!EventPattern && !ScheduleExpression) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (EventPattern) checkPatternLength(EventPattern);
  const matches = EventPattern ? compileEventPattern(EventPattern) : undefined;
  const schedule = ScheduleExpression ? scheduleOf(ScheduleExpression, bus) : undefined;
  const existing = bus.rules.get(name);
  const path = bus.name === 'default' ? name : `${bus.name}/${name}`;
  const rule: Rule = existing ?? {
    name,
    arn: bus.arn.replace(/:event-bus\/.*$/, `:rule/${path}`),
    busName: bus.name,
    targets: new Map(),
    tags: Object.fromEntries((input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    eventPattern: undefined,
    matches: undefined,
    scheduleExpression: undefined,
    schedule: undefined,
    anchor: now,
    state: 'ENABLED',
    description: undefined,
    roleArn: undefined,
    cancelTimer: undefined,
  };
  Object.assign(rule, {
    eventPattern: EventPattern || undefined,
    matches,
    scheduleExpression: ScheduleExpression || undefined,
    schedule,
    anchor: now,
    state: input.State ?? 'ENABLED',
    description: input.Description,
    roleArn: input.RoleArn,
  });
  bus.rules.set(name, rule);
  events.schedules.arm(rule);
  return rule;
};

/** Deletes a rule that has no targets any more. */
export const deleteRule = (events: EventBridge, bus: EventBus, name: string | undefined): void => {
  const rule = bus.rules.get(name ?? '');
  if (rule === undefined) return;
  if (rule.targets.size > 0) {
    throw invalid("Rule can't be deleted since it has targets.");
  }
  rule.state = 'DISABLED';
  events.schedules.arm(rule);
  bus.rules.delete(rule.name);
};

/** Enables or disables a rule. */
export const setRuleState = (
  events: EventBridge,
  rule: Rule,
  state: Rule['state'],
  now: number,
): void => {
  rule.state = state;
  rule.anchor = now;
  events.schedules.arm(rule);
};
