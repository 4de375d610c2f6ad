import { z } from 'zod';
import type { Finding } from './alarm-gate.ts';
import { isoOf, MINUTE, millisecondsOf } from './instant.ts';

/** Application Signals' words, and `missing` for an objective that does not exist. */
export const BudgetStatus = z.enum(['OK', 'WARNING', 'BREACHED', 'INSUFFICIENT_DATA', 'missing']);
export type BudgetStatus = z.infer<typeof BudgetStatus>;

/** The error budget of one service level objective, as one report saw it. */
export const Budget = z.object({
  /** Name or ARN, as configured. */
  slo: z.string(),
  status: BudgetStatus,
  /** Percent reached, and percent to be reached. */
  attainment: z.number().nullable(),
  goal: z.number().nullable(),
  /** What is left of the budget, in seconds or in requests, as the objective counts. */
  left: z
    .object({ amount: z.number(), of: z.number(), unit: z.enum(['s', 'requests']) })
    .nullable(),
});
export type Budget = z.infer<typeof Budget>;

/** The last report, carried from tick to tick: budgets move slowly, so they are read seldom. */
export const BudgetReport = z.object({
  readAt: z.iso.datetime(),
  budgets: z.array(Budget).max(20),
});
export type BudgetReport = z.infer<typeof BudgetReport>;

/** Budgets are computed every few minutes over days: reading them at every tick shows nothing new. */
const READ_EVERY_MS = 5 * MINUTE;

/** Whether a report is due. */
export const budgetsDue = (report: BudgetReport | null, now: number): boolean =>
  report === null || now >= millisecondsOf(report.readAt) + READ_EVERY_MS;

export const budgetReport = (budgets: readonly Budget[], now: number): BudgetReport => ({
  readAt: isoOf(now),
  budgets: [...budgets],
});

/** The statuses at preflight: what was so before the rollout is not its doing. */
export type BudgetsBefore = Readonly<Record<string, BudgetStatus>>;

export const budgetsBefore = (budgets: readonly Budget[]): Record<string, BudgetStatus> =>
  Object.fromEntries(budgets.map(({ slo, status }) => [slo, status]));

/**
 * What a rollout's tick saw of the budgets. `undefined`: none are watched, `null`: they could not be read.
 */
export type BudgetSight = BudgetReport | null | undefined;

/** Budgets that were spent while this rollout ran. A rollout that began over a spent budget (by a waiver) is not its cause. */
export const newlyBreached = (sight: BudgetSight, before: BudgetsBefore): Budget[] =>
  (sight?.budgets ?? []).filter(
    ({ slo, status }) => status === 'BREACHED' && before[slo] !== 'BREACHED',
  );

/** Why a step may not pass for now; null: the budgets allow it. */
export const budgetDoubt = (sight: BudgetSight, before: BudgetsBefore): string | null => {
  if (sight === undefined) return null;
  if (sight === null) return 'the error budgets could not be read';
  const wary = sight.budgets.filter(
    ({ slo, status }) =>
      status === 'missing' ||
      status === 'INSUFFICIENT_DATA' ||
      (status === 'WARNING' && (before[slo] ?? 'OK') === 'OK'),
  );
  return wary.length === 0 ? null : wary.map(budgetWords).join('; ');
};

/** What speaks against a start: a spent budget, one that says nothing yet, one that nobody has made. */
export const budgetFindings = (budgets: readonly Budget[] | null, served: boolean): Finding[] => {
  if (budgets === null) {
    return [
      { check: 'slos', verdict: 'inconclusive', reason: 'the error budgets could not be read' },
    ];
  }
  return budgets.flatMap((budget): Finding[] => {
    if (budget.status === 'OK' || budget.status === 'WARNING') return [];
    // Before a first release nobody has counted anything yet.
    if (budget.status === 'INSUFFICIENT_DATA' && !served) return [];
    if (budget.status === 'missing') {
      return [
        {
          check: 'slos',
          verdict: 'fail',
          reason: `the service level objective ${budget.slo} does not exist; create it or take it out of the configuration`,
          subject: budget.slo,
        },
      ];
    }
    return [
      {
        check: 'slos',
        verdict: 'inconclusive',
        reason: budgetWords(budget),
        subject: budget.slo,
      },
    ];
  });
};

/** One budget for people, with its numbers. */
export const budgetWords = ({ slo, status, attainment, goal, left }: Budget): string => {
  if (status === 'missing') return `the service level objective ${slo} does not exist`;
  const numbers = [
    attainment === null ? '' : `${round(attainment)} %${goal === null ? '' : ` of ${goal} %`}`,
    left === null ? '' : `${round(left.amount)} of ${round(left.of)} ${left.unit} left`,
  ].filter((words) => words !== '');
  return `the error budget of ${slo} is ${status}${
    numbers.length === 0 ? '' : ` (${numbers.join(', ')})`
  }`;
};

const round = (value: number): number => Math.round(value * 1000) / 1000;
