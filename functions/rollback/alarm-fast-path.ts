import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { aws } from '../adapters/aws.ts';
import { conditionsToWrite, forwardAction } from '../adapters/rule-shapes.ts';
import { throttled } from '../adapters/transient.ts';
import { alarmReason, fastPathStep } from '../domain/alarm-event.ts';
import { TransientFailure } from '../domain/errors.ts';
import { FAST_PATH_KEY, FastPathRow } from '../domain/fast-path-row.ts';
import { millisecondsOf } from '../domain/instant.ts';
import { overrideWeights } from '../domain/override.ts';
import { AlarmStateChanged } from '../events/alarm-state-changed.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = z.object({ overridden: z.boolean(), reason: z.string() });

type Env = z.output<(typeof environments)['rollback/alarm-fast-path']>;

/** Throttling is waited out for so long in all; then the rest is the rollback's. */
const RETRY_MS = 10_000;

/**
 * An alarm fires: one read of its own row, one write on the load balancer, then the rollback is asked for. It depends on nothing else.
 * While nothing shifts here, the pipeline is told, and decides whose alarm it is.
 */
export const alarmFastPath =
  (world: World<Env>) =>
  async (event: AlarmStateChanged): Promise<z.input<typeof Output>> => {
    const row = await readRow(world);
    const { alarmName } = event.detail;
    const step = fastPathStep(row, {
      alarmName,
      value: event.detail.state.value,
      at: millisecondsOf(event.time),
      now: world.runtime.now(),
    });
    const nothing = (reason: string) => {
      world.log.info('nothing to roll back', { alarmName, reason });
      return { overridden: false, reason };
    };
    if (step.act === 'record') return nothing(step.reason);
    if (step.act === 'tell' || row === null || row.rolloutId === null) {
      const { id: eventId, time: at } = event;
      const reason = alarmReason(event.detail);
      await tell(world, 'Alarm Fired', { alarmName, reason, eventId, at });
      return nothing(step.reason);
    }
    if (step.act === 'ask' && !(await stillFires(world, alarmName))) {
      return nothing(`${step.reason}, and ${alarmName} is no longer in ALARM`);
    }
    const overridden = await override(world, row);
    const reason = alarmReason(event.detail);
    world.log.info('asking for the rollback', { rolloutId: row.rolloutId, ...event.detail });
    await tell(world, 'Rollback Requested', { rolloutId: row.rolloutId, alarmName, reason });
    return { overridden, reason };
  };

const readRow = async ({ runtime, env }: World<Env>): Promise<FastPathRow | null> => {
  const { Item } = await aws(runtime)(DynamoDBClient).send(
    new GetItemCommand({
      TableName: env.FAST_PATH_TABLE,
      Key: { pk: { S: FAST_PATH_KEY } },
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? null : FastPathRow.parse(unmarshall(Item));
};

/** An alarm that can't be read again is believed: going back is cheap while traffic shifts. */
const stillFires = async ({ runtime, log }: World<Env>, alarmName: string): Promise<boolean> => {
  try {
    const { MetricAlarms, CompositeAlarms } = await aws(runtime)(CloudWatchClient).send(
      new DescribeAlarmsCommand({
        AlarmNames: [alarmName],
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      }),
    );
    return [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])].some(
      ({ StateValue }) => StateValue === 'ALARM',
    );
  } catch (error) {
    log.warn('the alarm could not be read again', error as Error);
    return true;
  }
};

/** The override to what last good can carry; false: the load balancer would not have it, the rollback will try. */
const override = async ({ runtime, log }: World<Env>, row: FastPathRow): Promise<boolean> => {
  const { targetGroupArn: lastGood, sharePercent } = row.lastGood;
  if (sharePercent === 0) {
    log.warn('last good has no healthy target: the weights stay', { color: row.lastGood.color });
    return false;
  }
  const balancer = aws(runtime)(ElasticLoadBalancingV2Client, { maxAttempts: 1 });
  const groups = { lastGood, candidate: row.candidateTargetGroupArn };
  const until = runtime.now() + RETRY_MS;
  for (let pause = 200; ; pause *= 2) {
    try {
      await balancer.send(
        new ModifyRuleCommand({
          RuleArn: row.overrideRuleArn,
          Conditions: conditionsToWrite(row.overrideConditions),
          Actions: forwardAction(overrideWeights(groups, sharePercent)),
        }),
      );
      return true;
    } catch (error) {
      const wait = pause * runtime.random();
      const cause = error instanceof TransientFailure ? error.cause : error;
      if (!throttled(cause) || runtime.now() + wait > until) {
        log.error('the override could not be written', error as Error);
        return false;
      }
      await runtime.sleep(wait);
    }
  }
};

/** The bus is in the pipeline's account and Region: its ARN says which. */
const tell = async (
  { runtime, env }: World<Env>,
  detailType: 'Rollback Requested' | 'Alarm Fired',
  detail: Readonly<Record<string, string>>,
): Promise<void> => {
  const region = env.PIPELINE_BUS_ARN.split(':')[3];
  const client = aws(runtime)(EventBridgeClient, region === undefined ? {} : { region });
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: env.PIPELINE_BUS_ARN,
          Source: 'slipway.alarm-fast-path',
          DetailType: detailType,
          Detail: JSON.stringify({ targetId: env.TARGET_ID, ...detail }),
          Time: new Date(runtime.now()),
        },
      ],
    }),
  );
  if ((FailedEntryCount ?? 0) === 0) return;
  throw new TransientFailure(
    `the pipeline's bus did not take ${detailType}: ${Entries?.[0]?.ErrorCode}: ${Entries?.[0]?.ErrorMessage}`,
  );
};

export const handler = handle({
  input: AlarmStateChanged,
  output: Output,
  env: environments['rollback/alarm-fast-path'],
  run: alarmFastPath,
});
