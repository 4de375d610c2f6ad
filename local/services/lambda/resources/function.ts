import { isDeepStrictEqual } from 'node:util';
import type { ResourceContext, ResourceProvider } from '../../service.ts';
import type { FunctionRecord } from '../function-record.ts';
import {
  type CodeInput,
  codeFrom,
  type SettingsInput,
  settingsFrom,
} from '../function-settings.ts';
import type { Lambda } from '../lambda-service.ts';
import { reserve } from '../reserved-concurrency.ts';

interface FunctionProperties extends SettingsInput {
  readonly FunctionName?: string;
  readonly Code: CodeInput;
  readonly ReservedConcurrentExecutions?: number | string;
  readonly Tags?: readonly { Key: string; Value: string }[];
}

/** Lambda of the place that a stack is deployed to. */
export const lambdaOf = (context: ResourceContext): Lambda =>
  context.cloud.service<Lambda>('lambda', context);

const settle = (lambda: Lambda, record: FunctionRecord, properties: FunctionProperties): void => {
  const reserved = properties.ReservedConcurrentExecutions;
  reserve(lambda, record, reserved === undefined ? undefined : Number(reserved));
  record.tags = Object.fromEntries((properties.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
};

const stateOf = (record: FunctionRecord) => ({
  physicalId: record.name,
  attributes: { Arn: record.arn },
});

/** `AWS::Lambda::Function`. */
export const functionResource: ResourceProvider = {
  create(properties: FunctionProperties, context) {
    const lambda = lambdaOf(context);
    const room = 64 - 13 - context.stackName.length - 1;
    const generated = `${context.stackName}-${context.logicalId.slice(0, Math.max(1, room))}`.slice(
      0,
      51,
    );
    const name = properties.FunctionName ?? `${generated}-${context.cloud.token(12)}`;
    const settings = settingsFrom(name, properties);
    const code = codeFrom(context.cloud, properties.Code);
    const record = lambda.functions.create(name, settings, code, true);
    settle(lambda, record, properties);
    return stateOf(record);
  },
  update(properties: FunctionProperties, previous, context) {
    const before = previous.properties as FunctionProperties;
    if (properties.FunctionName !== before.FunctionName) {
      return functionResource.create(properties, context);
    }
    const lambda = lambdaOf(context);
    const record = lambda.functions.get(previous.physicalId);
    const settings = settingsFrom(record.name, properties);
    // CloudFormation writes what changed in the template, so variables that others set stay while their property does.
    // https://github.com/serverless/serverless/issues/6956
    const sameEnvironment = isDeepStrictEqual(properties.Environment, before.Environment);
    const { environment } = sameEnvironment ? record.latest.settings : settings;
    const change = {
      settings: { ...settings, environment },
      code: codeFrom(context.cloud, properties.Code),
    };
    lambda.functions.update(record, change, { ready: true });
    settle(lambda, record, properties);
    return stateOf(record);
  },
  remove(previous, context) {
    const lambda = lambdaOf(context);
    const record = lambda.functions.find(previous.physicalId);
    if (record !== undefined) lambda.functions.remove(record);
  },
};
