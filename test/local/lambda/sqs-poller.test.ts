import { describe, expect, it } from 'vitest';
import { RUNTIME, SmallCloud } from './small-cloud.ts';

const MINUTE = 60_000;

/** Notes the batches it gets; fails on bodies that say so. */
const worker = (key: string, more = '') => `${RUNTIME}
  globalThis.batches ??= {};
  export const handler = async (event) => {
    const bodies = event.Records.map((record) => record.body);
    (globalThis.batches['${key}'] ??= []).push(bodies);
    ${more}
    if (bodies.includes('poison')) throw new Error('poisoned');
    return {
      batchItemFailures: event.Records.filter((record) => record.body === 'bad').map((record) => ({
        itemIdentifier: record.messageId,
      })),
    };
  };`;

const batches = (key: string): string[][] =>
  (globalThis as { batches?: Record<string, string[][]> }).batches?.[key] ?? [];

const polled = async (
  key: string,
  mapping: object = {},
  queueProperties: object = {},
  more = '',
) => {
  const cloud = new SmallCloud();
  const queue = await cloud.makeQueue(`${key}-queue`, queueProperties);
  await cloud.makeFunction(key, worker(key, more), { Timeout: 30 });
  const { physicalId } = await cloud.make('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: queue.arn,
    FunctionName: key,
    ...mapping,
  });
  return { cloud, queue, uuid: physicalId };
};

describe('lambda: event source mapping of a queue', () => {
  it('invokes with a batch and deletes it', async () => {
    const { cloud, queue } = await polled('plain');
    for (const body of ['a', 'b', 'c']) cloud.sqs.send(queue.arn, body);
    await cloud.clock.advance(1_000);
    expect(batches('plain')).toEqual([['a', 'b', 'c']]);
    expect(queue.messages()).toHaveLength(0);
  });

  it('takes what was there before it', async () => {
    const cloud = new SmallCloud();
    const queue = await cloud.makeQueue('early');
    cloud.sqs.send('early', 'first');
    await cloud.makeFunction('early', worker('early'));
    await cloud.make('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: queue.arn,
      FunctionName: 'early',
    });
    await cloud.clock.advance(1_000);
    expect(batches('early')).toEqual([['first']]);
  });

  it('gives a failed batch back when its visibility ends, and to the dead-letter queue at last', async () => {
    const cloud = new SmallCloud();
    const dead = await cloud.makeQueue('poison-dead');
    const queue = await cloud.makeQueue('poison-queue', {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 3 },
    });
    await cloud.makeFunction('poisoned', worker('poisoned'));
    await cloud.make('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: queue.arn,
      FunctionName: 'poisoned',
    });
    cloud.sqs.send(queue.arn, 'poison');
    await cloud.clock.advance(90_000);
    expect(batches('poisoned')).toHaveLength(2);
    await cloud.clock.advance(10 * MINUTE);
    expect(batches('poisoned')).toHaveLength(3);
    expect(dead.messages().map(({ body }) => body)).toEqual(['poison']);
  });

  it('keeps only what failed, with ReportBatchItemFailures', async () => {
    const { cloud, queue } = await polled('partial', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    for (const body of ['good', 'bad', 'fine']) cloud.sqs.send(queue.arn, body);
    await cloud.clock.advance(1_000);
    expect(queue.messages().map(({ body }) => body)).toEqual(['bad']);
    await cloud.clock.advance(31_000);
    expect(batches('partial')).toEqual([['good', 'bad', 'fine'], ['bad']]);
  });

  it('takes an answer that makes no sense for a failure of the whole batch', async () => {
    const { cloud, queue } = await polled(
      'nonsense',
      { FunctionResponseTypes: ['ReportBatchItemFailures'] },
      {},
      "return { batchItemFailures: [{ itemIdentifier: 'no such message' }] };",
    );
    for (const body of ['a', 'b']) cloud.sqs.send(queue.arn, body);
    await cloud.clock.advance(1_000);
    expect(queue.messages()).toHaveLength(2);
  });

  it('gathers a batch for as long as its window', async () => {
    const { cloud, queue } = await polled('window', {
      BatchSize: 20,
      MaximumBatchingWindowInSeconds: 5,
    });
    cloud.sqs.send(queue.arn, 'first');
    await cloud.clock.advance(2_000);
    cloud.sqs.send(queue.arn, 'second');
    await cloud.clock.advance(1_000);
    expect(batches('window')).toEqual([]);
    await cloud.clock.advance(3_000);
    expect(batches('window')).toEqual([['first', 'second']]);
  });

  it('does not run more at once than it may', async () => {
    const { cloud, queue } = await polled(
      'bounded',
      { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } },
      {},
      'await runtime().sleep(10_000);',
    );
    for (const body of ['a', 'b', 'c']) cloud.sqs.send(queue.arn, body);
    await cloud.clock.advance(5_000);
    expect(batches('bounded')).toHaveLength(2);
    await cloud.clock.advance(30_000);
    expect(batches('bounded')).toHaveLength(3);
  });

  it('deletes what its filter does not want', async () => {
    const { cloud, queue } = await polled('filtered', {
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["wanted"]}}' }] },
    });
    cloud.sqs.send(queue.arn, '{"kind":"wanted"}');
    cloud.sqs.send(queue.arn, '{"kind":"other"}');
    cloud.sqs.send(queue.arn, 'no JSON');
    await cloud.clock.advance(1_000);
    expect(batches('filtered')).toEqual([['{"kind":"wanted"}']]);
    expect(queue.messages()).toHaveLength(0);
  });

  it('goes on when its role gets the permission that it lacked', async () => {
    const { cloud, queue } = await polled('allowed');
    cloud.denied.add('sqs:ReceiveMessage');
    cloud.sqs.send(queue.arn, 'patient');
    await cloud.clock.advance(MINUTE);
    expect(batches('allowed')).toEqual([]);
    cloud.denied.clear();
    await cloud.clock.advance(MINUTE);
    expect(batches('allowed')).toEqual([['patient']]);
  });

  it('stops when it is removed', async () => {
    const { cloud, queue, uuid } = await polled('stopped');
    await cloud.ask('lambda', 'DeleteEventSourceMapping', { UUID: uuid });
    cloud.sqs.send(queue.arn, 'late');
    await cloud.clock.advance(MINUTE);
    expect(batches('stopped')).toEqual([]);
  });

  it('refuses a queue whose visibility is shorter than the function may run', async () => {
    await expect(polled('short', {}, { VisibilityTimeout: 10 })).rejects.toThrow(
      'Queue visibility timeout: 10 seconds is less than Function timeout: 30 seconds',
    );
  });
});
