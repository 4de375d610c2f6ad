import { AwsError } from '../aws-error.ts';
import type { Queue } from './queue.ts';

/** Refuses a dead-letter queue that is not there, of another kind, or that does not permit the source. */
export const checkDeadLetterQueue = (
  source: Queue,
  target: Queue | undefined,
  redrivePolicy: string,
): void => {
  const bad = (why: string): AwsError =>
    new AwsError(
      'InvalidParameterValue',
      `Value ${redrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${why}`,
    );
  if (target === undefined) throw bad('Dead letter target does not exist.');
  if (target.isFifo !== source.isFifo) {
    throw bad('Dead-letter queue must be same type of queue as the source.');
  }
  const allowed = JSON.parse(target.attributes['RedriveAllowPolicy'] ?? '{}') as {
    redrivePermission?: string;
    sourceQueueArns?: string[];
  };
  const refused =
    allowed.redrivePermission === 'denyAll' ||
    (allowed.redrivePermission === 'byQueue' && !allowed.sourceQueueArns?.includes(source.arn));
  if (refused) {
    throw bad('Redrive allow policy of the dead-letter queue does not permit this source.');
  }
};
