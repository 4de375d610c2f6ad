import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { intervalStart } from '../../../local/services/application-signals/budget-report.ts';
import { applicationSignalsModule } from '../../../local/services/application-signals/module.ts';
import { applicationSignalsResources } from '../../../local/services/application-signals/resources.ts';
import { cloudwatchModule } from '../../../local/services/cloudwatch/module.ts';
import type { Place } from '../../../local/services/service.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const place: Place = { account: '111111111111', region: 'eu-west-1' };
const ARN = 'arn:aws:application-signals:eu-west-1:111111111111:slo/checkout-availability';

const metric = (Id: string, MetricName: string) => [
  {
    Id,
    MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: true,
  },
];
const byRequests = (over: object = {}) => ({
  Name: 'checkout-availability',
  RequestBasedSliConfig: {
    RequestBasedSliMetricConfig: {
      TotalRequestCountMetric: metric('all', 'Requests'),
      MonitoredRequestCountMetric: { BadCountMetric: metric('bad', 'Errors') },
    },
  },
  Goal: {
    AttainmentGoal: 99,
    WarningThreshold: 30,
    Interval: { RollingInterval: { DurationUnit: 'HOUR', Duration: 1 } },
  },
  ...over,
});

const makeWorld = () => {
  const clock = new VirtualClock(START);
  const cloud = new Cloud({
    clock,
    seed: 1,
    modules: [cloudwatchModule, applicationSignalsModule],
  });
  const context = { ...place, principal: operatorOf(place.account) };
  // biome-ignore lint/suspicious/noExplicitAny: tests look at many different answers
  const call = (operation: string, input: object): Promise<any> =>
    cloud.call('applicationsignals', operation, input, context);
  const minute = async (requests: number, errors: number) => {
    const data = [
      { MetricName: 'Requests', Value: requests },
      ...(errors === 0 ? [] : [{ MetricName: 'Errors', Value: errors }]),
    ];
    await cloud.call(
      'cloudwatch',
      'PutMetricData',
      { Namespace: 'Shop', MetricData: data },
      context,
    );
    await clock.advance(MINUTE);
  };
  const report = async (id = 'checkout-availability') => {
    const answer = await call('BatchGetServiceLevelObjectiveBudgetReport', {
      Timestamp: new Date(clock.now()),
      SloIds: [id],
    });
    return answer.Reports[0];
  };
  return { call, minute, report, clock, cloud };
};

describe('application signals: budgets by requests', () => {
  test('nothing counted, enough left, little left, spent, and whole again when the interval has passed', async () => {
    const { call, minute, report, clock } = makeWorld();
    await call('CreateServiceLevelObjective', byRequests());
    expect(await report()).toMatchObject({ BudgetStatus: 'INSUFFICIENT_DATA' });
    await minute(1000, 0);
    expect(await report()).toMatchObject({
      Arn: ARN,
      EvaluationType: 'RequestBased',
      BudgetStatus: 'OK',
      Attainment: 100,
      TotalBudgetRequests: 10,
      BudgetRequestsRemaining: 10,
    });
    await minute(1000, 14);
    expect(await report()).toMatchObject({ BudgetStatus: 'WARNING', BudgetRequestsRemaining: 6 });
    await minute(1000, 17);
    expect(await report()).toMatchObject({ BudgetStatus: 'BREACHED', BudgetRequestsRemaining: -1 });
    await clock.advance(60 * MINUTE);
    await minute(1000, 0);
    expect(await report(ARN)).toMatchObject({ BudgetStatus: 'OK', Attainment: 100 });
  });

  test('good requests may be counted instead of bad ones', async () => {
    const { call, minute, report } = makeWorld();
    await call(
      'CreateServiceLevelObjective',
      byRequests({
        RequestBasedSliConfig: {
          RequestBasedSliMetricConfig: {
            TotalRequestCountMetric: metric('all', 'Requests'),
            MonitoredRequestCountMetric: { GoodCountMetric: metric('good', 'Errors') },
          },
        },
      }),
    );
    await minute(100, 99);
    expect(await report()).toMatchObject({ Attainment: 99, BudgetRequestsRemaining: 0 });
  });
});

describe('application signals: budgets by periods', () => {
  test('a bad period takes its length; one without data counts neither way', async () => {
    const { call, minute, report, clock } = makeWorld();
    await call('CreateServiceLevelObjective', {
      Name: 'checkout-availability',
      SliConfig: {
        SliMetricConfig: { MetricDataQueries: metric('m', 'Requests') },
        MetricThreshold: 50,
        ComparisonOperator: 'GreaterThanOrEqualTo',
      },
      Goal: {
        AttainmentGoal: 95,
        Interval: { RollingInterval: { DurationUnit: 'HOUR', Duration: 1 } },
      },
    });
    await minute(100, 0);
    await minute(10, 0);
    await clock.advance(5 * MINUTE);
    await minute(100, 0);
    await minute(100, 0);
    expect(await report()).toMatchObject({
      EvaluationType: 'PeriodBased',
      BudgetStatus: 'OK',
      Attainment: 75,
      TotalBudgetSeconds: 180,
      BudgetSecondsRemaining: 120,
    });
    await minute(10, 0);
    await minute(10, 0);
    expect(await report()).toMatchObject({ BudgetStatus: 'WARNING', BudgetSecondsRemaining: 0 });
    await minute(10, 0);
    expect(await report()).toMatchObject({ BudgetStatus: 'BREACHED', BudgetSecondsRemaining: -60 });
  });

  test.each([
    [{ RollingInterval: { DurationUnit: 'DAY', Duration: 7 } }, '2026-03-08T12:00:00.000Z'],
    [{ RollingInterval: { DurationUnit: 'MONTH', Duration: 1 } }, '2026-02-15T12:00:00.000Z'],
    [
      { CalendarInterval: { DurationUnit: 'MONTH', Duration: 1, StartTime: new Date(START) } },
      '2026-03-01T00:00:00.000Z',
    ],
    [
      { CalendarInterval: { DurationUnit: 'DAY', Duration: 7, StartTime: new Date(START) } },
      '2026-03-12T00:00:00.000Z',
    ],
  ] as const)('%j at noon of 15 March began at %s', (interval, began) => {
    const start = intervalStart(interval, Date.UTC(2026, 2, 15, 12));
    expect(new Date(start).toISOString()).toBe(began);
  });
});

