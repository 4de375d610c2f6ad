import { beforeEach, describe, expect, test } from 'vitest';
import { makeWorld, place, START } from './cloudwatch-world.ts';

const MINUTE = 60_000;
let world: ReturnType<typeof makeWorld>;
beforeEach(() => {
  world = makeWorld();
});

const record = (minute: number, value: number, name = 'Requests', count = 1): void =>
  world.service.record({
    namespace: 'AWS/Test',
    name,
    dimensions: { A: '1', B: '2' },
    value,
    count,
    at: START + minute * MINUTE + 1_000,
  });

const metric = (Id: string, Stat = 'Sum', MetricName = 'Requests', Period = 60) => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: 'AWS/Test',
      MetricName,
      Dimensions: [
        { Name: 'B', Value: '2' },
        { Name: 'A', Value: '1' },
      ],
    },
    Period,
    Stat,
  },
});

const query = async (queries: object[], minutes = 5, more: object = {}) => {
  const { MetricDataResults } = await world.call('GetMetricData', {
    MetricDataQueries: queries,
    StartTime: new Date(START),
    EndTime: new Date(START + minutes * MINUTE),
    ScanBy: 'TimestampAscending',
    ...more,
  });
  return MetricDataResults as {
    Id: string;
    Label: string;
    Timestamps: Date[];
    Values: number[];
    StatusCode: string;
  }[];
};

const math = async (Expression: string, minutes = 5) => {
  const hidden = [metric('a'), metric('b', 'Sum', 'Errors')].map((q) => ({
    ...q,
    ReturnData: false,
  }));
  const [result] = await query([...hidden, { Id: 'e1', Expression }], minutes);
  return result?.Timestamps.map((time, index) => [
    (time.getTime() - START) / MINUTE,
    result.Values[index],
  ]);
};

describe('cloudwatch: metric data: statistics', () => {
  test.each([
    ['SampleCount', 10],
    ['Sum', 19],
    ['Average', 1.9],
    ['Minimum', 1],
    ['Maximum', 10],
    ['p50', 1],
    ['p90', 1],
    ['p95', 10],
    ['p99.9', 10],
    // The lower bound is exclusive, the upper one inclusive: together they are all values.
    ['TC(1:)', 1],
    ['TC(:1)', 9],
    ['TC(1:10)', 1],
    ['TC(0.5:9.99)', 9],
    ['TC(10:)', 0],
    ['tc90', 9],
    ['TC(10%:80%)', 7],
    ['PR(:1)', 90],
    ['PR(1:10)', 10],
    ['PR(:0.9)', 0],
  ])('%s', async (stat, expected) => {
    record(0, 1, 'Requests', 9);
    record(0, 10);
    const [result] = await query([metric('m', stat)]);
    expect(result?.Values).toEqual([expected]);
  });

  test.each(['TC(:)', 'TC(10%:5)', 'PR(:50%)', 'PR(300)', 'TC(%:1)', 'tm90', 'TS(:1)'])(
    '%s is refused',
    async (stat) => {
      record(0, 1);
      await expect(query([metric('m', stat)])).rejects.toThrow(/Stat|does not do/);
    },
  );

  test('a trimmed count of a statistic set is unknown, as its values are', async () => {
    await world.call('PutMetricData', {
      Namespace: 'Mine',
      MetricData: [
        {
          MetricName: 'mixed',
          StatisticValues: { SampleCount: 2, Sum: 4, Minimum: 1, Maximum: 3 },
        },
      ],
    });
    const of = (Id: string, Stat: string) => ({
      Id,
      MetricStat: { Metric: { Namespace: 'Mine', MetricName: 'mixed' }, Period: 60, Stat },
    });
    const results = await query([of('count', 'TC(2:)'), of('rank', 'PR(:2)')]);
    expect(results.map(({ Values }) => Values)).toEqual([[], []]);
  });

  test('a percentile of a statistic set is unknown, unless all values are equal', async () => {
    const put = (MetricName: string, Maximum: number) =>
      world.call('PutMetricData', {
        Namespace: 'Mine',
        MetricData: [
          { MetricName, StatisticValues: { SampleCount: 2, Sum: 4, Minimum: 2, Maximum } },
        ],
      });
    await put('mixed', 3);
    await put('equal', 2);
    const of = (MetricName: string) => ({
      Id: MetricName,
      MetricStat: { Metric: { Namespace: 'Mine', MetricName }, Period: 60, Stat: 'p90' },
    });
    const results = await query([of('mixed'), of('equal')]);
    expect(results.map(({ Values }) => Values)).toEqual([[], [2]]);
  });

  test('longer periods start at StartTime, newest first unless asked otherwise', async () => {
    for (const minute of [0, 1, 2, 3]) record(minute, 1);
    const [result] = await query([metric('m', 'Sum', 'Requests', 120)], 3, {
      ScanBy: 'TimestampDescending',
      StartTime: new Date(START + 30_000),
    });
    expect(result?.Timestamps.map((time) => time.getTime() - START)).toEqual([2 * MINUTE, 0]);
    expect(result?.Values).toEqual([1, 2]);
  });

  test('high-resolution data has periods below a minute, other data has not', async () => {
    const at = (second: number, StorageResolution: number, MetricName: string) => ({
      MetricName,
      Value: 1,
      StorageResolution,
      Timestamp: new Date(START + second * 1_000),
    });
    await world.call('PutMetricData', {
      Namespace: 'Mine',
      MetricData: [at(1, 1, 'fine'), at(11, 1, 'fine'), at(12, 1, 'fine'), at(11, 60, 'coarse')],
    });
    const of = (MetricName: string) => ({
      Id: MetricName,
      MetricStat: { Metric: { Namespace: 'Mine', MetricName }, Period: 10, Stat: 'Sum' },
    });
    const [fine, coarse] = await query([of('fine'), of('coarse')], 1);
    expect(fine?.Values).toEqual([1, 2]);
    expect(coarse?.Values).toEqual([1]);
  });

  test('a delayed metric is unseen until its delay has passed', async () => {
    world.service.settings.metricDelayMs = 2 * MINUTE;
    record(0, 7);
    await world.clock.advance(2 * MINUTE - 1);
    expect((await query([metric('m')]))[0]?.Values).toEqual([]);
    await world.clock.advance(1);
    expect((await query([metric('m')]))[0]?.Values).toEqual([7]);
  });

  test('pages by data points and says which results are partial', async () => {
    for (const minute of [0, 1, 2]) record(minute, minute);
    const input = {
      MetricDataQueries: [metric('m')],
      StartTime: new Date(START),
      EndTime: new Date(START + 5 * MINUTE),
      MaxDatapoints: 2,
      ScanBy: 'TimestampAscending',
    };
    const first = await world.call('GetMetricData', input);
    expect(first.MetricDataResults[0]).toMatchObject({ Values: [0, 1], StatusCode: 'PartialData' });
    const second = await world.call('GetMetricData', { ...input, NextToken: first.NextToken });
    expect(second.MetricDataResults[0]).toMatchObject({ Values: [2], StatusCode: 'Complete' });
    expect(second.NextToken).toBeUndefined();
  });
});

