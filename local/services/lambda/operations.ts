import type {
  AddPermissionRequest,
  CreateEventSourceMappingRequest,
  CreateFunctionRequest,
  InvocationRequest,
  PutFunctionEventInvokeConfigRequest,
  UpdateEventSourceMappingRequest,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import type { Operation, Place } from '../service.ts';
import { aliasOperations } from './alias-operations.ts';
import { describeConfiguration, describeEventInvokeConfig } from './descriptions.ts';
import { eventInvokeConfig } from './event-invoke-config.ts';
import type { FunctionRecord, FunctionVersion } from './function-record.ts';
import { functionArn, functionReference } from './function-reference.ts';
import { codeFrom, refuseUnsupported, settingsFrom } from './function-settings.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import { resourceNotFound } from './lambda-errors.ts';
import type { Lambda } from './lambda-service.ts';
import { policyStatement } from './policy-statement.ts';
import { reserve } from './reserved-concurrency.ts';

interface FunctionInput {
  readonly FunctionName?: string | undefined;
  readonly Qualifier?: string | undefined;
}

interface Resolved {
  readonly record: FunctionRecord;
  readonly qualifier: string | undefined;
  readonly version: FunctionVersion;
}

/** Finds what the usual two members name; an alias stands for its function version. */
const finder =
  (lambda: Lambda, place: Place) =>
  (input: FunctionInput): Resolved => {
    const { name, qualifier } = functionReference(input.FunctionName, place, input.Qualifier);
    const record = lambda.functions.get(name, qualifier);
    if (qualifier === undefined) return { record, qualifier, version: record.latest };
    const alias = record.aliases.get(qualifier);
    const version = lambda.functions.version(record, alias?.functionVersion ?? qualifier);
    return { record, qualifier, version };
  };

type Find = ReturnType<typeof finder>;

const functionOperations = (
  lambda: Lambda,
  cloud: LambdaCloud,
  place: Place,
  find: Find,
): Record<string, Operation> => ({
  CreateFunction: (input: CreateFunctionRequest) => {
    const name = functionReference(input.FunctionName, place).name;
    const settings = settingsFrom(name, input);
    const code = codeFrom(cloud, input.Code ?? {});
    const record = lambda.functions.create(name, settings, code, false);
    record.tags = { ...input.Tags };
    return describeConfiguration(place, record, record.latest);
  },
  GetFunction: (input: FunctionInput) => {
    const { record, version, qualifier } = find(input);
    const reserved = record.reservedConcurrency;
    return {
      Configuration: describeConfiguration(place, record, version, qualifier),
      Code: { RepositoryType: 'S3', Location: version.code.location },
      ...(Object.keys(record.tags).length === 0 ? {} : { Tags: record.tags }),
      ...(reserved === undefined
        ? {}
        : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
    };
  },
  GetFunctionConfiguration: (input: FunctionInput) => {
    const { record, version, qualifier } = find(input);
    return describeConfiguration(place, record, version, qualifier);
  },
  UpdateFunctionConfiguration: (input: UpdateFunctionConfigurationRequest) => {
    const { record } = find({ FunctionName: input.FunctionName });
    refuseUnsupported(input);
    const settings = settingsFrom(record.name, input, record.latest.settings);
    lambda.functions.update(record, { settings }, { revisionId: input.RevisionId, ready: false });
    return describeConfiguration(place, record, record.latest);
  },
  UpdateFunctionCode: (input: UpdateFunctionCodeRequest) => {
    const { record } = find({ FunctionName: input.FunctionName });
    const { RevisionId: revisionId, DryRun, Publish } = input;
    const code = codeFrom(cloud, input);
    if (DryRun === true) return describeConfiguration(place, record, { ...record.latest, code });
    lambda.functions.update(record, { code }, { revisionId, ready: Publish === true });
    if (Publish !== true) return describeConfiguration(place, record, record.latest);
    const { version } = lambda.functions.publish(record);
    return describeConfiguration(place, record, version);
  },
  DeleteFunction: (input: FunctionInput) => {
    const { name, qualifier } = functionReference(input.FunctionName, place, input.Qualifier);
    lambda.functions.remove(lambda.functions.get(name), qualifier);
    return {};
  },
  ListFunctions: (input: { FunctionVersion?: string }) => ({
    Functions: lambda.functions
      .all()
      .flatMap((record) => [
        describeConfiguration(place, record, record.latest),
        ...(input.FunctionVersion === 'ALL'
          ? [...record.versions.values()].map((one) => describeConfiguration(place, record, one))
          : []),
      ]),
  }),
  TagResource: (input: { Resource?: string; Tags?: Record<string, string> }) => {
    Object.assign(find({ FunctionName: input.Resource }).record.tags, input.Tags);
    return {};
  },
  UntagResource: (input: { Resource?: string; TagKeys?: string[] }) => {
    const { tags } = find({ FunctionName: input.Resource }).record;
    for (const key of input.TagKeys ?? []) delete tags[key];
    return {};
  },
  ListTags: (input: { Resource?: string }) => ({
    Tags: find({ FunctionName: input.Resource }).record.tags,
  }),
});

const invocationOperations = (
  lambda: Lambda,
  cloud: LambdaCloud,
  find: Find,
): Record<string, Operation> => ({
  Invoke: async (input: InvocationRequest, context) => {
    const type = input.InvocationType ?? 'RequestResponse';
    const bytes = input.Payload as Uint8Array | undefined;
    const text = bytes === undefined || bytes.length === 0 ? '{}' : new TextDecoder().decode(bytes);
    const answer = await lambda.invokeText(input.FunctionName, text, {
      principal: context.principal,
      invocationType: type as 'RequestResponse' | 'Event' | 'DryRun',
      qualifier: input.Qualifier,
      clientContext:
        input.ClientContext === undefined
          ? undefined
          : JSON.parse(Buffer.from(input.ClientContext, 'base64').toString()),
    });
    if (answer.kind === 'accepted') return { StatusCode: type === 'DryRun' ? 204 : 202 };
    return {
      StatusCode: 200,
      ExecutedVersion: answer.executedVersion,
      Payload: new TextEncoder().encode(answer.payload),
      ...(answer.functionError === undefined ? {} : { FunctionError: answer.functionError }),
      ...(input.LogType === 'Tail' ? { LogResult: answer.logTail } : {}),
    };
  },
  PutFunctionConcurrency: (input: FunctionInput & { ReservedConcurrentExecutions?: number }) => {
    const { record } = find(input);
    reserve(lambda, record, input.ReservedConcurrentExecutions);
    return { ReservedConcurrentExecutions: record.reservedConcurrency };
  },
  GetFunctionConcurrency: (input: FunctionInput) => {
    const { reservedConcurrency } = find(input).record;
    return reservedConcurrency === undefined
      ? {}
      : { ReservedConcurrentExecutions: reservedConcurrency };
  },
  DeleteFunctionConcurrency: (input: FunctionInput) => {
    find(input).record.reservedConcurrency = undefined;
    return {};
  },
  PutFunctionEventInvokeConfig: (input: PutFunctionEventInvokeConfigRequest) => {
    const { record, qualifier = '$LATEST' } = find(input);
    const config = eventInvokeConfig(input, cloud.clock.now());
    record.eventInvokeConfigs.set(qualifier, config);
    return describeEventInvokeConfig(record, qualifier, config);
  },
  UpdateFunctionEventInvokeConfig: (input: PutFunctionEventInvokeConfigRequest) => {
    const { record, qualifier = '$LATEST' } = find(input);
    const before = record.eventInvokeConfigs.get(qualifier);
    const config = eventInvokeConfig(input, cloud.clock.now(), before);
    record.eventInvokeConfigs.set(qualifier, config);
    return describeEventInvokeConfig(record, qualifier, config);
  },
  GetFunctionEventInvokeConfig: (input: FunctionInput) => {
    const { record, qualifier = '$LATEST' } = find(input);
    const config = record.eventInvokeConfigs.get(qualifier);
    if (config === undefined) {
      throw resourceNotFound(
        `The function ${record.arn}:${qualifier} doesn't have an EventInvokeConfig`,
      );
    }
    return describeEventInvokeConfig(record, qualifier, config);
  },
  DeleteFunctionEventInvokeConfig: (input: FunctionInput) => {
    const { record, qualifier = '$LATEST' } = find(input);
    record.eventInvokeConfigs.delete(qualifier);
    return {};
  },
});

const permissionOperations = (
  lambda: Lambda,
  place: Place,
  find: Find,
): Record<string, Operation> => ({
  AddPermission: (input: AddPermissionRequest) => {
    const { record, qualifier } = find(input);
    const statement = policyStatement(
      {
        statementId: input.StatementId ?? '',
        action: input.Action ?? '',
        principal: input.Principal ?? '',
        sourceArn: input.SourceArn,
        sourceAccount: input.SourceAccount,
        principalOrgId: input.PrincipalOrgID,
        eventSourceToken: input.EventSourceToken,
      },
      functionArn(place, record.name, qualifier),
    );
    lambda.permissions.add(record, qualifier, statement, input.RevisionId);
    return { Statement: JSON.stringify(statement) };
  },
  RemovePermission: (input: FunctionInput & { StatementId?: string; RevisionId?: string }) => {
    const { record, qualifier } = find(input);
    lambda.permissions.remove(record, qualifier, input.StatementId ?? '', input.RevisionId);
    return {};
  },
  GetPolicy: (input: FunctionInput) => {
    const { record, qualifier, version } = find(input);
    const Policy = lambda.permissions.policyOf(record, qualifier);
    if (Policy === undefined) {
      throw resourceNotFound('The resource you requested does not exist.');
    }
    const alias = record.aliases.get(qualifier ?? '');
    return { Policy, RevisionId: alias?.revisionId ?? version.revisionId };
  },
});

const mappingOperations = (lambda: Lambda): Record<string, Operation> => {
  const { mappings } = lambda;
  return {
    CreateEventSourceMapping: (input: CreateEventSourceMappingRequest) =>
      mappings.describe(mappings.create(input)),
    GetEventSourceMapping: (input: { UUID?: string }) =>
      mappings.describe(mappings.get(input.UUID)),
    UpdateEventSourceMapping: ({ UUID, ...change }: UpdateEventSourceMappingRequest) => {
      const mapping = mappings.get(UUID);
      mappings.update(mapping, change);
      return mappings.describe(mapping);
    },
    DeleteEventSourceMapping: (input: { UUID?: string }) => {
      const mapping = mappings.get(input.UUID);
      const described = mappings.describe(mapping);
      mappings.remove(mapping);
      return { ...described, State: 'Deleting' };
    },
    ListEventSourceMappings: (input: { EventSourceArn?: string; FunctionName?: string }) => ({
      EventSourceMappings: mappings
        .all()
        .filter(
          ({ input: one }) => (input.EventSourceArn ?? one.EventSourceArn) === one.EventSourceArn,
        )
        .filter(
          ({ input: one }) =>
            input.FunctionName === undefined ||
            mappings.arnOf({ FunctionName: input.FunctionName }) === mappings.arnOf(one),
        )
        .map((mapping) => mappings.describe(mapping)),
    }),
  };
};

/** The API of Lambda over one account and Region. */
export const lambdaOperations = (
  lambda: Lambda,
  cloud: LambdaCloud,
  place: Place,
): Record<string, Operation> => {
  const find = finder(lambda, place);
  return {
    ...functionOperations(lambda, cloud, place, find),
    ...aliasOperations(lambda, place),
    ...invocationOperations(lambda, cloud, find),
    ...permissionOperations(lambda, place, find),
    ...mappingOperations(lambda),
  };
};
