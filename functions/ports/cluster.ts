import type { Manifest } from '../domain/manifests.ts';
import type { AutoscalerView, DeploymentView, PodView } from '../domain/workload-status.ts';

/** One namespace of one Kubernetes cluster. */
export interface Cluster {
  /** Server-side apply under Slipway's own field manager, without force. Throws CandidateRefused with the API server's words. */
  apply(manifest: Manifest): Promise<void>;
  deployment(name: string): Promise<DeploymentView | null>;
  /** Those with all of these labels. */
  deployments(labels: Readonly<Record<string, string>>): Promise<DeploymentView[]>;
  /** Deletes objects of a kind by a label selector; answers their names. Of a kind that the cluster does not know there are none. */
  remove(
    of: { readonly apiVersion: string; readonly kind: string },
    labelSelector: string,
  ): Promise<string[]>;
  pods(selector: Readonly<Record<string, string>>): Promise<PodView[]>;
  /** null: nothing scales it by itself. */
  autoscaler(name: string): Promise<AutoscalerView | null>;
  /** false: there is no such Deployment. Throws DriftFound when it has changed since it was `seen`. */
  scale(name: string, replicas: number, seen?: DeploymentView): Promise<boolean>;
  /** Gives a slot's autoscaler other limits, until the next apply. Throws DriftFound when it has changed since it was `seen`. */
  limit(
    name: string,
    limits: { readonly min: number; readonly max: number },
    seen?: AutoscalerView,
  ): Promise<void>;
}
