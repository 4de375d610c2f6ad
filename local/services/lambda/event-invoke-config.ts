import { checkDestination } from './destinations.ts';
import type { EventInvokeConfig } from './function-record.ts';
import { invalidParameter } from './lambda-errors.ts';

/** What the API and CloudFormation say about asynchronous invocations. */
export interface EventInvokeInput {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
  readonly DestinationConfig?:
    | {
        readonly OnSuccess?: { readonly Destination?: string | undefined } | undefined;
        readonly OnFailure?: { readonly Destination?: string | undefined } | undefined;
      }
    | undefined;
}

/** `before` changed by `input`. */
export const eventInvokeConfig = (
  input: EventInvokeInput,
  now: number,
  before?: EventInvokeConfig,
): EventInvokeConfig => {
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age, DestinationConfig } = input;
  if (retries !== undefined && ![0, 1, 2].includes(Number(retries))) {
    throw invalidParameter(`MaximumRetryAttempts must be between 0 and 2, got ${retries}`);
  }
  if (age !== undefined && !(Number(age) >= 60 && Number(age) <= 21_600)) {
    throw invalidParameter(`MaximumEventAgeInSeconds must be between 60 and 21600, got ${age}`);
  }
  const onSuccess = DestinationConfig?.OnSuccess?.Destination ?? before?.onSuccess;
  const onFailure = DestinationConfig?.OnFailure?.Destination ?? before?.onFailure;
  checkDestination(onSuccess);
  checkDestination(onFailure);
  return {
    maximumRetryAttempts: retries === undefined ? before?.maximumRetryAttempts : Number(retries),
    maximumEventAgeInSeconds: age === undefined ? before?.maximumEventAgeInSeconds : Number(age),
    onSuccess,
    onFailure,
    lastModified: now,
  };
};