describe('cloudwatch: metric math', () => {
  beforeEach(() => {
    // Errors come only when there are some: minute 1 has none.
    for (const [minute, requests] of [10, 20, 30].entries()) record(minute, requests);
    record(0, 1, 'Errors');
    record(2, 6, 'Errors');
  });

  test.each([
    [
      'b / a',
      [
        [0, 0.1],
        [2, 0.2],
      ],
    ],
    [
      '100 * FILL(b, 0) / a',
      [
        [0, 10],
        [1, 0],
        [2, 20],
      ],
    ],
    ['a / 0', []],
    [
      '-a + 2 * (a - 1)',
      [
        [0, 8],
        [1, 18],
        [2, 28],
      ],
    ],
    [
      'a >= 20',
      [
        [0, 0],
        [1, 1],
        [2, 1],
      ],
    ],
    [
      'a > 10 AND a < 30',
      [
        [0, 0],
        [1, 1],
        [2, 0],
      ],
    ],
    [
      'a < 20 || a > 20',
      [
        [0, 1],
        [1, 0],
        [2, 1],
      ],
    ],
    [
      'IF(a >= 20, FILL(b, 0) / a)',
      [
        [1, 0],
        [2, 0.2],
      ],
    ],
    [
      'IF(a < 20, 0, FILL(b, 0))',
      [
        [0, 0],
        [1, 0],
        [2, 6],
      ],
    ],
    [
      'FILL(b, REPEAT)',
      [
        [0, 1],
        [1, 1],
        [2, 6],
      ],
    ],
    [
      'FILL(b, LINEAR)',
      [
        [0, 1],
        [1, 3.5],
        [2, 6],
      ],
    ],
    [
      'FILL(b, a)',
      [
        [0, 1],
        [1, 20],
        [2, 6],
      ],
    ],
    [
      'SUM([a, b])',
      [
        [0, 11],
        [1, 20],
        [2, 36],
      ],
    ],
    [
      'MAX(METRICS())',
      [
        [0, 10],
        [1, 20],
        [2, 30],
      ],
    ],
    [
      'a - MIN(a)',
      [
        [0, 0],
        [1, 10],
        [2, 20],
      ],
    ],
    [
      'AVG([a, b]) * 2',
      [
        [0, 11],
        [1, 40],
        [2, 36],
      ],
    ],
    [
      'DIFF(a)',
      [
        [1, 10],
        [2, 10],
      ],
    ],
    [
      'RATE(a) * PERIOD(a)',
      [
        [1, 10],
        [2, 10],
      ],
    ],
    [
      'RUNNING_SUM(a)',
      [
        [0, 10],
        [1, 30],
        [2, 60],
      ],
    ],
    [
      'TIME_SERIES(DATAPOINT_COUNT(b))',
      [
        [0, 2],
        [1, 2],
        [2, 2],
      ],
    ],
    [
      '2 ^ 3 ^ 0 + 0 * a',
      [
        [0, 2],
        [1, 2],
        [2, 2],
      ],
    ],
  ])('%s', async (expression, expected) => {
    expect(await math(expression, 3)).toEqual(expected);
  });

  test('FILL of a metric without any data has a value in every period', async () => {
    const [result] = await query(
      [
        { ...metric('m', 'Sum', 'Never'), ReturnData: false },
        { Id: 'e', Expression: 'FILL(m, 0)' },
      ],
      3,
    );
    expect(result?.Values).toEqual([0, 0, 0]);
  });

  test.each([
    ['NOPE(a)', "Error in expression 'e1': Unknown function NOPE"],
    ['a +', "Error in expression 'e1': Unexpected token 'end of expression'"],
    ['missing / a', "Error in expression 'e1': Undefined variable missing"],
    ['AVG(a)', "Error in expression 'e1': The expression must give a time series"],
    ['e1 + a', "Error in expression 'e1': Circular reference e1 -> e1"],
    ['a # b', "Error in expression 'e1': Unexpected character at position 2"],
  ])('refuses %s', async (expression, message) => {
    await expect(math(expression)).rejects.toMatchObject({ name: 'ValidationError', message });
  });

  test('says what it does not do', async () => {
    await expect(math('SEARCH("a", "Sum")')).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('SEARCH'),
    });
  });
});

