import { beforeEach, describe, expect, it } from 'vitest';
import { dynamodbWorld, THINGS } from './dynamodb-world.ts';

const KEY = (sk: string) => ({ pk: { S: 'p' }, sk: { S: sk } });
const ONE = { ':one': { N: '1' } };
let world: ReturnType<typeof dynamodbWorld>;
const read = async (sk: string) =>
  (await world.call('GetItem', { TableName: 'things', Key: KEY(sk) })).Item;
const put = (sk: string, n: string, extra: object = {}) => ({
  Put: { TableName: 'things', Item: { ...KEY(sk), n: { N: n } }, ...extra },
});

beforeEach(async () => {
  world = dynamodbWorld();
  world.service().tables.create(THINGS);
  await world.call('PutItem', { TableName: 'things', Item: { ...KEY('old'), n: { N: '1' } } });
});

describe('dynamodb: transactions:', () => {
  it('all actions happen together', async () => {
    await world.call('TransactWriteItems', {
      TransactItems: [
        put('new', '7', { ConditionExpression: 'attribute_not_exists(pk)' }),
        {
          Update: {
            TableName: 'things',
            Key: KEY('old'),
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: ONE,
          },
        },
        { Delete: { TableName: 'things', Key: KEY('absent') } },
        {
          ConditionCheck: {
            TableName: 'things',
            Key: KEY('other'),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ],
    });
    expect((await read('new')).n).toEqual({ N: '7' });
    expect((await read('old')).n).toEqual({ N: '2' });
    expect(await read('other')).toBeUndefined();
  });

  it('one failed condition cancels all; reasons stand in the order of the actions', async () => {
    const error = await world.failure('TransactWriteItems', {
      TransactItems: [
        put('new', '7'),
        put('old', '8', {
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
        {
          Update: {
            TableName: 'things',
            Key: KEY('third'),
            UpdateExpression: 'SET n = n + :one',
            ExpressionAttributeValues: ONE,
          },
        },
        {
          Delete: {
            TableName: 'things',
            Key: KEY('fourth'),
            ConditionExpression: 'attribute_exists(pk)',
          },
        },
      ],
    });
    expect(error.name).toBe('TransactionCanceledException');
    expect(error.message).toBe(
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError, ConditionalCheckFailed]',
    );
    expect(error.CancellationReasons).toEqual([
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { ...KEY('old'), n: { N: '1' } },
      },
      {
        Code: 'ValidationError',
        Message: 'The provided expression refers to an attribute that does not exist in the item',
      },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    ]);
    expect(await read('new')).toBeUndefined();
    expect((await read('old')).n).toEqual({ N: '1' });
  });

  it.each([
    [
      'no action',
      [],
      /'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1/,
    ],
    [
      'more than 100',
      Array.from({ length: 101 }, (_, n) => put(`s${n}`, '1')),
      /Member must have length less than or equal to 100/,
    ],
    [
      'one item twice',
      [put('a', '1'), { Delete: { TableName: 'things', Key: KEY('a') } }],
      /^Transaction request cannot include multiple operations on one item$/,
    ],
    [
      'two in one',
      [{ ...put('a', '1'), Delete: { TableName: 'things', Key: KEY('b') } }],
      /^TransactItems can only contain one of Check, Put, Update or Delete$/,
    ],
    [
      'a bad expression',
      [put('a', '1', { ConditionExpression: 'n =' })],
      /^Invalid ConditionExpression: Syntax error/,
    ],
  ])('refused: %s', async (_name, TransactItems, message) => {
    const error = await world.failure('TransactWriteItems', { TransactItems });
    expect(error.name).toBe('ValidationException');
    expect(error.message).toMatch(message);
    expect(await read('a')).toBeUndefined();
  });

  it('a request token makes the same request once, for ten minutes', async () => {
    const request = {
      ClientRequestToken: 'token-1',
      TransactItems: [
        {
          Update: {
            TableName: 'things',
            Key: KEY('old'),
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: ONE,
          },
        },
      ],
    };
    await world.call('TransactWriteItems', request);
    await world.clock.advance(10 * 60_000 - 1);
    await world.call('TransactWriteItems', request);
    expect((await read('old')).n).toEqual({ N: '2' });
    const error = await world.failure('TransactWriteItems', {
      ...request,
      TransactItems: [put('x', '1')],
    });
    expect(error.name).toBe('IdempotentParameterMismatchException');
    await world.clock.advance(1);
    await world.call('TransactWriteItems', request);
    expect((await read('old')).n).toEqual({ N: '3' });
  });

  it('a cancelled request may come again with its token', async () => {
    const request = {
      ClientRequestToken: 'token-2',
      TransactItems: [put('late', '1', { ConditionExpression: 'attribute_exists(pk)' })],
    };
    await world.failure('TransactWriteItems', request);
    await world.call('PutItem', { TableName: 'things', Item: KEY('late') });
    await world.call('TransactWriteItems', request);
    expect((await read('late')).n).toEqual({ N: '1' });
  });

  it('reads answer in order, with holes', async () => {
    const Get = (sk: string, extra: object = {}) => ({
      Get: { TableName: 'things', Key: KEY(sk), ...extra },
    });
    const { Responses } = await world.call('TransactGetItems', {
      TransactItems: [Get('absent'), Get('old', { ProjectionExpression: 'n' })],
    });
    expect(Responses).toEqual([{}, { Item: { n: { N: '1' } } }]);
  });
});

describe('dynamodb: batches:', () => {
  it('writes and reads', async () => {
    const written = await world.call('BatchWriteItem', {
      RequestItems: {
        things: [{ PutRequest: { Item: KEY('b') } }, { DeleteRequest: { Key: KEY('old') } }],
      },
    });
    expect(written.UnprocessedItems).toEqual({});
    const got = await world.call('BatchGetItem', {
      RequestItems: { things: { Keys: [KEY('old'), KEY('b')] } },
    });
    expect(got).toEqual({ Responses: { things: [KEY('b')] }, UnprocessedKeys: {} });
  });

  it('what does not fit into 16 MB is left for the next request', async () => {
    const keys = Array.from({ length: 50 }, (_, n) => KEY(`big${n}`));
    for (const key of keys) {
      await world.call('PutItem', {
        TableName: 'things',
        Item: { ...key, v: { S: 'x'.repeat(390 * 1024) } },
      });
    }
    const got = await world.call('BatchGetItem', {
      RequestItems: { things: { Keys: keys, ConsistentRead: true } },
    });
    const left = got.UnprocessedKeys.things;
    expect(left.ConsistentRead).toBe(true);
    expect(got.Responses.things.length + left.Keys.length).toBe(50);
    expect(left.Keys.length).toBeGreaterThan(0);
  });

  it.each([
    [
      'BatchGetItem',
      { things: { Keys: [KEY('a'), KEY('a')] } },
      'Provided list of item keys contains duplicates',
    ],
    [
      'BatchGetItem',
      { things: { Keys: Array.from({ length: 101 }, (_, n) => KEY(`${n}`)) } },
      'Too many items requested for the BatchGetItem call',
    ],
    [
      'BatchWriteItem',
      { things: Array.from({ length: 26 }, (_, n) => ({ PutRequest: { Item: KEY(`${n}`) } })) },
      'Too many items requested for the BatchWriteItem call',
    ],
    [
      'BatchWriteItem',
      { things: [{ PutRequest: { Item: KEY('a') } }, { DeleteRequest: { Key: KEY('a') } }] },
      'Provided list of item keys contains duplicates',
    ],
  ])('refused: %s %o', async (operation, RequestItems, message) => {
    const error = await world.failure(operation, { RequestItems });
    expect([error.name, error.message]).toEqual(['ValidationException', message]);
  });
});
