/** What of a function can be configured; a version is a frozen copy. */
export interface FunctionSettings {
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  readonly description: string;
  /** Seconds. */
  readonly timeout: number;
  /** MB. */
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly deadLetterTargetArn: string | undefined;
  readonly tracingMode: string;
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  readonly applicationLogLevel: string | undefined;
  readonly systemLogLevel: string | undefined;
  readonly architectures: readonly string[];
  readonly ephemeralStorage: number;
  readonly kmsKeyArn: string | undefined;
  readonly vpcConfig:
    | { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] }
    | undefined;
}

/** Code: a directory on disk, or a text given inline. */
export interface FunctionCode {
  readonly sha256: string;
  readonly size: number;
  readonly source: { readonly directory: string } | { readonly inline: string };
  /** Where it was taken from, as GetFunction tells it. */
  readonly location: string;
}

/** `$LATEST` or a published version. */
export interface FunctionVersion {
  readonly version: string;
  readonly settings: FunctionSettings;
  readonly code: FunctionCode;
  readonly description: string;
  readonly revisionId: string;
  readonly lastModified: string;
}

/** A name for a version, or for two of them by weight. */
export interface FunctionAlias {
  readonly name: string;
  readonly functionVersion: string;
  readonly description: string;
  readonly additionalVersionWeights: Readonly<Record<string, number>>;
  readonly revisionId: string;
}

/** What happens with asynchronous invocations. */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number | undefined;
  readonly maximumEventAgeInSeconds: number | undefined;
  readonly onSuccess: string | undefined;
  readonly onFailure: string | undefined;
  readonly lastModified: number;
}

/** A statement of a function's resource policy. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly [element: string]: unknown;
}

/** A function with all that belongs to it. */
export interface FunctionRecord {
  readonly name: string;
  readonly arn: string;
  latest: FunctionVersion;
  /** What invocations of `$LATEST` run: the version before, while an update is in progress. */
  serving: FunctionVersion;
  state: 'Pending' | 'Active';
  lastUpdateStatus: 'Successful' | 'InProgress';
  readonly versions: Map<string, FunctionVersion>;
  readonly aliases: Map<string, FunctionAlias>;
  /** By qualifier; the function itself is `''`. */
  readonly policies: Map<string, PolicyStatement[]>;
  /** By qualifier; the function itself is `$LATEST`. */
  readonly eventInvokeConfigs: Map<string, EventInvokeConfig>;
  lastPublished: { readonly version: string; readonly fingerprint: string } | undefined;
  reservedConcurrency: number | undefined;
  running: number;
  tags: Record<string, string>;
}
