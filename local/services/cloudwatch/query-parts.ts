import type { Dimension } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../aws-error.ts';
import { statisticNamed } from './aggregate.ts';
import { validationError } from './cloudwatch-error.ts';
import { functionProblem } from './expression-functions.ts';
import { callsIn, type Expression, ExpressionError, parseExpression } from './expression-parser.ts';

/** `[{Name, Value}]` as a record. */
export const dimensionsOf = (
  dimensions: readonly Dimension[] | undefined,
): Record<string, string> =>
  Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']));

const isPeriod = (period: number): boolean =>
  [1, 5, 10, 20, 30].includes(period) || (period >= 60 && period % 60 === 0);

/** Refuses a period that CloudWatch does not have. */
export const checkPeriod = (period: number | undefined): number => {
  if (period !== undefined && isPeriod(period)) return period;
  throw validationError(
    `Invalid period ${period}: it must be 1, 5, 10, 20, 30 or a multiple of 60 seconds`,
  );
};

/** Refuses a statistic that CloudWatch or the local CloudWatch doesn't have. */
export const checkStatistic = (
  name: string | undefined,
): NonNullable<ReturnType<typeof statisticNamed>> => {
  const statistic = statisticNamed(name ?? '');
  if (statistic) return statistic;
  if (/^(tm|wm|tc|ts|IQM|PR|TM|WM|TC|TS)/.test(name ?? '')) {
    throw new AwsError(
      'NotImplemented',
      `the local cloud does not do the statistic ${name}; use SampleCount, Sum, Average, Minimum, Maximum, a percentile such as p95, a trimmed count such as TC(0.8:) or a percentile rank such as PR(:0.8)`,
      { status: 501 },
    );
  }
  throw validationError(`The value ${name} for parameter Stat is not supported.`);
};

/** Reads an expression of metric math, refusing functions that CloudWatch or the local CloudWatch doesn't have. */
export const compileExpression = (id: string, source: string): Expression => {
  try {
    const expression = parseExpression(source);
    for (const name of callsIn(expression)) {
      const problem = functionProblem(name);
      if (problem === 'not done') {
        throw new AwsError(
          'NotImplemented',
          `the local cloud does not do the metric math function ${name} (expression '${id}')`,
          { status: 501 },
        );
      }
      if (problem) throw new ExpressionError(`Unknown function ${name}`);
    }
    return expression;
  } catch (error) {
    if (error instanceof ExpressionError) {
      throw validationError(`Error in expression '${id}': ${error.message}`);
    }
    throw error;
  }
};
