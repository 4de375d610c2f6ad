/** The error names that Step Functions itself gives. */
export const StatesError = {
  All: 'States.ALL',
  DataLimitExceeded: 'States.DataLimitExceeded',
  ExceedToleratedFailureThreshold: 'States.ExceedToleratedFailureThreshold',
  HeartbeatTimeout: 'States.HeartbeatTimeout',
  NoChoiceMatched: 'States.NoChoiceMatched',
  Permissions: 'States.Permissions',
  QueryEvaluationError: 'States.QueryEvaluationError',
  Runtime: 'States.Runtime',
  TaskFailed: 'States.TaskFailed',
  Timeout: 'States.Timeout',
} as const;

/** How a state failed: what Retry and Catch match on, and what `$states.errorOutput` says. */
export class StateFailure extends Error {
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  /** A timeout because no heartbeat came: `States.Timeout` by name, matched by `States.HeartbeatTimeout` too. */
  readonly missedHeartbeat: boolean;

  constructor(
    error: string | undefined,
    cause: string | undefined,
    options: { readonly missedHeartbeat?: boolean } = {},
  ) {
    super(`${error ?? 'no error name'}: ${cause ?? 'no cause'}`);
    this.name = 'StateFailure';
    this.error = error;
    this.cause = cause;
    this.missedHeartbeat = options.missedHeartbeat ?? false;
  }
}

/** A field's expression could not be evaluated, or gave what the field cannot take. */
export class QueryFailure extends StateFailure {
  readonly location: string;

  constructor(location: string, cause: string) {
    super(StatesError.QueryEvaluationError, cause);
    this.name = 'QueryFailure';
    this.location = location;
  }
}

/** Errors that the wildcards leave alone: no retry helps, and a handler would see the same again. */
const beyondWildcards: ReadonlySet<string> = new Set([
  StatesError.DataLimitExceeded,
  StatesError.Runtime,
]);

/** Whether an `ErrorEquals` list covers a failure. */
export const matches = (errorEquals: readonly string[], failure: StateFailure): boolean => {
  const error = failure.error ?? '';
  if (error === StatesError.Runtime) return false;
  for (const name of errorEquals) {
    if (name === error) return true;
    if (name === StatesError.HeartbeatTimeout && failure.missedHeartbeat) return true;
    if (beyondWildcards.has(error)) continue;
    if (name === StatesError.All) return true;
    if (name === StatesError.TaskFailed && error !== StatesError.Timeout) return true;
  }
  return false;
};

/** A payload beyond 256 KiB. */
export const tooLarge = (what: string): StateFailure =>
  new StateFailure(
    StatesError.DataLimitExceeded,
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
