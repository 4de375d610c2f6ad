import type { ResourceContext, ResourceProvider } from '../../service.ts';
import { type EventInvokeInput, eventInvokeConfig } from '../event-invoke-config.ts';
import type { Mapping, MappingInput } from '../event-source-mappings.ts';
import { functionArn, functionReference } from '../function-reference.ts';
import type { Lambda } from '../lambda-service.ts';
import { policyStatement } from '../policy-statement.ts';
import { lambdaOf } from './function.ts';

interface PermissionProperties {
  readonly FunctionName: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly PrincipalOrgID?: string;
  readonly EventSourceToken?: string;
}

/** `AWS::Lambda::Permission`. */
export const permissionResource: ResourceProvider = {
  create(properties: PermissionProperties, context) {
    const lambda = lambdaOf(context);
    const { name, qualifier } = functionReference(properties.FunctionName, context);
    const record = lambda.functions.get(name, qualifier);
    const statementId = `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;
    const statement = policyStatement(
      {
        statementId,
        action: properties.Action,
        principal: properties.Principal,
        sourceArn: properties.SourceArn,
        sourceAccount: properties.SourceAccount,
        principalOrgId: properties.PrincipalOrgID,
        eventSourceToken: properties.EventSourceToken,
      },
      functionArn(context, name, qualifier),
    );
    lambda.permissions.add(record, qualifier, statement);
    return { physicalId: statementId, attributes: { Id: statementId } };
  },
  update(properties: PermissionProperties, _previous, context) {
    return permissionResource.create(properties, context);
  },
  remove(previous, context) {
    const lambda = lambdaOf(context);
    const { FunctionName } = previous.properties as PermissionProperties;
    const { name, qualifier } = functionReference(FunctionName, context);
    const record = lambda.functions.find(name);
    const policy = record && lambda.permissions.policyOf(record, qualifier);
    if (record !== undefined && policy?.includes(`"${previous.physicalId}"`)) {
      lambda.permissions.remove(record, qualifier, previous.physicalId);
    }
  },
};

const mappingState = (lambda: Lambda, mapping: Mapping) => ({
  physicalId: mapping.uuid,
  attributes: {
    Id: mapping.uuid,
    EventSourceMappingArn: lambda.mappings.describe(mapping).EventSourceMappingArn,
  },
});

/** `AWS::Lambda::EventSourceMapping`. */
export const eventSourceMappingResource: ResourceProvider = {
  create(properties: MappingInput, context) {
    const lambda = lambdaOf(context);
    return mappingState(lambda, lambda.mappings.create(properties));
  },
  update(properties: MappingInput, previous, context) {
    const before = previous.properties as MappingInput;
    if (properties.EventSourceArn !== before.EventSourceArn) {
      return eventSourceMappingResource.create(properties, context);
    }
    const lambda = lambdaOf(context);
    const mapping = lambda.mappings.get(previous.physicalId);
    const dropped = Object.fromEntries(Object.keys(before).map((name) => [name, undefined]));
    lambda.mappings.update(mapping, { ...dropped, ...properties });
    return mappingState(lambda, mapping);
  },
  remove(previous, context) {
    const { mappings } = lambdaOf(context);
    const mapping = mappings.all().find(({ uuid }) => uuid === previous.physicalId);
    if (mapping !== undefined) mappings.remove(mapping);
  },
};

interface EventInvokeProperties extends EventInvokeInput {
  readonly FunctionName: string;
  readonly Qualifier: string;
}

const putEventInvokeConfig = (
  properties: EventInvokeProperties,
  context: ResourceContext,
): void => {
  const { name, qualifier = '$LATEST' } = functionReference(
    properties.FunctionName,
    context,
    properties.Qualifier,
  );
  const record = lambdaOf(context).functions.get(name);
  record.eventInvokeConfigs.set(
    qualifier,
    eventInvokeConfig(properties, context.cloud.clock.now()),
  );
};

/** `AWS::Lambda::EventInvokeConfig`. */
export const eventInvokeConfigResource: ResourceProvider = {
  create(properties: EventInvokeProperties, context) {
    putEventInvokeConfig(properties, context);
    const physicalId = `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;
    return { physicalId, attributes: {} };
  },
  update(properties: EventInvokeProperties, previous, context) {
    const before = previous.properties as EventInvokeProperties;
    const replaced = (['FunctionName', 'Qualifier'] as const).some(
      (name) => properties[name] !== before[name],
    );
    if (replaced) return eventInvokeConfigResource.create(properties, context);
    putEventInvokeConfig(properties, context);
    return { physicalId: previous.physicalId, attributes: {} };
  },
  remove(previous, context) {
    const { FunctionName, Qualifier } = previous.properties as EventInvokeProperties;
    const { name } = functionReference(FunctionName, context);
    lambdaOf(context).functions.find(name)?.eventInvokeConfigs.delete(Qualifier);
  },
};
