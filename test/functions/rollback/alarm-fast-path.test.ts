import { beforeEach, describe, expect, test } from 'vitest';
import { type RolloutWorld, rolloutWorld } from '../rollout/rollout-world.ts';

// Goal: from an alarm's event to the override in one invocation that depends on nothing but its row and the load balancer.

let world: RolloutWorld;
const MINUTE = 60_000;

const event = (over: { at?: number; value?: string; alarmName?: string; muted?: boolean } = {}) => {
  const time = new Date(over.at ?? world.clock.now()).toISOString();
  return {
    id: 'event',
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    account: '333333333333',
    region: 'eu-west-1',
    time,
    resources: [],
    detail: {
      alarmName: over.alarmName ?? 'checkout-errors',
      state: { value: over.value ?? 'ALARM', reason: 'Threshold Crossed', timestamp: time },
      ...(over.muted ? { muteDetail: { mutedByArn: 'arn:mute' } } : {}),
    },
  };
};

/** Operations of one invocation, in order. */
const operations = async (payload: object): Promise<{ calls: string[]; answer: unknown }> => {
  const calls: string[] = [];
  world.disturb((operation, moment) => {
    if (moment === 'before') calls.push(operation);
    return undefined;
  });
  const result = await world.invoke('AlarmFastPath', payload);
  world.disturb(() => undefined);
  return { calls, answer: JSON.parse(new TextDecoder().decode(result.Payload)) };
};

beforeEach(async () => {
  world = await rolloutWorld();
  await world.ended(await world.launch('1.1.0'));
  await world.clock.advance(5 * MINUTE);
  await world.launch('1.2.0');
  await world.until('the first step', async () => (await world.weights()).green === 50);
  await world.clock.advance(10_000);
});

describe('alarm fast path', () => {
  test('one read, one write, one event', async () => {
    const { calls, answer } = await operations(event());
    expect(calls).toEqual(['GetItem', 'ModifyRule', 'PutEvents']);
    expect(answer).toMatchObject({ overridden: true });
    expect(world.shares()).toEqual({ blue: 100, green: 0 });
  });

  test('a muted alarm rolls back all the same', async () => {
    const { answer } = await operations(event({ muted: true }));
    expect(answer).toMatchObject({ overridden: true });
  });

  test.each([
    ['another alarm', { alarmName: 'disk-full' }, ['GetItem', 'PutEvents']],
    ['an alarm that calms down', { value: 'OK' }, ['GetItem']],
  ])('%s moves nothing', async (_name, over, expected) => {
    const { calls, answer } = await operations(event(over));
    expect(calls).toEqual(expected);
    expect(answer).toMatchObject({ overridden: false });
    expect(world.shares().green).toBe(50);
  });

  test('an old event is read again first, and believed only if it still holds', async () => {
    const old = event({ at: world.clock.now() - 11 * MINUTE });
    const first = await operations(old);
    expect(first.calls).toEqual(['GetItem', 'DescribeAlarms']);
    expect(world.shares().green).toBe(50);
    await world.call('cloudwatch', 'SetAlarmState', {
      AlarmName: 'checkout-errors',
      StateValue: 'ALARM',
      StateReason: 'really',
    });
    const second = await operations(old);
    expect(second.calls).toEqual(['GetItem', 'DescribeAlarms', 'ModifyRule', 'PutEvents']);
  });

  test('an alarm that can not be read again is believed', async () => {
    world.disturb((operation, moment) =>
      operation === 'DescribeAlarms' && moment === 'before'
        ? Object.assign(new Error('no'), { name: 'AccessDenied' })
        : undefined,
    );
    await world.invoke('AlarmFastPath', event({ at: world.clock.now() - 11 * MINUTE }));
    expect(world.shares()).toEqual({ blue: 100, green: 0 });
  });

  test('with no rollout under way it only tells the pipeline', async () => {
    world.disturb(() => undefined);
    await world.until('the end', async () => (await world.row()).phase.S === 'idle');
    const { calls } = await operations(event());
    expect(calls).toEqual(['GetItem', 'PutEvents']);
  });

  test('what the load balancer refuses is left to the rollback, and it is asked for', async () => {
    world.disturb((operation, moment) =>
      operation === 'ModifyRule' && moment === 'before'
        ? Object.assign(new Error('no'), { name: 'AccessDenied' })
        : undefined,
    );
    const { Payload } = await world.invoke('AlarmFastPath', event());
    expect(JSON.parse(new TextDecoder().decode(Payload))).toMatchObject({ overridden: false });
    world.disturb(() => undefined);
    await world.until('the claim', () =>
      world.invocations.some(({ name }) => name === 'ClaimRollback'),
    );
    expect(world.invocations.some(({ name }) => name === 'RequestRollback')).toBe(true);
  });

  test('a last good that can carry half gets half', async () => {
    const row = await world.row();
    await world.call('dynamodb', 'PutItem', {
      TableName: 'slipway-checkout-production-fast-path',
      Item: { ...row, lastGood: { M: { ...row.lastGood.M, sharePercent: { N: '40' } } } },
    });
    await operations(event());
    expect(world.shares()).toEqual({ blue: 40, green: 60 });
  });

  test.each([
    ['nothing', null],
    ['another source', { source: 'aws.ec2' }],
  ])('%s is refused', async (_name, payload) => {
    expect(await world.invoke('AlarmFastPath', payload)).toMatchObject({
      FunctionError: 'Unhandled',
    });
  });
});
