import { beforeEach, describe, expect, it } from 'vitest';
import { dynamodbWorld, THINGS } from './dynamodb-world.ts';

let world: ReturnType<typeof dynamodbWorld>;
const item = (pk: string, sk: string, rest: object = {}) => ({
  pk: { S: pk },
  sk: { S: sk },
  ...rest,
});

beforeEach(() => {
  world = dynamodbWorld();
  world.service().tables.create({
    ...THINGS,
    AttributeDefinitions: [
      ...(THINGS.AttributeDefinitions ?? []),
      { AttributeName: 'owner', AttributeType: 'S' },
      { AttributeName: 'at', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-owner',
        KeySchema: [
          { AttributeName: 'owner', KeyType: 'HASH' },
          { AttributeName: 'at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'by-time',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
});

const fill = async (): Promise<void> => {
  const rows: readonly (readonly [string, string, string, number])[] = [
    ['a', '1', 'ann', 30],
    ['a', '2', 'bob', 9],
    ['a', '21', 'ann', 100],
    ['a', '3', 'ann', -5],
    ['b', '1', 'ann', 30],
  ];
  for (const [pk, sk, owner, at] of rows) {
    await world.call('PutItem', {
      TableName: 'things',
      Item: item(pk, sk, {
        owner: { S: owner },
        at: { N: String(at) },
        note: { S: `${pk}${sk}` },
        extra: { S: 'e' },
      }),
    });
  }
  await world.call('PutItem', { TableName: 'things', Item: item('c', '1') });
};

const sorts = (answer: { Items: { sk: { S: string } }[] }): string[] =>
  answer.Items.map(({ sk }) => sk.S);
const query = (input: object) => world.call('Query', { TableName: 'things', ...input });

describe('dynamodb: query:', () => {
  beforeEach(fill);
  it.each([
    ['pk = :p', {}, ['1', '2', '21', '3']],
    ['pk = :p AND sk = :s', { ':s': { S: '2' } }, ['2']],
    ['pk = :p AND sk < :s', { ':s': { S: '21' } }, ['1', '2']],
    ['pk = :p AND sk <= :s', { ':s': { S: '21' } }, ['1', '2', '21']],
    ['pk = :p AND sk > :s', { ':s': { S: '2' } }, ['21', '3']],
    ['sk >= :s AND pk = :p', { ':s': { S: '2' } }, ['2', '21', '3']],
    ['pk = :p AND begins_with(sk, :s)', { ':s': { S: '2' } }, ['2', '21']],
    ['pk = :p AND sk BETWEEN :s AND :t', { ':s': { S: '2' }, ':t': { S: '3' } }, ['2', '21', '3']],
    ['(pk = :p) AND (sk > :s)', { ':s': { S: '9' } }, []],
  ])('%s', async (KeyConditionExpression, values, expected) => {
    const input = {
      KeyConditionExpression,
      ExpressionAttributeValues: { ':p': { S: 'a' }, ...values },
    };
    expect(sorts(await query(input))).toEqual(expected);
    const backwards = await query({ ...input, ScanIndexForward: false });
    expect(sorts(backwards)).toEqual([...expected].reverse());
  });

  it.each([true, false])('pages with Limit, forward %s, add up to the whole', async (forward) => {
    const seen: string[] = [];
    let ExclusiveStartKey: unknown;
    let pages = 0;
    do {
      const answer = await query({
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'a' } },
        ScanIndexForward: forward,
        Limit: 2,
        ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
      });
      seen.push(...sorts(answer));
      ExclusiveStartKey = answer.LastEvaluatedKey;
      pages += 1;
    } while (ExclusiveStartKey);
    const all = ['1', '2', '21', '3'];
    expect(seen).toEqual(forward ? all : all.reverse());
    // A page that is full always has a key, also when nothing follows: so there is an empty third one.
    expect(pages).toBe(3);
  });

  it('a page goes on after a key that has been deleted', async () => {
    const input = {
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'a' } },
      Limit: 2,
    };
    const first = await query(input);
    await world.call('DeleteItem', { TableName: 'things', Key: first.LastEvaluatedKey });
    const second = await query({ ...input, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(sorts(second)).toEqual(['21', '3']);
  });

  it('Limit counts before the filter; Count and ScannedCount differ', async () => {
    const answer = await query({
      KeyConditionExpression: 'pk = :p',
      FilterExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':p': { S: 'a' }, ':o': { S: 'ann' } },
      Limit: 3,
    });
    expect([answer.Count, answer.ScannedCount, sorts(answer)]).toEqual([2, 3, ['1', '21']]);
    expect(answer.LastEvaluatedKey).toEqual({ pk: { S: 'a' }, sk: { S: '21' } });
  });

  it('Select COUNT answers no items', async () => {
    const answer = await query({
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'a' } },
      Select: 'COUNT',
    });
    expect([answer.Count, answer.Items]).toEqual([4, undefined]);
  });

  it('a page ends at 1 MB', async () => {
    for (let n = 0; n < 4; n += 1) {
      const big = { ...item('big', String(n)), v: { S: 'x'.repeat(380 * 1024) } };
      await world.call('PutItem', { TableName: 'things', Item: big });
    }
    const answer = await query({
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'big' } },
    });
    expect(sorts(answer)).toEqual(['0', '1', '2']);
    expect(answer.LastEvaluatedKey).toEqual({ pk: { S: 'big' }, sk: { S: '2' } });
  });

  it('a global index sorts numbers as numbers and shows what it projects', async () => {
    const input = {
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :o AND #a > :zero',
      ExpressionAttributeNames: { '#o': 'owner', '#a': 'at' },
      ExpressionAttributeValues: { ':o': { S: 'ann' }, ':zero': { N: '-10' } },
    };
    const { Items } = await query(input);
    expect(Items.map(({ note }: { note: { S: string } }) => note.S)).toEqual([
      'a3',
      'a1',
      'b1',
      'a21',
    ]);
    expect(Object.keys(Items[0]).sort()).toEqual(['at', 'note', 'owner', 'pk', 'sk']);
    const first = await query({ ...input, Limit: 2 });
    expect(first.LastEvaluatedKey).toEqual({
      pk: { S: 'a' },
      sk: { S: '1' },
      owner: { S: 'ann' },
      at: { N: '30' },
    });
    const rest = await query({ ...input, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(rest.Items.map(({ note }: { note: { S: string } }) => note.S)).toEqual(['b1', 'a21']);
  });

  it('an index follows updates and deletes', async () => {
    const owned = async (owner: string) =>
      (
        await query({
          IndexName: 'by-owner',
          KeyConditionExpression: '#o = :o',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':o': { S: owner } },
        })
      ).Count;
    await world.call('UpdateItem', {
      TableName: 'things',
      Key: item('a', '2'),
      UpdateExpression: 'SET #o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: 'ann' } },
    });
    await world.call('DeleteItem', { TableName: 'things', Key: item('b', '1') });
    await world.call('UpdateItem', {
      TableName: 'things',
      Key: item('a', '3'),
      UpdateExpression: 'REMOVE #a',
      ExpressionAttributeNames: { '#a': 'at' },
    });
    expect([await owned('ann'), await owned('bob')]).toEqual([3, 0]);
  });

  it('a local index reaches into its table for what it lacks', async () => {
    const input = {
      IndexName: 'by-time',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'a' } },
      Limit: 1,
    };
    expect((await query(input)).Items).toEqual([{ ...item('a', '3'), at: { N: '-5' } }]);
    const whole = await query({ ...input, Select: 'ALL_ATTRIBUTES', ConsistentRead: true });
    expect(whole.Items[0].extra).toEqual({ S: 'e' });
    const some = await query({ ...input, ProjectionExpression: 'extra' });
    expect(some.Items).toEqual([{ extra: { S: 'e' } }]);
  });

  const P = { ':p': { S: 'a' } };
  it.each([
    [
      {},
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    ],
    [
      { KeyConditionExpression: 'sk = :p', ExpressionAttributeValues: P },
      'Query condition missed key schema element: pk',
    ],
    [
      { KeyConditionExpression: 'pk > :p', ExpressionAttributeValues: P },
      'Query key condition not supported',
    ],
    [
      { KeyConditionExpression: 'pk = :p AND note = :p', ExpressionAttributeValues: P },
      'Query condition missed key schema element: sk',
    ],
    [
      { KeyConditionExpression: 'pk = :p OR sk = :p', ExpressionAttributeValues: P },
      'Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: OR',
    ],
    [
      { KeyConditionExpression: 'pk = :p AND sk <> :p', ExpressionAttributeValues: P },
      'Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: <>',
    ],
    [
      { KeyConditionExpression: 'pk = :p AND contains(sk, :p)', ExpressionAttributeValues: P },
      'Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: contains',
    ],
    [
      { KeyConditionExpression: 'pk = :p AND pk = :p', ExpressionAttributeValues: P },
      'KeyConditionExpressions must only contain one condition per key',
    ],
    [
      { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { N: '1' } } },
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [
      { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: P, IndexName: 'none' },
      'The table does not have the specified index: none',
    ],
    [
      {
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: P,
        FilterExpression: 'sk = :p',
      },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    [
      { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: P, Limit: 0 },
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      {
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: P,
        ExclusiveStartKey: { pk: { S: 'a' } },
      },
      'The provided starting key is invalid',
    ],
    [
      {
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: P,
        ExclusiveStartKey: { pk: { S: 'b' }, sk: { S: '1' } },
      },
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    [
      {
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: P,
        Select: 'ALL_PROJECTED_ATTRIBUTES',
      },
      'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
    ],
    [
      {
        KeyConditionExpression: '#o = :p',
        ExpressionAttributeValues: P,
        ExpressionAttributeNames: { '#o': 'owner' },
        IndexName: 'by-owner',
        ConsistentRead: true,
      },
      'Consistent reads are not supported on global secondary indexes',
    ],
    [
      {
        KeyConditionExpression: '#o = :p',
        ExpressionAttributeValues: P,
        ExpressionAttributeNames: { '#o': 'owner' },
        IndexName: 'by-owner',
        ProjectionExpression: 'extra',
      },
      'One or more parameter values were invalid: Global secondary index by-owner does not project [extra]',
    ],
  ])('refused: %o', async (input, message) => {
    const error = await world.failure('Query', { TableName: 'things', ...input });
    expect({ name: error.name, message: error.message }).toEqual({
      name: 'ValidationException',
      message,
    });
  });
});

