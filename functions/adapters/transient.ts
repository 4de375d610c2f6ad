/** Names by which AWS says: too much, too soon. Nothing was done. */
const THROTTLED: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'BandwidthLimitExceeded',
  'SlowDown',
  'PriorRequestNotComplete',
]);

/** Names by which AWS says that it is its own fault, or that two calls met. */
const PASSING: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'InternalServerException',
  'InternalServiceError',
  'ServiceException',
  'ServerException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'RequestTimeout',
  'RequestTimeoutException',
  'TransactionConflictException',
  'TransactionInProgressException',
  'KMSThrottlingException',
  'KmsThrottledException',
]);

const BROKEN_CONNECTION: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

interface AwsLike {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const nameOf = (error: unknown): string => text((error as AwsLike | null)?.name);
const statusOf = (error: unknown): number =>
  (error as AwsLike | null)?.$metadata?.httpStatusCode ?? 0;

/** Says whether AWS refused for its limits: then the call did nothing and may be made again. */
export const throttled = (error: unknown): boolean =>
  THROTTLED.has(nameOf(error)) || statusOf(error) === 429;

/** Says whether a call ended without an answer that can be believed: it may have happened. */
export const unanswered = (error: unknown): boolean =>
  PASSING.has(nameOf(error)) ||
  nameOf(error) === 'TimeoutError' ||
  BROKEN_CONNECTION.has(text((error as AwsLike | null)?.code)) ||
  statusOf(error) >= 500;

/** Says whether trying again later is right. */
export const transient = (error: unknown): boolean => throttled(error) || unanswered(error);
