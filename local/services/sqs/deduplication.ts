import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { NewMessage, StoredMessage } from './message.ts';
import type { QueueSettings } from './queue-attributes.ts';

const WINDOW = 5 * 60_000;

/** What makes a message of a FIFO queue the same as another: the id given, or the digest of its content. */
export const deduplicationIdOf = (message: NewMessage, settings: QueueSettings): string => {
  if (message.deduplicationId !== undefined) return message.deduplicationId;
  if (settings.contentBasedDeduplication) {
    return createHash('sha256').update(message.body).digest('hex');
  }
  throw new AwsError(
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
};

const keyOf = (
  groupId: string | undefined,
  id: string,
  { deduplicationScope }: QueueSettings,
): string => (deduplicationScope === 'messageGroup' ? `${groupId} ${id}` : id);

/** The messages of a FIFO queue that were sent in the last five minutes, deleted ones included. */
export class RecentMessages {
  readonly #messages = new Map<string, { message: StoredMessage; until: number }>();

  /** The message that was taken in instead of this one. */
  find(
    message: NewMessage,
    id: string | undefined,
    settings: QueueSettings,
    now: number,
  ): StoredMessage | undefined {
    if (id === undefined) return undefined;
    this.#forget(now);
    return this.#messages.get(keyOf(message.groupId, id, settings))?.message;
  }

  remember(message: StoredMessage, settings: QueueSettings, now: number): void {
    if (message.deduplicationId === undefined) return;
    const key = keyOf(message.groupId, message.deduplicationId, settings);
    this.#messages.set(key, { message, until: now + WINDOW });
  }

  #forget(now: number): void {
    for (const [key, { until }] of this.#messages) {
      if (until > now) return;
      this.#messages.delete(key);
    }
  }
}
