import {
  ApplicationSignalsClient,
  BatchGetServiceLevelObjectiveBudgetReportCommand,
  type ServiceLevelObjectiveBudgetReport,
} from '@aws-sdk/client-application-signals';
import { type Budget, BudgetStatus } from '../domain/budget.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

/** Application Signals in a place: the error budgets of these objectives now, in the order given. */
export const readBudgets = async (
  runtime: Runtime,
  place: Place,
  slos: readonly string[],
): Promise<Budget[]> => {
  if (slos.length === 0) return [];
  // At most 50 in a request; the configuration has at most 20.
  const answer = await aws(runtime)(ApplicationSignalsClient, place).send(
    new BatchGetServiceLevelObjectiveBudgetReportCommand({
      Timestamp: new Date(runtime.now()),
      SloIds: [...slos],
    }),
  );
  return slos.map((slo): Budget => {
    const report = answer.Reports?.find(({ Name, Arn }) => Name === slo || Arn === slo);
    if (report !== undefined) return budgetOf(slo, report);
    const error = answer.Errors?.find(({ Name, Arn }) => Name === slo || Arn === slo);
    const gone = /NotFound/i.test(error?.ErrorCode ?? '');
    // What could not be evaluated is not yet known to be gone: it says nothing.
    return {
      slo,
      status: gone ? 'missing' : 'INSUFFICIENT_DATA',
      attainment: null,
      goal: null,
      left: null,
    };
  });
};

const budgetOf = (slo: string, report: ServiceLevelObjectiveBudgetReport): Budget => {
  // A status that AWS adds later must not read as OK.
  const status = BudgetStatus.exclude(['missing']).safeParse(report.BudgetStatus);
  return {
    slo,
    status: status.success ? status.data : 'INSUFFICIENT_DATA',
    attainment: report.Attainment ?? null,
    goal: report.Goal?.AttainmentGoal ?? null,
    left: leftOf(report),
  };
};

const leftOf = (report: ServiceLevelObjectiveBudgetReport): Budget['left'] => {
  if (report.BudgetRequestsRemaining !== undefined) {
    const of = report.TotalBudgetRequests ?? 0;
    return { amount: report.BudgetRequestsRemaining, of, unit: 'requests' };
  }
  if (report.BudgetSecondsRemaining === undefined) return null;
  return {
    amount: report.BudgetSecondsRemaining,
    of: report.TotalBudgetSeconds ?? 0,
    unit: 's',
  };
};
