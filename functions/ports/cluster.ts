import type { Manifest } from '../domain/manifests.ts';
import type { DeploymentView, PodView } from '../domain/workload-status.ts';

/** One namespace of one Kubernetes cluster. */
export interface Cluster {
  /** Server-side apply under Slipway's own field manager, without force. Throws CandidateRefused with the API server's words. */
  apply(manifest: Manifest): Promise<void>;
  deployment(name: string): Promise<DeploymentView | null>;
  pods(selector: Readonly<Record<string, string>>): Promise<PodView[]>;
  /** false: there is no such Deployment. */
  scale(name: string, replicas: number): Promise<boolean>;
}