describe('application signals: objectives', () => {
  test('are made, read, listed, changed and deleted; an unknown one is an error of the batch', async () => {
    const { call, minute, report } = makeWorld();
    await call('CreateServiceLevelObjective', byRequests());
    await expect(call('CreateServiceLevelObjective', byRequests())).rejects.toMatchObject({
      name: 'ConflictException',
    });
    expect((await call('GetServiceLevelObjective', { Id: ARN })).Slo).toMatchObject({
      Name: 'checkout-availability',
      Goal: { AttainmentGoal: 99 },
    });
    expect((await call('ListServiceLevelObjectives', {})).SloSummaries).toMatchObject([
      { Arn: ARN },
    ]);
    await minute(1000, 14);
    expect(await report()).toMatchObject({ BudgetStatus: 'BREACHED' });
    await call('UpdateServiceLevelObjective', { Id: ARN, Goal: { AttainmentGoal: 90 } });
    expect(await report()).toMatchObject({ BudgetStatus: 'OK', BudgetRequestsRemaining: 86 });
    await call('DeleteServiceLevelObjective', { Id: 'checkout-availability' });
    const answer = await call('BatchGetServiceLevelObjectiveBudgetReport', {
      Timestamp: new Date(START),
      SloIds: [ARN],
    });
    expect(answer).toMatchObject({
      Reports: [],
      Errors: [{ Arn: ARN, Name: 'checkout-availability', ErrorCode: 'ResourceNotFoundException' }],
    });
  });

  test.each([
    [{ Name: '-' }, 'ValidationException'],
    [{ RequestBasedSliConfig: undefined }, 'ValidationException'],
    [{ Goal: { AttainmentGoal: 0 } }, 'ValidationException'],
    [{ BurnRateConfigurations: [{ LookBackWindowMinutes: 60 }] }, 'NotImplemented'],
    [
      {
        RequestBasedSliConfig: {
          RequestBasedSliMetricConfig: {
            KeyAttributes: { Type: 'Service' },
            MetricType: 'LATENCY',
          },
        },
      },
      'NotImplemented',
    ],
  ])('refuses %j', async (over, name) => {
    const { call } = makeWorld();
    await expect(call('CreateServiceLevelObjective', byRequests(over))).rejects.toMatchObject({
      name,
    });
  });
});

describe('application signals: in a template', () => {
  test('an objective is made, changed, made anew under another name, and deleted', async () => {
    const { call, cloud } = makeWorld();
    const provider = applicationSignalsResources['AWS::ApplicationSignals::ServiceLevelObjective'];
    if (provider?.update === undefined || provider.remove === undefined) throw new Error('no type');
    const context = {
      ...place,
      principal: operatorOf(place.account),
      stackName: 's',
      stackId: 's',
      logicalId: 'l',
      cloud,
    };
    const properties = (Name: string, AttainmentGoal: number) => ({
      Name,
      Sli: {
        SliMetric: { MetricDataQueries: metric('m', 'Requests') },
        MetricThreshold: 5,
        ComparisonOperator: 'LessThan',
      },
      Goal: {
        AttainmentGoal,
        Interval: {
          CalendarInterval: { DurationUnit: 'DAY', Duration: 1, StartTime: START / 1000 },
        },
      },
    });
    const names = async () =>
      (await call('ListServiceLevelObjectives', {})).SloSummaries.map(
        ({ Name }: { Name: string }) => Name,
      );
    const made = await provider.create(properties('orders', 99), context);
    expect(made).toMatchObject({
      physicalId: 'arn:aws:application-signals:eu-west-1:111111111111:slo/orders',
      attributes: { EvaluationType: 'PeriodBased' },
    });
    const before = { ...made, properties: properties('orders', 99) };
    const changed = await provider.update(properties('orders', 90), before, context);
    expect(changed.physicalId).toBe(made.physicalId);
    const { Slo } = await call('GetServiceLevelObjective', { Id: 'orders' });
    expect(Slo.Goal).toMatchObject({
      AttainmentGoal: 90,
      Interval: { CalendarInterval: { StartTime: new Date(START) } },
    });
    await provider.update(properties('basket', 90), before, context);
    expect(await names()).toEqual(['orders', 'basket']);
    await provider.remove(before, context);
    expect(await names()).toEqual(['basket']);
  });
});
