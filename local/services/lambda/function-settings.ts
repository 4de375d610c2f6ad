import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { notImplemented } from '../aws-error.ts';
import { checkDestination } from './destinations.ts';
import type { FunctionCode, FunctionSettings } from './function-record.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import { invalidParameter } from './lambda-errors.ts';

/** The configuration fields that the API and CloudFormation share, by their common names. */
export interface SettingsInput {
  readonly Runtime?: string | undefined;
  readonly Handler?: string | undefined;
  readonly Role?: string | undefined;
  readonly Description?: string | undefined;
  readonly Timeout?: number | string | undefined;
  readonly MemorySize?: number | string | undefined;
  readonly Environment?:
    | { readonly Variables?: Readonly<Record<string, unknown>> | undefined }
    | undefined;
  readonly DeadLetterConfig?: { readonly TargetArn?: string | undefined } | undefined;
  readonly TracingConfig?: { readonly Mode?: string | undefined } | undefined;
  readonly LoggingConfig?:
    | {
        readonly LogGroup?: string | undefined;
        readonly LogFormat?: string | undefined;
        readonly ApplicationLogLevel?: string | undefined;
        readonly SystemLogLevel?: string | undefined;
      }
    | undefined;
  readonly Architectures?: readonly string[] | undefined;
  readonly EphemeralStorage?: { readonly Size?: number | undefined } | undefined;
  readonly VpcConfig?:
    | {
        readonly SubnetIds?: readonly string[] | undefined;
        readonly SecurityGroupIds?: readonly string[] | undefined;
      }
    | undefined;
  readonly KmsKeyArn?: string | undefined;
  readonly KMSKeyArn?: string | undefined;
}

const UNSUPPORTED = [
  'FileSystemConfigs',
  'ImageConfig',
  'CodeSigningConfigArn',
  'DurableConfig',
  'CapacityProviderConfig',
  'TenancyConfig',
];

/** Refuses by name what would change how a function behaves and is not imitated. */
export const refuseUnsupported = (input: object): void => {
  const given = input as Readonly<Record<string, unknown>>;
  const unsupported = UNSUPPORTED.find((name) => given[name] !== undefined);
  if (unsupported !== undefined) throw notImplemented('lambda', `a function with ${unsupported}`);
  const layers = (given['Layers'] ?? []) as readonly unknown[];
  if (layers.length > 0)
    throw notImplemented('lambda', `a function with layers (${layers.join(', ')})`);
  if (given['PackageType'] === 'Image') throw notImplemented('lambda', 'a function from an image');
  const snapStart = given['SnapStart'] as { ApplyOn?: string } | undefined;
  if (snapStart?.ApplyOn === 'PublishedVersions') throw notImplemented('lambda', 'SnapStart');
};

const defaultsOf = (name: string): FunctionSettings => ({
  runtime: '',
  handler: '',
  role: '',
  description: '',
  timeout: 3,
  memorySize: 128,
  environment: {},
  deadLetterTargetArn: undefined,
  tracingMode: 'PassThrough',
  logGroup: `/aws/lambda/${name}`,
  logFormat: 'Text',
  applicationLogLevel: undefined,
  systemLogLevel: undefined,
  architectures: ['x86_64'],
  ephemeralStorage: 512,
  kmsKeyArn: undefined,
  vpcConfig: undefined,
});

const environmentFrom = ({ Environment }: SettingsInput): Record<string, string> | undefined => {
  if (Environment === undefined) return undefined;
  const variables = Object.entries(Environment.Variables ?? {});
  return Object.fromEntries(variables.map(([name, value]) => [name, String(value)]));
};

type LoggingSettings = Pick<
  FunctionSettings,
  'logGroup' | 'logFormat' | 'applicationLogLevel' | 'systemLogLevel'
>;

const loggingFrom = (
  { LoggingConfig: given }: SettingsInput,
  before: LoggingSettings,
): LoggingSettings => ({
  logGroup: given?.LogGroup ?? before.logGroup,
  logFormat: given?.LogFormat === undefined ? before.logFormat : formatOf(given.LogFormat),
  applicationLogLevel: given?.ApplicationLogLevel ?? before.applicationLogLevel,
  systemLogLevel: given?.SystemLogLevel ?? before.systemLogLevel,
});

const formatOf = (format: string): 'Text' | 'JSON' => (format === 'JSON' ? 'JSON' : 'Text');

/** `before`, or the defaults of a new function, changed by what `input` gives. */
export const settingsFrom = (
  name: string,
  input: SettingsInput,
  before: FunctionSettings = defaultsOf(name),
): FunctionSettings => {
  refuseUnsupported(input);
  const deadLetters = input.DeadLetterConfig?.TargetArn;
  checkDestination(deadLetters || undefined);
  return {
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler ?? before.handler,
    role: input.Role ?? before.role,
    description: input.Description ?? before.description,
    timeout: Number(input.Timeout ?? before.timeout),
    memorySize: Number(input.MemorySize ?? before.memorySize),
    environment: environmentFrom(input) ?? before.environment,
    // An empty target takes the dead-letter queue away.
    deadLetterTargetArn:
      deadLetters === undefined ? before.deadLetterTargetArn : deadLetters || undefined,
    tracingMode: input.TracingConfig?.Mode ?? before.tracingMode,
    ...loggingFrom(input, before),
    architectures: input.Architectures ?? before.architectures,
    ephemeralStorage: input.EphemeralStorage?.Size ?? before.ephemeralStorage,
    kmsKeyArn: input.KmsKeyArn ?? input.KMSKeyArn ?? before.kmsKeyArn,
    vpcConfig:
      input.VpcConfig === undefined
        ? before.vpcConfig
        : {
            subnetIds: input.VpcConfig.SubnetIds ?? [],
            securityGroupIds: input.VpcConfig.SecurityGroupIds ?? [],
          },
  };
};

/** Where code may come from: an asset in S3, or text that CloudFormation takes inline. */
export interface CodeInput {
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
  readonly S3ObjectVersion?: string | undefined;
  readonly ZipFile?: string | Uint8Array | undefined;
  readonly ImageUri?: string | undefined;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

/** Finds the code that `input` points to. */
export const codeFrom = (cloud: LambdaCloud, input: CodeInput): FunctionCode => {
  if (input.ImageUri !== undefined) throw notImplemented('lambda', 'code from an image (ImageUri)');
  if (input.S3ObjectVersion !== undefined)
    throw notImplemented('lambda', 'code from an S3ObjectVersion');
  if (typeof input.ZipFile === 'string') {
    const inline = input.ZipFile;
    return { sha256: sha256(inline), size: inline.length, source: { inline }, location: 'inline' };
  }
  if (input.ZipFile !== undefined) {
    throw notImplemented('lambda', 'code from the bytes of a ZIP file; give S3Bucket and S3Key');
  }
  const { S3Bucket, S3Key } = input;
  if (S3Bucket === undefined || S3Key === undefined) {
    throw invalidParameter('Please provide a source for function code.');
  }
  const directory = cloud.asset?.(S3Bucket, S3Key);
  if (directory === undefined) {
    throw invalidParameter(
      'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
    );
  }
  const location = `https://${S3Bucket}.s3.amazonaws.com/${S3Key}`;
  // An asset's key is the hash of its content.
  return {
    sha256: sha256(`${S3Bucket}/${S3Key}`),
    size: statSync(directory).size,
    source: { directory },
    location,
  };
};
