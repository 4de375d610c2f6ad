import type { DeploymentSight } from '../domain/tick-sight.ts';

/** A deployment with what only a rollback or a hook asks. */
export interface DeploymentDetail extends DeploymentSight {
  readonly deploymentId: string;
  readonly description: string | undefined;
  readonly creator: string | null;
  /** The deployment that CodeDeploy started to undo this one. */
  readonly rollbackDeploymentId: string | null;
}

/** CodeDeploy for one target's deployment group. */
export interface Deployments {
  /** The deployment whose description names the rollout, also an ended one; null: there is none. */
  find(rolloutId: string, since: number): Promise<string | null>;
  create(at: { readonly description: string; readonly appSpec: string }): Promise<string>;
  /** With `weight`, also asks how much the target version gets. */
  read(deploymentId: string, weight?: 'weight'): Promise<DeploymentDetail>;
  /** Asks for the stop and for CodeDeploy's own way back; one that has ended counts as stopped. */
  stop(deploymentId: string): Promise<void>;
  answer(
    hook: { readonly id: string; readonly deploymentId: string },
    status: 'Succeeded' | 'Failed',
  ): Promise<void>;
}

/** Statuses after which CodeDeploy changes nothing any more. */
export const ended = (status: string): boolean =>
  status === 'Succeeded' || status === 'Failed' || status === 'Stopped';
