import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { Schedule, ScheduleInput } from './schedule.ts';
import type { Scheduler } from './scheduler-service.ts';

const schedulerOf = (context: ResourceContext): Scheduler =>
  context.cloud.service<Scheduler>('scheduler', context);

const generatedName = (context: ResourceContext): string =>
  `${`${context.stackName}-${context.logicalId}`.slice(0, 51)}-${context.cloud.token(12)}`;

const stateOf = (schedule: Schedule) => ({
  physicalId: schedule.name,
  attributes: { Arn: schedule.arn },
});

const schedule: ResourceProvider = {
  create(properties: ScheduleInput, context) {
    const Name = properties.Name ?? generatedName(context);
    return stateOf(schedulerOf(context).create({ ...properties, Name }));
  },
  update(properties: ScheduleInput, previous, context) {
    const before = previous.properties as ScheduleInput;
    if (properties.Name !== before.Name || properties.GroupName !== before.GroupName) {
      return schedule.create(properties, context);
    }
    const scheduler = schedulerOf(context);
    const found = scheduler.get(previous.physicalId, properties.GroupName);
    scheduler.update(found, { ...properties, Name: found.name });
    return stateOf(found);
  },
  remove(previous, context) {
    const scheduler = schedulerOf(context);
    const { GroupName } = previous.properties as ScheduleInput;
    const found = scheduler.find(previous.physicalId, GroupName);
    if (found !== undefined) scheduler.remove(found);
  },
};

interface GroupProperties {
  readonly Name?: string;
  readonly Tags?: readonly { Key: string; Value: string }[];
}

const tagsOf = ({ Tags = [] }: GroupProperties): Record<string, string> =>
  Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));

const scheduleGroup: ResourceProvider = {
  create(properties: GroupProperties, context) {
    const name = properties.Name ?? generatedName(context);
    const group = schedulerOf(context).createGroup(name, tagsOf(properties));
    return { physicalId: group.name, attributes: { Arn: group.arn, State: 'ACTIVE' } };
  },
  update(properties: GroupProperties, previous, context) {
    if (properties.Name !== (previous.properties as GroupProperties).Name) {
      return scheduleGroup.create(properties, context);
    }
    schedulerOf(context).group(previous.physicalId).tags = tagsOf(properties);
    return previous;
  },
  remove(previous, context) {
    schedulerOf(context).removeGroup(previous.physicalId);
  },
};

/** CloudFormation's resource types of EventBridge Scheduler. */
export const schedulerResources: Record<string, ResourceProvider> = {
  'AWS::Scheduler::Schedule': schedule,
  'AWS::Scheduler::ScheduleGroup': scheduleGroup,
};
