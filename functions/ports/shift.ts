import type { ShiftRun } from '../domain/shift-run.ts';
import type { DeploymentSight } from '../domain/tick-sight.ts';

/** The pointer's versions between which a rollout shifts. */
export interface Versions {
  readonly stable: string;
  readonly candidate: string;
}

/**
 * What moves the release pointer's alias from one version to the other by the clock. The alias is the most that the candidate may
 * have; whoever moves it, the tick mirrors it only as far as the evidence allows.
 */
export interface Shift {
  /** Starts a rollout's shift, or finds the one that an earlier try started. */
  start(of: {
    readonly rolloutId: string;
    /** When the rollout began, in milliseconds since the epoch: nothing of its is older. */
    readonly since: number;
    /** As its record knows it. */
    readonly run: ShiftRun;
    readonly versions: Versions;
    /** What CodeDeploy is to watch in place of its group's alarms; null or absent: the group's. */
    readonly alarms?: readonly string[] | null;
  }): Promise<ShiftRun>;
  /** Moves the alias on as far as the time that has passed allows, where nobody else does. `presentPercent` is what the load balancer gives. */
  advance(
    run: ShiftRun,
    at: { readonly versions: Versions; readonly presentPercent: number },
  ): Promise<void>;
  /** How the shift stands, and how much it says that the candidate gets. */
  read(run: ShiftRun, versions: Versions): Promise<DeploymentSight>;
  /** Answers a hook that waits for the rollout. */
  answer(
    hook: { readonly id: string; readonly deploymentId: string },
    status: 'Succeeded' | 'Failed',
  ): Promise<void>;
  /** Asks for the stop; `ended`: it moves the alias no more, its own way back included. One that had ended counts as stopped. */
  stop(of: {
    readonly rolloutId: string;
    readonly since: number;
    readonly run: ShiftRun;
  }): Promise<{ readonly ended: boolean; readonly reason: string }>;
}
