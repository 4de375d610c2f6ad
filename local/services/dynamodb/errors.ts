import { AwsError } from '../aws-error.ts';

/** An item as errors carry it. */
type Carried = Readonly<Record<string, unknown>>;

/** A request that DynamoDB refuses before looking at any item. */
export const validation = (message: string): AwsError =>
  new AwsError('ValidationException', message);

/** A value outside the bounds of the API model, in the words of the service's front end. */
export const constraint = (value: string, member: string, rule: string): AwsError =>
  validation(
    `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${rule}`,
  );

/** A request field whose effect the local cloud does not have. */
export const unsupportedField = (operation: string, field: string): AwsError =>
  new AwsError(
    'NotImplemented',
    `the local cloud does not do dynamodb:${operation} with ${field}`,
    {
      status: 501,
    },
  );

/** The condition of a single write did not hold; `item` is there if the caller asked for it. */
export const conditionalCheckFailed = (item?: Carried): AwsError =>
  new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
    members: item === undefined ? {} : { Item: item },
  });

/** No such table, as the data plane says it. */
export const resourceNotFound = (detail?: string): AwsError =>
  new AwsError(
    'ResourceNotFoundException',
    detail === undefined
      ? 'Requested resource not found'
      : `Requested resource not found: ${detail}`,
  );

/** The table is being changed, or is there already. */
export const resourceInUse = (message: string): AwsError =>
  new AwsError('ResourceInUseException', message);

/** Why one action of a transaction was cancelled; `None` for the innocent ones. */
export interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Carried;
}

/** A transaction that did nothing, with one reason per action in the request's order. */
export const transactionCanceled = (reasons: readonly CancellationReason[]): AwsError =>
  new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons
      .map((reason) => reason.Code)
      .join(', ')}]`,
    { members: { CancellationReasons: reasons } },
  );
