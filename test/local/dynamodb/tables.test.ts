import { beforeEach, describe, expect, it } from 'vitest';
import { dynamodbModule } from '../../../local/services/dynamodb/module.ts';
import type { ResourceProvider } from '../../../local/services/service.ts';
import { dynamodbWorld, THINGS } from './dynamodb-world.ts';

const DAY = 86_400_000;
const KEY = { pk: { S: 'p' }, sk: { S: 's' } };
const { TableName: _name, ...SHAPE } = THINGS;
let world: ReturnType<typeof dynamodbWorld>;
beforeEach(() => {
  world = dynamodbWorld();
});

const put = (extra: object = {}, region?: string) =>
  world.call('PutItem', { TableName: 'things', Item: { ...KEY, ...extra } }, region);
const read = async (region?: string) =>
  (await world.call('GetItem', { TableName: 'things', Key: KEY }, region)).Item;

describe('dynamodb: tables:', () => {
  it('a new table takes data only when it is active', async () => {
    const { TableDescription } = await world.call('CreateTable', THINGS);
    expect(TableDescription.TableStatus).toBe('CREATING');
    expect((await world.failure('PutItem', { TableName: 'things', Item: KEY })).name).toBe(
      'ResourceNotFoundException',
    );
    await world.clock.advance(5000);
    const { Table } = await world.call('DescribeTable', { TableName: 'things' });
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:eu-central-1:111111111111:table/things',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: THINGS.KeySchema,
    });
    await put();
    expect((await world.failure('CreateTable', THINGS)).name).toBe('ResourceInUseException');
  });

  it.each([
    [
      { ...THINGS, BillingMode: 'PROVISIONED' },
      /ReadCapacityUnits and WriteCapacityUnits must both be specified/,
    ],
    [
      { ...THINGS, KeySchema: [{ AttributeName: 'pk', KeyType: 'RANGE' }] },
      /The first KeySchemaElement is not a HASH key type/,
    ],
    [
      { ...THINGS, AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }] },
      /Some index key attributes are not defined in AttributeDefinitions. Keys: \[pk, sk\], AttributeDefinitions: \[pk\]/,
    ],
    [
      { ...THINGS, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] },
      /Number of attributes in KeySchema does not exactly match/,
    ],
    [
      { ...THINGS, TableName: 'a b' },
      /failed to satisfy constraint: Member must satisfy regular expression pattern/,
    ],
    [{ ...THINGS, ResourcePolicy: '{}' }, /does not do dynamodb:CreateTable with ResourcePolicy/],
  ])('refused %#', async (input, message) => {
    expect((await world.failure('CreateTable', input)).message).toMatch(message);
  });

  it('lists in pages and deletes; a protected table stays', async () => {
    for (const name of ['ccc', 'aaa', 'bbb']) {
      world.service().tables.create({
        ...THINGS,
        TableName: name,
        DeletionProtectionEnabled: name === 'bbb',
      });
    }
    const page = await world.call('ListTables', { Limit: 2 });
    expect(page).toEqual({ TableNames: ['aaa', 'bbb'], LastEvaluatedTableName: 'bbb' });
    await world.call('DeleteTable', { TableName: 'aaa' });
    expect((await world.failure('DeleteTable', { TableName: 'bbb' })).message).toMatch(
      /currently protected against deletion/,
    );
    expect((await world.call('ListTables', {})).TableNames).toEqual(['bbb', 'ccc']);
    const gone = await world.failure('DescribeTable', { TableName: 'aaa' });
    expect(gone.message).toBe('Requested resource not found: Table: aaa not found');
  });

  it('a table may be named by its ARN, but only one of this place', async () => {
    world.service().tables.create(THINGS);
    const arn = (account: string) => `arn:aws:dynamodb:eu-central-1:${account}:table/things`;
    await world.call('PutItem', { TableName: arn('111111111111'), Item: KEY });
    expect(await read()).toEqual(KEY);
    const error = await world.failure('GetItem', { TableName: arn('222222222222'), Key: KEY });
    expect(error.name).toBe('NotImplemented');
  });

  it('point-in-time recovery is remembered', async () => {
    world.service().tables.create(THINGS);
    await world.call('UpdateContinuousBackups', {
      TableName: 'things',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    const { ContinuousBackupsDescription } = await world.call('DescribeContinuousBackups', {
      TableName: 'things',
    });
    expect(ContinuousBackupsDescription.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
      RecoveryPeriodInDays: 35,
    });
  });
});

