import type { LoggingConfiguration, Tag } from '@aws-sdk/client-sfn';
import { AwsError } from '../aws-error.ts';
import { physicalName } from '../physical-name.ts';
import type { CallContext, ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import { parseMachineArn } from './names.ts';
import { sfnErrors } from './sfn-errors.ts';

interface CfnTag {
  readonly Key: string;
  readonly Value: string;
}

interface CfnStateMachine {
  readonly StateMachineName?: string;
  readonly StateMachineType?: string;
  readonly DefinitionString?: string;
  readonly Definition?: unknown;
  readonly DefinitionSubstitutions?: Readonly<Record<string, string | number | boolean>>;
  readonly DefinitionS3Location?: unknown;
  readonly RoleArn: string;
  readonly LoggingConfiguration?: {
    readonly Level?: string;
    readonly IncludeExecutionData?: boolean;
    readonly Destinations?: readonly {
      readonly CloudWatchLogsLogGroup?: { readonly LogGroupArn?: string };
    }[];
  };
  readonly TracingConfiguration?: { readonly Enabled?: boolean };
  readonly EncryptionConfiguration?: { readonly Type?: string };
  readonly Tags?: readonly CfnTag[];
}

const call = <T>(context: ResourceContext, operation: string, input: unknown): Promise<T> => {
  const { cloud, account, region, principal } = context;
  const caller: CallContext = { account, region, principal };
  return cloud.call<T>('sfn', operation, input, caller);
};

/** `${Name}` by its value; one that nothing stands for is an error, since it would reach a running machine as text. */
const definitionOf = (properties: CfnStateMachine): string => {
  const { DefinitionString: text, Definition: object, DefinitionS3Location: s3 } = properties;
  if (s3 !== undefined) {
    throw sfnErrors.unsupported(
      'the local cloud does not read DefinitionS3Location; use DefinitionString or Definition',
    );
  }
  const source = text ?? (object === undefined ? undefined : JSON.stringify(object));
  if (source === undefined) {
    throw sfnErrors.invalidDefinition('One of DefinitionString and Definition is required');
  }
  const values = properties.DefinitionSubstitutions ?? {};
  const missing = new Set<string>();
  const definition = source.replace(/\$\{([A-Za-z0-9_]+)\}/g, (mark, name: string) => {
    if (Object.hasOwn(values, name)) {
      // in a text, a value may be any piece of JSON; in an object's strings it is text
      const value = String(values[name]);
      return text === undefined ? JSON.stringify(value).slice(1, -1) : value;
    }
    missing.add(mark);
    return mark;
  });
  if (missing.size > 0) {
    throw sfnErrors.invalidDefinition(
      `nothing stands for ${[...missing].join(', ')} in the definition; add it to DefinitionSubstitutions`,
    );
  }
  return definition;
};

const logging = ({
  LoggingConfiguration: given,
}: CfnStateMachine): LoggingConfiguration | undefined =>
  given === undefined
    ? undefined
    : {
        level: (given.Level ?? 'OFF') as NonNullable<LoggingConfiguration['level']>,
        includeExecutionData: given.IncludeExecutionData ?? false,
        destinations: (given.Destinations ?? []).map(({ CloudWatchLogsLogGroup: group }) => ({
          cloudWatchLogsLogGroup: { logGroupArn: group?.LogGroupArn },
        })),
      };

const settings = (properties: CfnStateMachine) => {
  const configuration = logging(properties);
  const { EncryptionConfiguration: encryption } = properties;
  return {
    definition: definitionOf(properties),
    roleArn: properties.RoleArn,
    ...(configuration === undefined ? {} : { loggingConfiguration: configuration }),
    ...(properties.TracingConfiguration === undefined
      ? {}
      : { tracingConfiguration: { enabled: properties.TracingConfiguration.Enabled ?? false } }),
    ...(encryption === undefined ? {} : { encryptionConfiguration: { type: encryption.Type } }),
  };
};

const tagsOf = ({ Tags }: CfnStateMachine): Tag[] =>
  (Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));

const machineState = (arn: string, revisionId: string | undefined): ResourceState => ({
  physicalId: arn,
  attributes: {
    Arn: arn,
    Name: arn.split(':')[6],
    StateMachineRevisionId: revisionId ?? 'INITIAL',
  },
});

const createMachine = async (
  properties: CfnStateMachine,
  context: ResourceContext,
): Promise<ResourceState> => {
  const name = properties.StateMachineName ?? physicalName(context, 80);
  const { stateMachineArn } = await call<{ stateMachineArn: string }>(
    context,
    'CreateStateMachine',
    {
      name,
      ...settings(properties),
      ...(properties.StateMachineType === undefined ? {} : { type: properties.StateMachineType }),
      tags: tagsOf(properties),
    },
  );
  return machineState(stateMachineArn, undefined);
};

