import type {
  CreateEventBusRequest,
  ListRulesRequest,
  PutEventsRequest,
  PutPermissionRequest,
  PutRuleRequest,
  PutTargetsRequest,
  RemoveTargetsRequest,
  TestEventPatternRequest,
} from '@aws-sdk/client-eventbridge';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { CloudContext, Operation, Place } from '../service.ts';
import { compileEventPattern } from './event-pattern.ts';
import type { EventBridge } from './eventbridge-service.ts';
import { putEvents } from './put-events.ts';
import { busPolicyOf, type EventBus, type Rule } from './rule.ts';
import { deleteRule, putRule, ruleOn, setRuleState } from './rules.ts';
import { targetFrom } from './target.ts';

const MOST_TARGETS = 5;

interface OnBus {
  readonly Name?: string | undefined;
  readonly EventBusName?: string | undefined;
}

const describeRule = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventBusName: rule.busName,
  State: rule.state,
  ...(rule.eventPattern === undefined ? {} : { EventPattern: rule.eventPattern }),
  ...(rule.scheduleExpression === undefined ? {} : { ScheduleExpression: rule.scheduleExpression }),
  ...(rule.description === undefined ? {} : { Description: rule.description }),
  ...(rule.roleArn === undefined ? {} : { RoleArn: rule.roleArn }),
});

const describeBus = (bus: EventBus) => {
  const Policy = busPolicyOf(bus);
  return {
    Name: bus.name,
    Arn: bus.arn,
    CreationTime: new Date(bus.createdAt),
    LastModifiedTime: new Date(bus.createdAt),
    ...(bus.description === undefined ? {} : { Description: bus.description }),
    ...(Policy === undefined ? {} : { Policy }),
  };
};

/** Puts targets on a rule; one that is not valid is refused as a whole call, like one too many. */
export const putTargets = (rule: Rule, input: PutTargetsRequest): void => {
  const targets = (input.Targets ?? []).map(targetFrom);
  const ids = new Set([
    ...rule.targets.keys(),
    ...targets.map(({ definition }) => definition.Id ?? ''),
  ]);
  if (ids.size > MOST_TARGETS) {
    throw new AwsError(
      'LimitExceededException',
      'The requested resource exceeds the maximum number allowed.',
    );
  }
  for (const target of targets) rule.targets.set(target.definition.Id ?? '', target);
};

