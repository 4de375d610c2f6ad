/** What Step Functions says of an execution. */
export interface ExecutionState {
  readonly executionArn: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  readonly startedAt: number;
  readonly stoppedAt: number | null;
  /** `Error: cause`, where it failed. */
  readonly reason: string | null;
}

/** Executions of Slipway's machines, started under names that tell what they are for. */
export interface Executions {
  /** `alreadyExists`: an execution of that name has ended, or runs with another input. */
  start(machineArn: string, name: string, input: unknown): Promise<'started' | 'alreadyExists'>;
  /** By name, of the machine whose alias is given; null when there is none. */
  named(machineArn: string, name: string): Promise<ExecutionState | null>;
  /** Null when there is none, or its history is gone. */
  state(executionArn: string): Promise<ExecutionState | null>;
}

/** Says whether an execution can still act. */
export const alive = (state: ExecutionState | null): boolean =>
  state !== null && (state.status === 'RUNNING' || state.status === 'PENDING_REDRIVE');
