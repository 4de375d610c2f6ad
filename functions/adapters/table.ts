import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { z } from 'zod';
import { ConfigurationMissing, isNamed, TransientFailure } from '../domain/errors.ts';
import type { Key, Range } from '../domain/ledger-keys.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Assume, aws } from './aws.ts';

type Item = Record<string, unknown>;

/** A condition in DynamoDB's words; `#name` and `:value` as there. */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** One write of a transaction. */
export type Write =
  | { readonly put: Key; readonly item: Item; readonly when?: Condition }
  | { readonly remove: Key; readonly when?: Condition };

/** Nothing is there yet. */
export const ABSENT: Condition = { expression: 'attribute_not_exists(pk)' };

const marshalled = (item: Item): Record<string, AttributeValue> =>
  marshall(item, { removeUndefinedValues: true });

const conditionOf = (when: Condition | undefined) =>
  when === undefined
    ? {}
    : {
        ConditionExpression: when.expression,
        ...(when.names === undefined ? {} : { ExpressionAttributeNames: { ...when.names } }),
        ...(when.values === undefined
          ? {}
          : { ExpressionAttributeValues: marshalled({ ...when.values }) }),
      };

const itemOf = (table: string, write: Write): TransactWriteItem =>
  'put' in write
    ? {
        Put: {
          TableName: table,
          Item: marshalled({ ...write.item, ...write.put }),
          ...conditionOf(write.when),
        },
      }
    : {
        Delete: {
          TableName: table,
          Key: marshalled({ ...write.remove }),
          ...conditionOf(write.when),
        },
      };

/** Reads a record by its schema; one that does not fit is a ledger of another version. */
const parsed = <S extends z.ZodType>(schema: S, item: Item): z.output<S> => {
  const result = schema.safeParse(item);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ConfigurationMissing(
    `the ledger's row ${String(item['pk'])} / ${String(item['sk'])} can't be read: ${issue?.path.join('.')}: ${issue?.message}`,
    { cause: result.error },
  );
};

/** Which of the transaction's conditions did not hold; throws what is not about conditions. */
const refusedBy = (error: unknown): number[] => {
  const cause = error instanceof TransientFailure ? error.cause : error;
  if (!isNamed(cause, 'TransactionCanceledException')) throw error;
  const reasons = (cause as TransactionCanceledException).CancellationReasons ?? [];
  const refused = reasons.flatMap(({ Code }, index) =>
    Code === 'ConditionalCheckFailed' ? [index] : [],
  );
  if (refused.length > 0) return refused;
  const codes = reasons.map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
  throw new TransientFailure(`the ledger's transaction met another one: ${codes.join(', ')}`, {
    cause,
  });
};

/** The table as rows with schemas: strongly consistent reads, writes under conditions. */
export const table = (
  runtime: Runtime,
  name: string,
  away: { readonly region?: string; readonly role?: Assume } = {},
) => {
  const client = aws(runtime)(DynamoDBClient, away);

  const get = async <S extends z.ZodType>(schema: S, key: Key): Promise<z.output<S> | null> => {
    const { Item } = await client.send(
      new GetItemCommand({
        TableName: name,
        Key: marshalled({ ...key }),
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? null : parsed(schema, unmarshall(Item));
  };

  const list = async <S extends z.ZodType>(
    schema: S,
    { pk, prefix }: Range,
    newestFirst: 'newestFirst' | 'oldestFirst' = 'oldestFirst',
  ): Promise<z.output<S>[]> => {
    const found: z.output<S>[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: name,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: marshalled({ ':pk': pk, ':prefix': prefix }),
          ConsistentRead: true,
          ScanIndexForward: newestFirst === 'oldestFirst',
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      found.push(...(page.Items ?? []).map((item) => parsed(schema, unmarshall(item))));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return found;
  };

  /** Writes all or nothing; answers the indexes of the writes whose conditions did not hold (none: written). */
  const write = async (...writes: Write[]): Promise<number[]> => {
    try {
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: writes.map((one) => itemOf(name, one)),
        }),
      );
      return [];
    } catch (error) {
      return refusedBy(error);
    }
  };

  return { get, list, write };
};

export type Table = ReturnType<typeof table>;
