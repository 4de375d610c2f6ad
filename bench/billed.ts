import { freeWhenIdle, type Priced, prices } from './prices.ts';

/** As much of a template as is billed. */
export interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }
    >
  >;
}

/** How many of each thing with a price. */
export type Bill = Readonly<Partial<Record<Priced, number>>>;

/** A template has a resource of which nobody has said what it costs. */
export class UnknownPrice extends Error {
  override readonly name = 'UnknownPrice';
}

const MONTH_SECONDS = 30 * 24 * 3600;
/** Lambda begins with five pollers, each of them waiting 20 s for a message: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (NV) */
const POLLS_A_MONTH = (5 * MONTH_SECONDS) / 20;
const MILLION = 1e6;
/** A function on a schedule, until it was measured on AWS: half a GB for a second (NV). */
const SCHEDULED_GB_SECONDS = 0.5;

/** What a template costs in a month in which nothing is released. */
export const billOf = ({ Resources }: Template): Bill => {
  const bill: Partial<Record<Priced, number>> = {};
  for (const [name, { Type, Properties = {} }] of Object.entries(Resources)) {
    if (freeWhenIdle.has(Type) || Type.startsWith('Custom::')) continue;
    const items = itemsOf(Type, Properties);
    if (items === undefined) {
      throw new UnknownPrice(
        `${name} is of type ${Type}, which has no price; give it one in bench/prices.ts, or add it to freeWhenIdle there`,
      );
    }
    for (const [item, count] of entries(items)) bill[item] = (bill[item] ?? 0) + count;
  }
  return bill;
};

/** US dollars a month. */
export const costOf = (bill: Bill): number =>
  entries(bill).reduce((sum, [item, count]) => sum + count * prices[item].usd, 0);

/** One bill of several. */
export const together = (bills: readonly Bill[]): Bill => {
  const all: Partial<Record<Priced, number>> = {};
  for (const bill of bills) {
    for (const [item, count] of entries(bill)) all[item] = (all[item] ?? 0) + count;
  }
  return all;
};

const entries = (bill: Bill): [Priced, number][] => Object.entries(bill) as [Priced, number][];

const itemsOf = (type: string, properties: Readonly<Record<string, unknown>>): Bill | undefined => {
  switch (type) {
    case 'AWS::KMS::Key':
      return { key: 1 };
    case 'AWS::CloudWatch::Alarm':
      return { alarmMetric: metricsIn(properties) };
    case 'AWS::CloudWatch::CompositeAlarm':
      return { compositeAlarm: 1 };
    case 'AWS::CloudWatch::Dashboard':
      return { dashboard: 1 };
    case 'AWS::Lambda::EventSourceMapping':
      return { queueRequests: POLLS_A_MONTH / MILLION };
    case 'AWS::Events::Rule':
      return scheduled(properties['ScheduleExpression']);
    case 'AWS::EC2::NatGateway':
      return { natGateway: 1 };
    case 'AWS::EC2::VPCEndpoint':
      return properties['VpcEndpointType'] === 'Interface' ? { interfaceEndpoint: 1 } : {};
    case 'AWS::SecretsManager::Secret':
      return { secret: 1 };
    default:
      return undefined;
  }
};

/** An expression is free, each metric under it is not. */
const metricsIn = ({ Metrics }: Readonly<Record<string, unknown>>): number =>
  Array.isArray(Metrics)
    ? (Metrics as { MetricStat?: unknown }[]).filter(({ MetricStat }) => MetricStat !== undefined)
        .length
    : 1;

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** Events that AWS makes are free, and so is a rule; what its schedule invokes is not. */
const scheduled = (schedule: unknown): Bill => {
  if (schedule === undefined) return {};
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(schedule)) ?? [];
  const seconds = UNIT_SECONDS[unit];
  if (count === undefined || seconds === undefined) {
    throw new UnknownPrice(`how often ${String(schedule)} comes in a month is not known here`);
  }
  const invocations = MONTH_SECONDS / (Number(count) * seconds);
  return {
    functionRequests: invocations / MILLION,
    functionGbSecond: invocations * SCHEDULED_GB_SECONDS,
  };
};
