import { expect, test } from 'vitest';
import { billOf, costOf, type Template, together } from '../../bench/billed.ts';

const templateOf = (Type: string, Properties: Record<string, unknown> = {}): Template => ({
  Resources: { Thing: { Type, Properties } },
});

test.each([
  { what: 'a key', template: templateOf('AWS::KMS::Key'), usd: 1 },
  {
    what: 'an alarm on one metric',
    template: templateOf('AWS::CloudWatch::Alarm', { MetricName: 'Errors' }),
    usd: 0.1,
  },
  {
    what: 'an alarm on two metrics and their sum',
    template: templateOf('AWS::CloudWatch::Alarm', {
      Metrics: [{ Expression: 'a + b' }, { MetricStat: {} }, { MetricStat: {} }],
    }),
    usd: 0.2,
  },
  { what: 'a composite alarm', template: templateOf('AWS::CloudWatch::CompositeAlarm'), usd: 0.5 },
  { what: 'a function', template: templateOf('AWS::Lambda::Function'), usd: 0 },
  { what: 'a custom resource', template: templateOf('Custom::SlipwayRoute'), usd: 0 },
  { what: 'a rule for events', template: templateOf('AWS::Events::Rule'), usd: 0 },
  {
    what: 'a poller',
    template: templateOf('AWS::Lambda::EventSourceMapping'),
    usd: 0.648 * 0.4,
  },
])('idle cost: $what costs $usd a month', ({ template, usd }) => {
  expect(costOf(billOf(template))).toBeCloseTo(usd, 10);
});

test('idle cost: a schedule costs its invocations', () => {
  const bill = billOf(templateOf('AWS::Events::Rule', { ScheduleExpression: 'rate(15 minutes)' }));
  expect(bill.functionRequests).toBeCloseTo(2880 / 1e6, 12);
});

test.each([
  ['a type without a price', templateOf('AWS::Kinesis::Stream'), 'AWS::Kinesis::Stream'],
  [
    'a schedule that cannot be counted',
    templateOf('AWS::Events::Rule', { ScheduleExpression: 'cron(0 1 * * ? *)' }),
    'cron',
  ],
])('idle cost: %s is refused', (_name, template, word) => {
  expect(() => billOf(template)).toThrow(word);
});

test('idle cost: bills add up', () => {
  expect(together([{ key: 1, alarmMetric: 3 }, { key: 2 }])).toEqual({ key: 3, alarmMetric: 3 });
});
