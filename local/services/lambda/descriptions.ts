import type { Place } from '../service.ts';
import type {
  EventInvokeConfig,
  FunctionAlias,
  FunctionRecord,
  FunctionVersion,
} from './function-record.ts';
import { functionArn } from './function-reference.ts';

/** A function or version as `FunctionConfiguration` tells it. */
export const describeConfiguration = (
  place: Place,
  record: FunctionRecord,
  version: FunctionVersion,
  qualifier?: string,
) => {
  const { settings, code } = version;
  const isLatest = version.version === '$LATEST';
  return {
    FunctionName: record.name,
    FunctionArn: functionArn(
      place,
      record.name,
      isLatest ? qualifier : (qualifier ?? version.version),
    ),
    Runtime: settings.runtime,
    Role: settings.role,
    Handler: settings.handler,
    CodeSize: code.size,
    Description: version.description,
    Timeout: settings.timeout,
    MemorySize: settings.memorySize,
    LastModified: version.lastModified,
    CodeSha256: code.sha256,
    Version: version.version,
    ...(settings.vpcConfig === undefined
      ? {}
      : {
          VpcConfig: {
            SubnetIds: settings.vpcConfig.subnetIds,
            SecurityGroupIds: settings.vpcConfig.securityGroupIds,
          },
        }),
    ...(settings.deadLetterTargetArn === undefined
      ? {}
      : { DeadLetterConfig: { TargetArn: settings.deadLetterTargetArn } }),
    ...(Object.keys(settings.environment).length === 0
      ? {}
      : { Environment: { Variables: settings.environment } }),
    ...(settings.kmsKeyArn === undefined ? {} : { KMSKeyArn: settings.kmsKeyArn }),
    TracingConfig: { Mode: settings.tracingMode },
    RevisionId: version.revisionId,
    State: isLatest ? record.state : 'Active',
    LastUpdateStatus: isLatest ? record.lastUpdateStatus : 'Successful',
    PackageType: 'Zip',
    Architectures: settings.architectures,
    EphemeralStorage: { Size: settings.ephemeralStorage },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: {
      LogFormat: settings.logFormat,
      LogGroup: settings.logGroup,
      ...(settings.applicationLogLevel === undefined
        ? {}
        : { ApplicationLogLevel: settings.applicationLogLevel }),
      ...(settings.systemLogLevel === undefined ? {} : { SystemLogLevel: settings.systemLogLevel }),
    },
  };
};

/** An alias as the API tells it. */
export const describeAlias = (record: FunctionRecord, alias: FunctionAlias) => ({
  AliasArn: `${record.arn}:${alias.name}`,
  Name: alias.name,
  FunctionVersion: alias.functionVersion,
  Description: alias.description,
  ...(Object.keys(alias.additionalVersionWeights).length === 0
    ? {}
    : { RoutingConfig: { AdditionalVersionWeights: alias.additionalVersionWeights } }),
  RevisionId: alias.revisionId,
});

/** An asynchronous invocation's configuration as the API tells it. */
export const describeEventInvokeConfig = (
  record: FunctionRecord,
  qualifier: string,
  config: EventInvokeConfig,
) => ({
  FunctionArn: `${record.arn}:${qualifier}`,
  LastModified: new Date(config.lastModified),
  ...(config.maximumRetryAttempts === undefined
    ? {}
    : { MaximumRetryAttempts: config.maximumRetryAttempts }),
  ...(config.maximumEventAgeInSeconds === undefined
    ? {}
    : { MaximumEventAgeInSeconds: config.maximumEventAgeInSeconds }),
  DestinationConfig: {
    OnSuccess: config.onSuccess === undefined ? {} : { Destination: config.onSuccess },
    OnFailure: config.onFailure === undefined ? {} : { Destination: config.onFailure },
  },
});
