import type { FunctionRecord } from './function-record.ts';
import { ACCOUNT_CONCURRENCY, LEAST_UNRESERVED } from './invoker.ts';
import { invalidParameter } from './lambda-errors.ts';
import type { Lambda } from './lambda-service.ts';

/** Sets what a function may run at once, and keeps that for it. */
export const reserve = (
  lambda: Lambda,
  record: FunctionRecord,
  reserved: number | undefined,
): void => {
  if (reserved === undefined) {
    record.reservedConcurrency = undefined;
    return;
  }
  const others = lambda.functions
    .all()
    .reduce((sum, one) => sum + (one === record ? 0 : (one.reservedConcurrency ?? 0)), 0);
  if (ACCOUNT_CONCURRENCY - others - reserved < LEAST_UNRESERVED) {
    throw invalidParameter(
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
    );
  }
  record.reservedConcurrency = reserved;
};