describe('cloudwatch: PutMetricData', () => {
  test.each([
    [{ Namespace: 'AWS/Mine' }, 'InvalidParameterValueException'],
    [{ MetricData: [{ MetricName: 'm' }] }, 'InvalidParameterCombinationException'],
    [{ MetricData: [{ MetricName: 'm', Value: Number.NaN }] }, 'InvalidParameterValueException'],
    [
      { MetricData: [{ MetricName: 'm', Values: [1, 2], Counts: [1] }] },
      'InvalidParameterValueException',
    ],
    [
      { MetricData: [{ MetricName: 'm', Value: 1, Timestamp: new Date(START - 15 * 86_400_000) }] },
      'InvalidParameterValueException',
    ],
  ])('refuses %j', async (input, name) => {
    await expect(
      world.call('PutMetricData', { Namespace: 'Mine', ...input }),
    ).rejects.toMatchObject({ name });
  });

  test('what came in is listed, with its dimensions', async () => {
    record(0, 1);
    const { Metrics } = await world.call('ListMetrics', {
      Namespace: 'AWS/Test',
      Dimensions: [{ Name: 'A' }],
    });
    expect(Metrics).toEqual([
      {
        Namespace: 'AWS/Test',
        MetricName: 'Requests',
        Dimensions: [
          { Name: 'A', Value: '1' },
          { Name: 'B', Value: '2' },
        ],
      },
    ]);
    expect((await world.call('ListMetrics', { Namespace: 'Other' })).Metrics).toEqual([]);
  });

  test('accounts and Regions keep to themselves', async () => {
    record(0, 1);
    const elsewhere = { ...place, region: 'eu-central-1' };
    const context = { ...elsewhere, principal: { arn: 'x', account: place.account } };
    expect(await world.cloud.call('cloudwatch', 'ListMetrics', {}, context)).toEqual({
      Metrics: [],
    });
  });

  test('GetMetricStatistics gives each asked statistic of each period', async () => {
    record(0, 4);
    record(2, 2, 'Requests', 3);
    const { Datapoints } = await world.call('GetMetricStatistics', {
      Namespace: 'AWS/Test',
      MetricName: 'Requests',
      Dimensions: metric('m').MetricStat.Metric.Dimensions,
      StartTime: new Date(START),
      EndTime: new Date(START + 5 * MINUTE),
      Period: 60,
      Statistics: ['Sum', 'SampleCount'],
    });
    expect(Datapoints).toEqual([
      { Timestamp: new Date(START), Sum: 4, SampleCount: 1, Unit: 'None' },
      { Timestamp: new Date(START + 2 * MINUTE), Sum: 6, SampleCount: 3, Unit: 'None' },
    ]);
  });
});