const ruleOperations = (events: EventBridge, cloud: CloudContext): Record<string, Operation> => {
  const find = (input: OnBus): Rule => ruleOn(events.bus(input.EventBusName), input.Name);
  return {
    PutRule: (input: PutRuleRequest) => ({
      RuleArn: putRule(events, input, cloud.clock.now()).arn,
    }),
    DescribeRule: (input: OnBus) => describeRule(find(input)),
    DeleteRule: (input: OnBus) => {
      deleteRule(events, events.bus(input.EventBusName), input.Name);
      return {};
    },
    EnableRule: (input: OnBus) => {
      setRuleState(events, find(input), 'ENABLED', cloud.clock.now());
      return {};
    },
    DisableRule: (input: OnBus) => {
      setRuleState(events, find(input), 'DISABLED', cloud.clock.now());
      return {};
    },
    ListRules: (input: ListRulesRequest) => ({
      Rules: [...events.bus(input.EventBusName).rules.values()]
        .filter((rule) => rule.name.startsWith(input.NamePrefix ?? ''))
        .map(describeRule),
    }),
    ListRuleNamesByTarget: (input: { TargetArn?: string; EventBusName?: string }) => ({
      RuleNames: [...events.bus(input.EventBusName).rules.values()]
        .filter((rule) =>
          [...rule.targets.values()].some(({ definition }) => definition.Arn === input.TargetArn),
        )
        .map((rule) => rule.name),
    }),
    PutTargets: (input: PutTargetsRequest) => {
      putTargets(find({ Name: input.Rule, EventBusName: input.EventBusName }), input);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets: (input: RemoveTargetsRequest) => {
      const rule = find({ Name: input.Rule, EventBusName: input.EventBusName });
      const missing = (input.Ids ?? []).filter((id) => !rule.targets.delete(id));
      return {
        FailedEntryCount: missing.length,
        FailedEntries: missing.map((TargetId) => ({
          TargetId,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Target ${TargetId} does not exist on rule ${rule.name}.`,
        })),
      };
    },
    ListTargetsByRule: (input: { Rule?: string; EventBusName?: string }) => {
      const rule = ruleOn(events.bus(input.EventBusName), input.Rule);
      return { Targets: [...rule.targets.values()].map(({ definition }) => definition) };
    },
    TestEventPattern: (input: TestEventPatternRequest) => {
      const matches = compileEventPattern(input.EventPattern ?? '');
      return { Result: matches(testEvent(input.Event ?? '')) };
    },
  };
};

/** The event of TestEventPattern, which must be complete. */
const testEvent = (text: string): unknown => {
  const invalid = (why: string): AwsError =>
    new AwsError('ValidationException', `Parameter Event is not valid. Reason: ${why}`);
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(text);
  } catch {
    throw invalid('Event is not valid JSON.');
  }
  const missing = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'].find(
    (name) => event?.[name] === undefined,
  );
  if (missing !== undefined) throw invalid(`${missing} is a required field.`);
  return event;
};

const busOperations = (events: EventBridge): Record<string, Operation> => ({
  CreateEventBus: (input: CreateEventBusRequest) => {
    if (input.EventSourceName !== undefined)
      throw notImplemented('events', 'partner event sources');
    const bus = events.createBus(input.Name ?? '');
    bus.description = input.Description;
    bus.kmsKeyIdentifier = input.KmsKeyIdentifier;
    bus.deadLetterArn = input.DeadLetterConfig?.Arn;
    bus.tags = Object.fromEntries(
      (input.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]),
    );
    return { EventBusArn: bus.arn };
  },
  DeleteEventBus: (input: { Name?: string }) => {
    events.removeBus(input.Name ?? '');
    return {};
  },
  DescribeEventBus: (input: { Name?: string }) => describeBus(events.bus(input.Name)),
  ListEventBuses: (input: { NamePrefix?: string }) => ({
    EventBuses: events
      .buses()
      .filter((bus) => bus.name.startsWith(input.NamePrefix ?? ''))
      .map(describeBus),
  }),
  PutPermission: (input: PutPermissionRequest) => {
    const bus = events.bus(input.EventBusName);
    if (input.Policy !== undefined) {
      const { Statement } = JSON.parse(input.Policy) as { Statement: unknown };
      bus.policy.clear();
      for (const [index, one] of [Statement].flat().entries()) {
        bus.policy.set((one as { Sid?: string }).Sid ?? String(index), one);
      }
      return {};
    }
    const principal = input.Principal ?? '';
    bus.policy.set(input.StatementId ?? '', {
      Sid: input.StatementId,
      Effect: 'Allow',
      Principal: principal === '*' ? '*' : { AWS: `arn:aws:iam::${principal}:root` },
      Action: input.Action,
      Resource: bus.arn,
      ...(input.Condition === undefined
        ? {}
        : {
            Condition: {
              [input.Condition.Type ?? '']: { [input.Condition.Key ?? '']: input.Condition.Value },
            },
          }),
    });
    return {};
  },
  RemovePermission: (input: {
    StatementId?: string;
    RemoveAllPermissions?: boolean;
    EventBusName?: string;
  }) => {
    const bus = events.bus(input.EventBusName);
    if (input.RemoveAllPermissions === true) bus.policy.clear();
    else if (!bus.policy.delete(input.StatementId ?? '')) {
      throw new AwsError(
        'ResourceNotFoundException',
        `Statement with Id ${input.StatementId} does not exist.`,
      );
    }
    return {};
  },
});

const tagged = (events: EventBridge, arn: string | undefined): { tags: Record<string, string> } => {
  const found = events
    .buses()
    .flatMap((bus) => [bus, ...bus.rules.values()])
    .find((one) => one.arn === arn);
  if (found === undefined) {
    throw new AwsError('ResourceNotFoundException', `Resource ${arn} does not exist.`);
  }
  return found;
};

const tagOperations = (events: EventBridge): Record<string, Operation> => ({
  TagResource: (input: { ResourceARN?: string; Tags?: { Key: string; Value: string }[] }) => {
    const { tags } = tagged(events, input.ResourceARN);
    for (const { Key, Value } of input.Tags ?? []) tags[Key] = Value;
    return {};
  },
  UntagResource: (input: { ResourceARN?: string; TagKeys?: string[] }) => {
    const { tags } = tagged(events, input.ResourceARN);
    for (const key of input.TagKeys ?? []) delete tags[key];
    return {};
  },
  ListTagsForResource: (input: { ResourceARN?: string }) => ({
    Tags: Object.entries(tagged(events, input.ResourceARN).tags).map(([Key, Value]) => ({
      Key,
      Value,
    })),
  }),
});

/** The API of EventBridge over one account and Region. */
export const eventBridgeOperations = (
  events: EventBridge,
  cloud: CloudContext,
  place: Place,
): Record<string, Operation> => ({
  PutEvents: (input: PutEventsRequest, context) => putEvents(cloud, place, input, context),
  ...ruleOperations(events, cloud),
  ...busOperations(events),
  ...tagOperations(events),
});