describe('dynamodb: scan:', () => {
  beforeEach(fill);
  it('pages and segments each add up to the whole table', async () => {
    const place = ({ pk, sk }: { pk: { S: string }; sk: { S: string } }) => `${pk.S}${sk.S}`;
    const scan = async (input: object): Promise<string[]> => {
      const seen: string[] = [];
      let ExclusiveStartKey: unknown;
      do {
        const answer = await world.call('Scan', {
          TableName: 'things',
          ...input,
          ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
        });
        seen.push(...answer.Items.map(place));
        ExclusiveStartKey = answer.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return seen;
    };
    const whole = await scan({});
    expect([...whole].sort()).toEqual(['a1', 'a2', 'a21', 'a3', 'b1', 'c1']);
    for (const Limit of [1, 2, 5]) expect(await scan({ Limit })).toEqual(whole);
    const segments = await Promise.all(
      [0, 1, 2].map((Segment) => scan({ Segment, TotalSegments: 3 })),
    );
    expect(segments.flat().sort()).toEqual([...whole].sort());
  });

  it('an index holds only items that have its key; a filter may look at keys', async () => {
    const index = await world.call('Scan', { TableName: 'things', IndexName: 'by-owner' });
    expect(index.Count).toBe(5);
    const filtered = await world.call('Scan', {
      TableName: 'things',
      FilterExpression: 'sk = :s AND attribute_exists(note)',
      ExpressionAttributeValues: { ':s': { S: '1' } },
    });
    expect([filtered.Count, filtered.ScannedCount]).toEqual([2, 6]);
  });
});

it('dynamodb: order: strings sort by their UTF-8 bytes, numbers by value', async () => {
  const points = ['a', 'é', '\uffee', '\u{1f600}', 'Z'];
  for (const sk of points) {
    await world.call('PutItem', { TableName: 'things', Item: item('u', sk) });
  }
  const answer = await query({
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'u' } },
  });
  expect(sorts(answer)).toEqual(
    [...points].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
});
