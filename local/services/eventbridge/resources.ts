import type { Target as ApiTarget } from '@aws-sdk/client-eventbridge';
import { notImplemented } from '../aws-error.ts';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { EventBridge } from './eventbridge-service.ts';
import { putTargets } from './operations.ts';
import type { EventBus, Rule } from './rule.ts';
import { deleteRule, putRule } from './rules.ts';

const eventsOf = (context: ResourceContext): EventBridge =>
  context.cloud.service<EventBridge>('eventbridge', context);

const generatedName = (context: ResourceContext): string => {
  const token = context.cloud.token(12);
  return `${`${context.stackName}-${context.logicalId}`.slice(0, 51)}-${token}`;
};

const tagsOf = (tags: readonly { Key: string; Value: string }[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

interface RuleProperties {
  readonly Name?: string;
  readonly EventBusName?: string;
  readonly EventPattern?: unknown;
  readonly ScheduleExpression?: string;
  readonly State?: Rule['state'];
  readonly Description?: string;
  readonly RoleArn?: string;
  readonly Targets?: readonly ApiTarget[];
  readonly Tags?: readonly { Key: string; Value: string }[];
}

/** CloudFormation gives numbers as texts sometimes; the API has numbers. */
const withNumbers = (target: ApiTarget): ApiTarget => {
  const policy = target.RetryPolicy;
  if (policy === undefined) return target;
  const number = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : Number(value);
  return {
    ...target,
    RetryPolicy: {
      MaximumRetryAttempts: number(policy.MaximumRetryAttempts),
      MaximumEventAgeInSeconds: number(policy.MaximumEventAgeInSeconds),
    },
  };
};

const settleRule = (name: string, properties: RuleProperties, context: ResourceContext): Rule => {
  const { EventPattern, Targets = [], Tags } = properties;
  const pattern = typeof EventPattern === 'string' ? EventPattern : JSON.stringify(EventPattern);
  const events = eventsOf(context);
  const rule = putRule(
    events,
    {
      Name: name,
      EventBusName: properties.EventBusName,
      EventPattern: EventPattern === undefined ? undefined : pattern,
      ScheduleExpression: properties.ScheduleExpression,
      State: properties.State,
      Description: properties.Description,
      RoleArn: properties.RoleArn,
    },
    context.cloud.clock.now(),
  );
  rule.tags = tagsOf(Tags);
  rule.targets.clear();
  putTargets(rule, { Rule: name, Targets: Targets.map(withNumbers) });
  return rule;
};

const ruleState = (rule: Rule) => ({
  // A rule of another bus is referred to as bus|rule.
  physicalId: rule.busName === 'default' ? rule.name : `${rule.busName}|${rule.name}`,
  attributes: { Arn: rule.arn },
});

const nameIn = (physicalId: string): string => physicalId.split('|').at(-1) ?? physicalId;

const rule: ResourceProvider = {
  create(properties: RuleProperties, context) {
    return ruleState(settleRule(properties.Name ?? generatedName(context), properties, context));
  },
  update(properties: RuleProperties, previous, context) {
    const before = previous.properties as RuleProperties;
    const replaced = (['Name', 'EventBusName'] as const).some(
      (name) => properties[name] !== before[name],
    );
    if (replaced) return rule.create(properties, context);
    return ruleState(settleRule(nameIn(previous.physicalId), properties, context));
  },
  remove(previous, context) {
    const events = eventsOf(context);
    const { EventBusName } = previous.properties as RuleProperties;
    const bus = events.bus(EventBusName);
    const name = nameIn(previous.physicalId);
    bus.rules.get(name)?.targets.clear();
    deleteRule(events, bus, name);
  },
};

interface BusProperties {
  readonly Name: string;
  readonly EventSourceName?: string;
  readonly Description?: string;
  readonly KmsKeyIdentifier?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly Policy?: { readonly Statement?: unknown };
  readonly Tags?: readonly { Key: string; Value: string }[];
}

const settleBus = (bus: EventBus, properties: BusProperties) => {
  bus.description = properties.Description;
  bus.kmsKeyIdentifier = properties.KmsKeyIdentifier;
  bus.deadLetterArn = properties.DeadLetterConfig?.Arn;
  bus.tags = tagsOf(properties.Tags);
  for (const [index, one] of [properties.Policy?.Statement ?? []].flat().entries()) {
    bus.policy.set((one as { Sid?: string }).Sid ?? String(index), one);
  }
  return { physicalId: bus.name, attributes: { Arn: bus.arn, Name: bus.name } };
};

const eventBus: ResourceProvider = {
  create(properties: BusProperties, context) {
    if (properties.EventSourceName !== undefined) {
      throw notImplemented('events', 'partner event sources');
    }
    return settleBus(eventsOf(context).createBus(properties.Name), properties);
  },
  update(properties: BusProperties, previous, context) {
    if (properties.Name !== previous.physicalId) return eventBus.create(properties, context);
    return settleBus(eventsOf(context).bus(previous.physicalId), properties);
  },
  remove(previous, context) {
    eventsOf(context).removeBus(previous.physicalId);
  },
};

interface BusPolicyProperties {
  readonly StatementId: string;
  readonly EventBusName?: string;
  readonly Statement?: object;
  readonly Action?: string;
  readonly Principal?: string;
  readonly Condition?: { readonly Type: string; readonly Key: string; readonly Value: string };
}

const statementOf = (properties: BusPolicyProperties, bus: EventBus): unknown => {
  const { StatementId, Statement, Action, Principal = '', Condition } = properties;
  if (Statement !== undefined) return { Sid: StatementId, ...Statement };
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action: Action ?? 'events:PutEvents',
    Resource: bus.arn,
    ...(Condition === undefined
      ? {}
      : { Condition: { [Condition.Type]: { [Condition.Key]: Condition.Value } } }),
  };
};

const eventBusPolicy: ResourceProvider = {
  create(properties: BusPolicyProperties, context) {
    const bus = eventsOf(context).bus(properties.EventBusName);
    bus.policy.set(properties.StatementId, statementOf(properties, bus));
    return { physicalId: `${bus.name}|${properties.StatementId}`, attributes: {} };
  },
  update(properties: BusPolicyProperties, _previous, context) {
    return eventBusPolicy.create(properties, context);
  },
  remove(previous, context) {
    const { EventBusName, StatementId } = previous.properties as BusPolicyProperties;
    const name = EventBusName ?? 'default';
    const bus = eventsOf(context)
      .buses()
      .find((one) => one.name === name || one.arn === name);
    bus?.policy.delete(StatementId);
  },
};

const refused = (type: string): ResourceProvider => ({
  create() {
    throw notImplemented('events', `the resource type ${type}`);
  },
});

/** CloudFormation's resource types of EventBridge. */
export const eventBridgeResources: Record<string, ResourceProvider> = {
  'AWS::Events::Rule': rule,
  'AWS::Events::EventBus': eventBus,
  'AWS::Events::EventBusPolicy': eventBusPolicy,
  'AWS::Events::Archive': refused('AWS::Events::Archive'),
  'AWS::Events::Connection': refused('AWS::Events::Connection'),
  'AWS::Events::ApiDestination': refused('AWS::Events::ApiDestination'),
};
