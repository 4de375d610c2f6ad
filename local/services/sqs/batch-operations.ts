import type {
  ChangeMessageVisibilityBatchRequest,
  DeleteMessageBatchRequest,
  SendMessageBatchRequest,
} from '@aws-sdk/client-sqs';
import { AwsError } from '../aws-error.ts';
import type { Operation } from '../service.ts';
import { sizeOf } from './message.ts';
import { newMessage, sentAnswer } from './sending.ts';
import type { Sqs } from './sqs-service.ts';

const BATCH_BYTES = 1_048_576;

interface Entry {
  readonly Id?: string | undefined;
}

const checkEntries = (entries: readonly Entry[]): void => {
  if (entries.length === 0) {
    throw new AwsError(
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    );
  }
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  for (const { Id = '' } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (ids.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    ids.add(Id);
  }
};

/** Does each entry for itself: what fails is answered beside what went well. */
const each = <E extends Entry, A extends object>(entries: readonly E[], act: (entry: E) => A) => {
  checkEntries(entries);
  const Successful: (A & { Id: string })[] = [];
  const Failed: { Id: string; SenderFault: boolean; Code: string; Message: string }[] = [];
  for (const entry of entries) {
    const Id = entry.Id ?? '';
    try {
      Successful.push({ Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, SenderFault: true, Code: error.name, Message: error.message });
    }
  }
  return { Successful, Failed };
};

/** The batch forms of SQS's operations. */
export const batchOperations = (sqs: Sqs): Record<string, Operation> => ({
  SendMessageBatch: (input: SendMessageBatchRequest, context) => {
    const queue = sqs.queue(input.QueueUrl);
    const entries = input.Entries ?? [];
    const bytes = entries.reduce((sum, entry) => sum + sizeOf(newMessage(entry, context)), 0);
    if (bytes > BATCH_BYTES) {
      throw new AwsError(
        'BatchRequestTooLong',
        `Batch requests cannot be longer than ${BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
      );
    }
    return each(entries, (entry) => sentAnswer(queue.send(newMessage(entry, context))));
  },
  DeleteMessageBatch: (input: DeleteMessageBatchRequest) => {
    const queue = sqs.queue(input.QueueUrl);
    return each(input.Entries ?? [], (entry) => {
      queue.delete(entry.ReceiptHandle ?? '');
      return {};
    });
  },
  ChangeMessageVisibilityBatch: (input: ChangeMessageVisibilityBatchRequest) => {
    const queue = sqs.queue(input.QueueUrl);
    return each(input.Entries ?? [], (entry) => {
      queue.changeVisibility(entry.ReceiptHandle ?? '', entry.VisibilityTimeout ?? 0);
      return {};
    });
  },
});
