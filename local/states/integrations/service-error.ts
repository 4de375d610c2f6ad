import type { CloudContext } from '../../services/service.ts';
import { StateFailure } from '../errors.ts';

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** An error that a service gave, as far as both forms need it. */
const told = (error: unknown): { name: string; message: string; status: number } => {
  const { name, message, $metadata } = error as Thrown;
  return {
    name: name ?? 'InternalFailure',
    message: message ?? String(error),
    status: $metadata?.httpStatusCode ?? 500,
  };
};

/** Errors that any request may meet and that few services have in their models. */
const general: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'InternalFailure',
  'InvalidClientTokenId',
  'NotImplemented',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'UnrecognizedClientException',
  'ValidationError',
  'ValidationException',
]);

/** Which of these are in a service's model all the same. */
const modelled: Readonly<Record<string, readonly string[]>> = {
  codedeploy: ['ThrottlingException'],
  cloudwatchlogs: ['AccessDeniedException', 'ThrottlingException', 'ValidationException'],
  ecr: ['ValidationException'],
  eks: ['AccessDeniedException', 'ThrottlingException'],
  inspector2: ['AccessDeniedException', 'ThrottlingException', 'ValidationException'],
  scheduler: ['ThrottlingException', 'ValidationException'],
  sfn: ['ValidationException'],
};

const isModelled = (service: string, name: string): boolean =>
  !general.has(name) || (modelled[service]?.includes(name) ?? false);

/** `QueueDoesNotExist` and `DBClusterNotFoundFault` are exceptions by another name. */
const exceptionName = (name: string): string =>
  name.endsWith('Exception') ? name : `${name.replace(/Fault$/, '')}Exception`;

/** An optimized integration's words: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
export interface OptimizedNames {
  /** What errors begin with: `Lambda`, `DynamoDB`. */
  readonly prefix: string;
  /** What causes name: `AWSLambda`, `AmazonDynamoDBv2`. */
  readonly service: string;
  /** What an error is called that the service's model lacks: `AWSLambdaException`. */
  readonly fallback: string;
}

/** A failure of an optimized integration. */
export const optimizedFailure = (
  error: unknown,
  service: string,
  names: OptimizedNames,
  cloud: CloudContext,
): StateFailure => {
  if (error instanceof StateFailure) return error;
  const { name, message, status } = told(error);
  const known = isModelled(service, name) ? exceptionName(name) : names.fallback;
  return new StateFailure(
    `${names.prefix}.${known}`,
    `${message} (Service: ${names.service}; Status Code: ${status}; Error Code: ${name}; Request ID: ${cloud.uuid()}; Proxy: null)`,
  );
};

/** A failure of an `aws-sdk:` integration. */
export const sdkFailure = (
  error: unknown,
  service: string,
  sdkName: string,
  cloud: CloudContext,
): StateFailure => {
  if (error instanceof StateFailure) return error;
  const { name, message, status } = told(error);
  const known = isModelled(service, name) ? exceptionName(name) : `${sdkName}Exception`;
  return new StateFailure(
    `${sdkName}.${known}`,
    `${message} (Service: ${sdkName}, Status Code: ${status}, Request ID: ${cloud.uuid()})`,
  );
};
