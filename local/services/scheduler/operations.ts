import type { Operation } from '../service.ts';
import type { Schedule, ScheduleGroup, ScheduleInput } from './schedule.ts';
import type { Scheduler } from './scheduler-service.ts';

const describe = (schedule: Schedule) => {
  const { input } = schedule;
  return {
    Arn: schedule.arn,
    Name: schedule.name,
    GroupName: schedule.groupName,
    ScheduleExpression: input.ScheduleExpression,
    ScheduleExpressionTimezone: input.ScheduleExpressionTimezone ?? 'UTC',
    State: input.State ?? 'ENABLED',
    FlexibleTimeWindow: input.FlexibleTimeWindow ?? { Mode: 'OFF' },
    Target: input.Target,
    ActionAfterCompletion: input.ActionAfterCompletion ?? 'NONE',
    CreationDate: new Date(schedule.createdAt),
    LastModificationDate: new Date(schedule.modifiedAt),
    ...(input.Description === undefined ? {} : { Description: input.Description }),
    ...(input.StartDate === undefined ? {} : { StartDate: new Date(input.StartDate) }),
    ...(input.EndDate === undefined ? {} : { EndDate: new Date(input.EndDate) }),
  };
};

const describeGroup = (group: ScheduleGroup) => ({
  Arn: group.arn,
  Name: group.name,
  State: 'ACTIVE',
  CreationDate: new Date(group.createdAt),
  LastModificationDate: new Date(group.createdAt),
});

interface Named {
  readonly Name?: string;
  readonly GroupName?: string;
}

/** The API of EventBridge Scheduler over one account and Region. */
export const schedulerOperations = (scheduler: Scheduler): Record<string, Operation> => ({
  CreateSchedule: (input: ScheduleInput) => ({ ScheduleArn: scheduler.create(input).arn }),
  GetSchedule: (input: Named) => describe(scheduler.get(input.Name, input.GroupName)),
  UpdateSchedule: (input: ScheduleInput) => {
    const schedule = scheduler.get(input.Name, input.GroupName);
    scheduler.update(schedule, input);
    return { ScheduleArn: schedule.arn };
  },
  DeleteSchedule: (input: Named) => {
    scheduler.remove(scheduler.get(input.Name, input.GroupName));
    return {};
  },
  ListSchedules: (input: { GroupName?: string; NamePrefix?: string; State?: string }) => ({
    Schedules: scheduler
      .schedules()
      .map(describe)
      .filter((one) => (input.GroupName ?? one.GroupName) === one.GroupName)
      .filter((one) => one.Name.startsWith(input.NamePrefix ?? ''))
      .filter((one) => (input.State ?? one.State) === one.State)
      .map(({ Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target }) => ({
        Arn,
        Name,
        GroupName,
        State,
        CreationDate,
        LastModificationDate,
        Target: { Arn: Target.Arn },
      })),
  }),
  CreateScheduleGroup: (input: { Name?: string; Tags?: { Key: string; Value: string }[] }) => {
    const tags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    return { ScheduleGroupArn: scheduler.createGroup(input.Name ?? '', tags).arn };
  },
  GetScheduleGroup: (input: { Name?: string }) => describeGroup(scheduler.group(input.Name ?? '')),
  DeleteScheduleGroup: (input: { Name?: string }) => {
    scheduler.removeGroup(input.Name ?? '');
    return {};
  },
  ListScheduleGroups: () => ({ ScheduleGroups: scheduler.groups().map(describeGroup) }),
});
