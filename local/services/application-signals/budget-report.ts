import type {
  Interval,
  MetricDataQuery,
  ServiceLevelObjectiveBudgetReport,
} from '@aws-sdk/client-application-signals';
import { COMPARISONS, type Objective, type PeriodBased, type RequestBased } from './objective.ts';

/** Answers a list of queries over a time range: the values of the one that returns data, by their time. */
export type ReadSeries = (
  queries: readonly MetricDataQuery[],
  range: { readonly from: number; readonly to: number },
) => Promise<readonly number[]>;

const UNITS: Readonly<Record<string, number>> = {
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

/** `count` months after a time, by the calendar in UTC. */
const monthsAfter = (start: number, count: number): number => {
  const date = new Date(start);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.getTime();
};

/** When the interval began that `now` is in. */
export const intervalStart = (interval: Interval | undefined, now: number): number => {
  const { RollingInterval: rolling, CalendarInterval: calendar } = interval ?? {};
  if (rolling) {
    const duration = rolling.Duration ?? 1;
    return rolling.DurationUnit === 'MONTH'
      ? monthsAfter(now, -duration)
      : now - duration * (UNITS[rolling.DurationUnit ?? ''] ?? 0);
  }
  const first = calendar?.StartTime?.getTime() ?? now;
  const duration = calendar?.Duration ?? 1;
  if (calendar?.DurationUnit !== 'MONTH') {
    const length = duration * (UNITS[calendar?.DurationUnit ?? ''] ?? 1);
    return first + Math.max(0, Math.floor((now - first) / length)) * length;
  }
  let start = first;
  while (monthsAfter(start, duration) <= now) start = monthsAfter(start, duration);
  return start;
};

/** How long the whole interval is, of which a part may lie ahead. */
const intervalLength = (interval: Interval | undefined, start: number, now: number): number => {
  const { CalendarInterval: calendar } = interval ?? {};
  if (!calendar) return now - start;
  const duration = calendar.Duration ?? 1;
  return calendar.DurationUnit === 'MONTH'
    ? monthsAfter(start, duration) - start
    : duration * (UNITS[calendar.DurationUnit ?? ''] ?? 1);
};

const statusOf = (
  { goal }: Objective,
  left: number,
  total: number,
): 'OK' | 'WARNING' | 'BREACHED' => {
  if (left < 0) return 'BREACHED';
  return total > 0 && (100 * left) / total <= goal.warning ? 'WARNING' : 'OK';
};

type Figures = Pick<
  ServiceLevelObjectiveBudgetReport,
  | 'BudgetStatus'
  | 'Attainment'
  | 'TotalBudgetSeconds'
  | 'BudgetSecondsRemaining'
  | 'TotalBudgetRequests'
  | 'BudgetRequestsRemaining'
>;

/**
 * The budget of an objective at a time. By periods: each bad one takes its length from the seconds that may be bad; a period
 * without data is neither. By requests: each bad one is taken from those that may be bad of all so far.
 */
export const budgetFigures = async (
  objective: Objective,
  now: number,
  read: ReadSeries,
): Promise<Figures> => {
  const { Interval } = objective.goal.of;
  const from = intervalStart(Interval, now);
  const { sli } = objective;
  return sli.kind === 'PeriodBased'
    ? byPeriods(
        objective,
        sli,
        { from, to: now, length: intervalLength(Interval, from, now) },
        read,
      )
    : byRequests(objective, sli, { from, to: now }, read);
};

const byPeriods = async (
  objective: Objective,
  sli: PeriodBased,
  range: { from: number; to: number; length: number },
  read: ReadSeries,
): Promise<Figures> => {
  const seconds = Math.max(60, ...sli.queries.map((query) => query.MetricStat?.Period ?? 0));
  const values = await read(sli.queries, range);
  const share = 1 - objective.goal.attainment / 100;
  const total = Math.round((range.length / 1000) * share);
  if (values.length === 0) return { BudgetStatus: 'INSUFFICIENT_DATA', TotalBudgetSeconds: total };
  const good = COMPARISONS[sli.comparison] ?? (() => false);
  const bad = values.filter((value) => !good(value, sli.threshold)).length;
  const left = total - bad * seconds;
  return {
    BudgetStatus: statusOf(objective, left, total),
    Attainment: (100 * (values.length - bad)) / values.length,
    TotalBudgetSeconds: total,
    BudgetSecondsRemaining: left,
  };
};

const byRequests = async (
  objective: Objective,
  sli: RequestBased,
  range: { from: number; to: number },
  read: ReadSeries,
): Promise<Figures> => {
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const all = sum(await read(sli.total, range));
  if (all === 0) return { BudgetStatus: 'INSUFFICIENT_DATA' };
  const counted = sum(await read(sli.counted, range));
  const bad = sli.counts === 'bad' ? counted : all - counted;
  // A share such as 1 − 0.999 is no whole number of requests by a hair.
  const total = Math.floor(all * (1 - objective.goal.attainment / 100) + 1e-9);
  const left = total - bad;
  return {
    BudgetStatus: statusOf(objective, left, total),
    Attainment: (100 * (all - bad)) / all,
    TotalBudgetRequests: total,
    BudgetRequestsRemaining: left,
  };
};