describe('dynamodb: time to live:', () => {
  const expiresIn = (milliseconds: number) => ({
    ttl: { N: String(Math.floor((world.clock.now() + milliseconds) / 1000)) },
  });
  beforeEach(async () => {
    world.service().tables.create({
      ...THINGS,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'OLD_IMAGE' },
    });
    await world.call('UpdateTimeToLive', {
      TableName: 'things',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
  });

  it('an expired item is still there for a while, then the service deletes it', async () => {
    const seen: unknown[] = [];
    world
      .service()
      .onStream('things', ({ eventName, userIdentity }) =>
        seen.push([eventName, userIdentity?.principalId]),
      );
    world.service().setExpiryDelay('things', 3600_000);
    await put(expiresIn(DAY));
    await world.clock.advance(DAY + 3599_000);
    expect(await read()).toBeDefined();
    await world.clock.advance(1000);
    expect(await read()).toBeUndefined();
    expect(seen.at(-1)).toEqual(['REMOVE', 'dynamodb.amazonaws.com']);
  });

  it('by default it goes within two days of its expiry', async () => {
    await put(expiresIn(DAY));
    await world.clock.advance(3 * DAY);
    expect(await read()).toBeUndefined();
  });

  it('a later expiry, no number, or more than five years past keeps the item', async () => {
    world.service().setExpiryDelay('things', 0);
    await put(expiresIn(DAY));
    await put(expiresIn(4 * DAY));
    await world.clock.advance(2 * DAY);
    expect(await read()).toBeDefined();
    await put({ ttl: { S: '1' } });
    await world.clock.advance(10 * DAY);
    await put(expiresIn(-6 * 365 * DAY));
    await world.clock.advance(10 * DAY);
    expect(await read()).toBeDefined();
  });

  it('an earlier item does not wait for a later one', async () => {
    world.service().setExpiryDelay('things', 0);
    await world.call('PutItem', {
      TableName: 'things',
      Item: { pk: { S: 'q' }, sk: { S: 'later' }, ...expiresIn(9 * DAY) },
    });
    await put(expiresIn(DAY));
    await world.clock.advance(2 * DAY);
    expect(await read()).toBeUndefined();
    const later = { pk: { S: 'q' }, sk: { S: 'later' } };
    expect((await world.call('GetItem', { TableName: 'things', Key: later })).Item).toBeDefined();
    await world.clock.advance(8 * DAY);
    expect((await world.call('GetItem', { TableName: 'things', Key: later })).Item).toBeUndefined();
  });
});

describe('dynamodb: streams:', () => {
  it('tells each change once, in order, with the images of its view', async () => {
    world.service().tables.create({
      ...THINGS,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    const seen: unknown[] = [];
    const stop = world
      .service()
      .onStream('things', ({ eventName, dynamodb }) =>
        seen.push([eventName, dynamodb.OldImage, dynamodb.NewImage]),
      );
    await put({ n: { N: '1' } });
    await put({ n: { N: '2' } });
    await world.call('DeleteItem', { TableName: 'things', Key: KEY });
    expect(seen).toEqual([]);
    await world.clock.settle();
    const [one, two] = ['1', '2'].map((N) => ({ ...KEY, n: { N } }));
    expect(seen).toEqual([
      ['INSERT', undefined, one],
      ['MODIFY', one, two],
      ['REMOVE', two, undefined],
    ]);
    stop();
    await put();
    await world.clock.settle();
    expect(seen).toHaveLength(3);
  });

  it('a table without a stream has none to listen to', () => {
    world.service().tables.create(THINGS);
    expect(() => world.service().onStream('things', () => {})).toThrow(/has no stream/);
  });
});

const provider = (type: string): Required<ResourceProvider> =>
  dynamodbModule.resources[type] as Required<ResourceProvider>;

describe('dynamodb: CloudFormation:', () => {
  it('AWS::DynamoDB::Table is made, changed in place, replaced and removed', async () => {
    const context = world.resource('Ledger');
    const table = provider('AWS::DynamoDB::Table');
    const properties = {
      ...SHAPE,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: 'true' },
      SSESpecification: { SSEEnabled: true },
    };
    const made = await table.create(properties, context);
    expect(made.physicalId).toMatch(/^stack-Ledger-[A-Z0-9]{12}$/);
    expect(made.attributes['StreamArn']).toMatch(/^arn:aws:dynamodb:.*\/stream\/2026-01-15T/);
    await world.call('PutItem', {
      TableName: made.physicalId,
      Item: { ...KEY, owner: { S: 'ann' } },
    });
    const indexed = {
      ...properties,
      AttributeDefinitions: [
        ...(SHAPE.AttributeDefinitions ?? []),
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-owner',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    };
    const changed = await table.update(indexed, { ...made, properties }, context);
    expect(changed.physicalId).toBe(made.physicalId);
    const scan = await world.call('Scan', { TableName: made.physicalId, IndexName: 'by-owner' });
    expect(scan.Count).toBe(1);
    const renamed = await table.update(
      { ...properties, TableName: 'other' },
      { ...changed, properties: indexed },
      context,
    );
    expect(renamed.physicalId).toBe('other');
    await table.remove({ ...changed, properties: indexed }, context);
    expect((await world.call('ListTables', {})).TableNames).toEqual(['other']);
  });

  it('a property without effect here is refused by name', async () => {
    const create = async () =>
      provider('AWS::DynamoDB::Table').create(
        { ...SHAPE, KinesisStreamSpecification: {} },
        world.resource('Ledger'),
      );
    await expect(create()).rejects.toThrow(/AWS::DynamoDB::Table with KinesisStreamSpecification/);
  });
});

describe('dynamodb: global tables:', () => {
  const STANDBY = 'eu-west-1';
  const deploy = (extra: object = {}) =>
    provider('AWS::DynamoDB::GlobalTable').create(
      {
        ...SHAPE,
        TableName: 'things',
        Replicas: [{ Region: 'eu-central-1' }, { Region: STANDBY }],
        ...extra,
      },
      world.resource('Ledger'),
    );
  const fixedLag = (milliseconds: number) => {
    world.service().setReplicationLag(() => milliseconds);
  };

  it('a write reaches the other Region after the lag, deletes too', async () => {
    await deploy();
    fixedLag(1000);
    await put({ n: { N: '1' } });
    await world.clock.advance(999);
    expect(await read(STANDBY)).toBeUndefined();
    await world.clock.advance(1);
    expect(await read(STANDBY)).toEqual({ ...KEY, n: { N: '1' } });
    await world.call('DeleteItem', { TableName: 'things', Key: KEY }, STANDBY);
    await world.clock.advance(1000);
    expect(await read()).toBeUndefined();
  });

  it('conditions are Regional, and of two writes the later one stays everywhere', async () => {
    await deploy();
    fixedLag(1000);
    const lock = (owner: string, region?: string) =>
      world.call(
        'PutItem',
        {
          TableName: 'things',
          Item: { ...KEY, owner: { S: owner } },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
        region,
      );
    await lock('here');
    await world.clock.advance(10);
    await lock('there', STANDBY);
    await world.clock.advance(5000);
    expect((await read()).owner).toEqual({ S: 'there' });
    expect((await read(STANDBY)).owner).toEqual({ S: 'there' });
  });

  it('an older write that arrives late does not come over a newer one', async () => {
    await deploy();
    fixedLag(5000);
    await put({ n: { N: '1' } });
    fixedLag(100);
    await put({ n: { N: '2' } });
    await world.clock.advance(200);
    expect((await read(STANDBY)).n).toEqual({ N: '2' });
    await world.clock.advance(6000);
    expect((await read(STANDBY)).n).toEqual({ N: '2' });
  });

  it('strong consistency: seen everywhere at once, conditions hold across Regions', async () => {
    await deploy({
      MultiRegionConsistency: 'STRONG',
      GlobalTableWitnesses: [{ Region: 'eu-west-2' }],
    });
    await put({ n: { N: '1' } });
    expect(await read(STANDBY)).toBeDefined();
    await expect(
      world.call(
        'PutItem',
        { TableName: 'things', Item: KEY, ConditionExpression: 'attribute_not_exists(pk)' },
        STANDBY,
      ),
    ).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const transaction = await world.failure('TransactWriteItems', {
      TransactItems: [{ Put: { TableName: 'things', Item: KEY } }],
    });
    expect(transaction.message).toMatch(/multi-Region strong consistency/);
    await expect(async () =>
      deploy({ TableName: 'pair', MultiRegionConsistency: 'STRONG' }),
    ).rejects.toThrow(/three replicas, or two and a witness/);
  });

  it('one replica is a plain table; a second one added later receives what is there', async () => {
    const properties = {
      ...SHAPE,
      TableName: 'things',
      Replicas: [{ Region: 'eu-central-1' }],
    };
    const made = await deploy({ Replicas: properties.Replicas });
    await put({ n: { N: '1' } });
    const both = { ...properties, Replicas: [...properties.Replicas, { Region: STANDBY }] };
    const context = world.resource('Ledger');
    const global = provider('AWS::DynamoDB::GlobalTable');
    const grown = await global.update(both, { ...made, properties }, context);
    expect((await read(STANDBY)).n).toEqual({ N: '1' });
    const { Table } = await world.call('DescribeTable', { TableName: 'things' }, STANDBY);
    expect(Table.Replicas.map(({ RegionName }: { RegionName: string }) => RegionName)).toEqual([
      'eu-central-1',
      STANDBY,
    ]);
    await global.remove({ ...grown, properties: both }, context);
    expect((await world.call('ListTables', {}, STANDBY)).TableNames).toEqual([]);
  });
});