const stateMachine: ResourceProvider = {
  create: createMachine,
  update: async (properties: CfnStateMachine, previous, context) => {
    const before = previous.properties as CfnStateMachine;
    if (
      before.StateMachineName !== properties.StateMachineName ||
      before.StateMachineType !== properties.StateMachineType
    ) {
      return createMachine(properties, context);
    }
    const { revisionId } = await call<{ revisionId?: string }>(context, 'UpdateStateMachine', {
      stateMachineArn: previous.physicalId,
      ...settings(properties),
    });
    const kept = new Set(tagsOf(properties).map(({ key }) => key));
    const gone = tagsOf(before).flatMap(({ key }) => (kept.has(key) ? [] : [key]));
    const resourceArn = previous.physicalId;
    if (gone.length > 0) await call(context, 'UntagResource', { resourceArn, tagKeys: gone });
    if (kept.size > 0) {
      await call(context, 'TagResource', { resourceArn, tags: tagsOf(properties) });
    }
    return machineState(previous.physicalId, revisionId);
  },
  remove: async ({ physicalId }, context) => {
    await call(context, 'DeleteStateMachine', { stateMachineArn: physicalId });
  },
};

interface CfnVersion {
  readonly StateMachineArn: string;
  readonly StateMachineRevisionId?: string;
  readonly Description?: string;
}

const createVersion = async (
  properties: CfnVersion,
  context: ResourceContext,
): Promise<ResourceState> => {
  const { stateMachineVersionArn: arn } = await call<{ stateMachineVersionArn: string }>(
    context,
    'PublishStateMachineVersion',
    {
      stateMachineArn: properties.StateMachineArn,
      ...(properties.StateMachineRevisionId === undefined
        ? {}
        : { revisionId: properties.StateMachineRevisionId }),
      ...(properties.Description === undefined ? {} : { description: properties.Description }),
    },
  );
  return { physicalId: arn, attributes: { Arn: arn } };
};

/** Any change of a version is another version. */
const stateMachineVersion: ResourceProvider = {
  create: createVersion,
  update: (properties: CfnVersion, _previous, context) => createVersion(properties, context),
  remove: async ({ physicalId }, context) => {
    try {
      await call(context, 'DeleteStateMachineVersion', { stateMachineVersionArn: physicalId });
    } catch (error) {
      // with its machine gone, so is the version
      if (!(error instanceof AwsError && error.name === 'StateMachineDoesNotExist')) throw error;
    }
  },
};

interface CfnAlias {
  readonly Name?: string;
  readonly Description?: string;
  readonly RoutingConfiguration?: readonly {
    readonly StateMachineVersionArn: string;
    readonly Weight: number;
  }[];
  readonly DeploymentPreference?: { readonly StateMachineVersionArn: string };
}

const routing = (properties: CfnAlias) =>
  properties.DeploymentPreference === undefined
    ? (properties.RoutingConfiguration ?? []).map(({ StateMachineVersionArn, Weight }) => ({
        stateMachineVersionArn: StateMachineVersionArn,
        weight: Weight,
      }))
    : [
        {
          stateMachineVersionArn: properties.DeploymentPreference.StateMachineVersionArn,
          weight: 100,
        },
      ];

const createAlias = async (
  properties: CfnAlias,
  context: ResourceContext,
): Promise<ResourceState> => {
  const { stateMachineAliasArn: arn } = await call<{ stateMachineAliasArn: string }>(
    context,
    'CreateStateMachineAlias',
    {
      name: properties.Name ?? physicalName(context, 80),
      routingConfiguration: routing(properties),
      ...(properties.Description === undefined ? {} : { description: properties.Description }),
    },
  );
  return { physicalId: arn, attributes: { Arn: arn } };
};

const stateMachineAlias: ResourceProvider = {
  create: createAlias,
  update: async (properties: CfnAlias, previous, context) => {
    const before = previous.properties as CfnAlias;
    const machineOf = (alias: CfnAlias): string =>
      parseMachineArn(routing(alias)[0]?.stateMachineVersionArn ?? previous.physicalId).machineArn;
    if (before.Name !== properties.Name || machineOf(before) !== machineOf(properties)) {
      return createAlias(properties, context);
    }
    await call(context, 'UpdateStateMachineAlias', {
      stateMachineAliasArn: previous.physicalId,
      routingConfiguration: routing(properties),
      ...(properties.Description === undefined ? {} : { description: properties.Description }),
    });
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: async ({ physicalId }, context) => {
    await call(context, 'DeleteStateMachineAlias', { stateMachineAliasArn: physicalId });
  },
};

/** The CloudFormation types of Step Functions. */
export const sfnResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::StepFunctions::StateMachine': stateMachine,
  'AWS::StepFunctions::StateMachineAlias': stateMachineAlias,
  'AWS::StepFunctions::StateMachineVersion': stateMachineVersion,
};
