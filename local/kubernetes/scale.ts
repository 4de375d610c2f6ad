import type { KubeObject, Workload } from './objects.ts';
import { badRequest } from './status.ts';

/** The scale subresource of a workload. */
export const scaleOf = (object: KubeObject): KubeObject => {
  const { spec, status, metadata } = object as Workload & { status?: { replicas?: number } };
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const labels = Object.entries(spec.selector.matchLabels ?? {});
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: { replicas: spec.replicas ?? 1 },
    status: {
      replicas: status?.replicas ?? 0,
      selector: labels.map(([key, value]) => `${key}=${value}`).join(','),
    },
  };
};

/** The wish of a Scale object. */
export const replicasOf = (scale: KubeObject): number => {
  const replicas = (scale.spec as { replicas?: unknown } | undefined)?.replicas ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw badRequest(
      `Scale.spec.replicas: must be a whole number of at least 0, got ${JSON.stringify(replicas)}`,
    );
  }
  return replicas;
};

export const withReplicas = (object: KubeObject, replicas: number): KubeObject => {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata, spec: { ...(object.spec as object), replicas } };
};
