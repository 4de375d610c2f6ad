import { describe, expect, test } from 'vitest';
import { makeWorld, START } from './cloudwatch-world.ts';

const MINUTE = 60_000;
const METRIC = { Namespace: 'Shop', MetricName: 'Orders', Dimensions: [] };

/** A world whose metric goes between 90 and 110 each minute, and whose models need ten minutes of it. */
const world = async () => {
  const made = makeWorld();
  made.service.settings.anomalyTrainingMs = 10 * MINUTE;
  const orders = (value: number) =>
    made.call('PutMetricData', {
      Namespace: 'Shop',
      MetricData: [{ MetricName: 'Orders', Value: value }],
    });
  const pass = async (minutes: number, value?: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      await orders(value ?? (minute % 2 === 0 ? 90 : 110));
      await made.clock.advance(MINUTE);
    }
  };
  const band = async () => {
    const now = made.clock.now();
    const { MetricDataResults } = await made.call('GetMetricData', {
      MetricDataQueries: [
        { Id: 'm1', MetricStat: { Metric: METRIC, Period: 60, Stat: 'Sum' }, ReturnData: false },
        { Id: 'ad1', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)' },
      ],
      StartTime: new Date(now - 2 * MINUTE),
      EndTime: new Date(now),
    });
    return (MetricDataResults as { Id: string; Values: number[] }[]).map(({ Values }) => Values);
  };
  const state = async (name: string) =>
    (await made.call('DescribeAlarms', { AlarmNames: [name] })).MetricAlarms[0];
  return { ...made, pass, band, state, orders };
};

const alarm = (over: object = {}) => ({
  AlarmName: 'orders',
  EvaluationPeriods: 1,
  ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
  ThresholdMetricId: 'ad1',
  TreatMissingData: 'missing',
  Metrics: [
    { Id: 'm1', MetricStat: { Metric: METRIC, Period: 60, Stat: 'Sum' }, ReturnData: true },
    { Id: 'ad1', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)', ReturnData: true },
  ],
  ...over,
});

describe('cloudwatch: anomaly detection', () => {
  test('a detector is pending, then short of data, then trained, and can be deleted', async () => {
    const { call, pass, band } = await world();
    const stateOf = async () =>
      (await call('DescribeAnomalyDetectors', { Namespace: 'Shop' })).AnomalyDetectors[0]
        ?.StateValue;
    await call('PutAnomalyDetector', { SingleMetricAnomalyDetector: { ...METRIC, Stat: 'Sum' } });
    expect(await stateOf()).toBe('PENDING_TRAINING');
    await pass(4);
    expect(await band()).toEqual([[], []]);
    expect(await stateOf()).toBe('TRAINED_INSUFFICIENT_DATA');
    await pass(8);
    expect(await band()).toEqual([
      [120, 120],
      [80, 80],
    ]);
    expect(await stateOf()).toBe('TRAINED');
    await call('DeleteAnomalyDetector', {
      SingleMetricAnomalyDetector: { ...METRIC, Stat: 'Sum' },
    });
    expect(await stateOf()).toBeUndefined();
    expect(await band()).toEqual([[], []]);
  });

  test('an excluded time is not learned from', async () => {
    const { call, pass, band } = await world();
    await call('PutAnomalyDetector', {
      ...METRIC,
      Stat: 'Sum',
      Configuration: {
        ExcludedTimeRanges: [{ StartTime: new Date(START), EndTime: new Date(START + 5 * MINUTE) }],
      },
    });
    await pass(5, 5_000);
    await pass(12);
    expect((await band())[0]).toEqual([120, 120]);
  });

  test('an alarm on a band has INSUFFICIENT_DATA until its model is trained, then sees what is outside', async () => {
    const { call, pass, state } = await world();
    await call('PutMetricAlarm', alarm());
    await pass(5);
    expect((await state('orders')).StateValue).toBe('INSUFFICIENT_DATA');
    await pass(8);
    expect((await state('orders')).StateValue).toBe('OK');
    await pass(2, 500);
    expect(await state('orders')).toMatchObject({
      StateValue: 'ALARM',
      ThresholdMetricId: 'ad1',
      StateReason: expect.stringContaining('outside of'),
    });
    await pass(2, 100);
    expect((await state('orders')).StateValue).toBe('OK');
    await pass(2, 0);
    expect((await state('orders')).StateValue).toBe('ALARM');
  });

  test.each([
    ['GreaterThanUpperThreshold', 0, 'OK'],
    ['GreaterThanUpperThreshold', 500, 'ALARM'],
    ['LessThanLowerThreshold', 0, 'ALARM'],
    ['LessThanLowerThreshold', 500, 'OK'],
  ])('%s at %i is %s', async (ComparisonOperator, value, expected) => {
    const { call, pass, state } = await world();
    await call('PutMetricAlarm', alarm({ ComparisonOperator }));
    await pass(12);
    await pass(2, value);
    expect((await state('orders')).StateValue).toBe(expected);
  });

  test.each([
    [{ Threshold: 5 }, 'InvalidParameterCombinationException'],
    [{ ComparisonOperator: 'GreaterThanThreshold' }, 'InvalidParameterCombinationException'],
    [{ ThresholdMetricId: 'm1' }, 'ValidationError'],
  ])('refuses an alarm with %j', async (over, name) => {
    const { call } = await world();
    await expect(call('PutMetricAlarm', alarm(over))).rejects.toMatchObject({ name });
  });
});
