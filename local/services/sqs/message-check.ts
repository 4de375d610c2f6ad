import { AwsError } from '../aws-error.ts';
import { type NewMessage, sizeOf } from './message.ts';
import type { QueueSettings } from './queue-attributes.ts';

const invalidDelay = (delay: number, why: string): AwsError =>
  new AwsError(
    'InvalidParameterValue',
    `Value ${delay} for parameter DelaySeconds is invalid. Reason: ${why}`,
  );

const missing = (parameter: string): AwsError =>
  new AwsError('MissingParameter', `The request must contain the parameter ${parameter}.`);

/** Refuses a message that SQS refuses. */
export const checkMessage = (
  message: NewMessage,
  { maximumMessageSize }: QueueSettings,
  isFifo: boolean,
): void => {
  if (message.body === '') throw missing('MessageBody');
  if (sizeOf(message) > maximumMessageSize) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maximumMessageSize} bytes.`,
    );
  }
  const delay = message.delaySeconds ?? 0;
  if (!(delay >= 0 && delay <= 900)) {
    throw invalidDelay(delay, 'DelaySeconds must be >= 0 and <= 900.');
  }
  if (!isFifo) return;
  if (message.groupId === undefined) throw missing('MessageGroupId');
  if (delay !== 0) {
    throw invalidDelay(
      delay,
      'The request include parameter that is not valid for this queue type.',
    );
  }
};
