import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { isNamed, LockLost } from '../domain/errors.ts';
import { FAST_PATH_KEY, FastPathRow } from '../domain/fast-path-row.ts';
import type { FastPath } from '../ports/fast-path.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

const KEY = { pk: { S: FAST_PATH_KEY } };

/** The row in the target's own table. */
export const fastPath = (runtime: Runtime, place: Place, TableName: string): FastPath => {
  const dynamo = aws(runtime)(DynamoDBClient, place);
  const lost = (error: unknown, token: number): unknown =>
    isNamed(error, 'ConditionalCheckFailedException')
      ? new LockLost(`the row of ${TableName} was written under a higher token than ${token}`, {
          cause: error,
        })
      : error;

  return {
    read: async () => {
      const { Item } = await dynamo.send(
        new GetItemCommand({ TableName, Key: KEY, ConsistentRead: true }),
      );
      return Item === undefined ? null : FastPathRow.parse(unmarshall(Item));
    },
    write: async (row) => {
      try {
        await dynamo.send(
          new PutItemCommand({
            TableName,
            Item: marshall(row, { removeUndefinedValues: true }),
            ConditionExpression: 'attribute_not_exists(#pk) OR #token <= :token',
            ExpressionAttributeNames: { '#pk': 'pk', '#token': 'token' },
            ExpressionAttributeValues: { ':token': { N: String(row.token) } },
          }),
        );
      } catch (error) {
        throw lost(error, row.token);
      }
    },
    change: async (token, change) => {
      const entries = Object.entries({ token, ...change }).filter(
        ([, value]) => value !== undefined,
      );
      try {
        await dynamo.send(
          new UpdateItemCommand({
            TableName,
            Key: KEY,
            UpdateExpression: `SET ${entries.map(([key]) => `#${key} = :${key}`).join(', ')}`,
            ConditionExpression: '#token <= :now',
            ExpressionAttributeNames: {
              '#token': 'token',
              ...Object.fromEntries(entries.map(([key]) => [`#${key}`, key])),
            },
            ExpressionAttributeValues: {
              ':now': { N: String(token) },
              ...marshall(Object.fromEntries(entries.map(([key, value]) => [`:${key}`, value])), {
                removeUndefinedValues: true,
              }),
            },
          }),
        );
      } catch (error) {
        throw lost(error, token);
      }
    },
    leaveHook: async (rolloutId, hook) => {
      try {
        await dynamo.send(
          new UpdateItemCommand({
            TableName,
            Key: KEY,
            UpdateExpression: 'SET #hook = :hook',
            ConditionExpression: '#rolloutId = :rolloutId AND #phase <> :idle',
            ExpressionAttributeNames: {
              '#hook': 'pendingHook',
              '#rolloutId': 'rolloutId',
              '#phase': 'phase',
            },
            ExpressionAttributeValues: marshall({
              ':hook': hook,
              ':rolloutId': rolloutId,
              ':idle': 'idle',
            }),
          }),
        );
        return true;
      } catch (error) {
        if (isNamed(error, 'ConditionalCheckFailedException')) return false;
        throw error;
      }
    },
  };
};
