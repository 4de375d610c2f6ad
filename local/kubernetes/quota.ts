import type { KubeObject, Pod, PodSpec } from './objects.ts';
import { forbidden } from './status.ts';
import type { ObjectStore } from './store.ts';

interface Quota extends KubeObject {
  readonly spec: { readonly hard?: Readonly<Record<string, string | number>> };
}

const suffixes: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number: `500m` is 0.5, `1Gi` is 1073741824. */
export const quantity = (text: string | number | undefined): number => {
  const match = /^([\d.]+)(m|k|[KMGT]i?)?$/.exec(String(text ?? '0'));
  return match ? Number(match[1]) * (suffixes[match[2] ?? ''] ?? 1) : 0;
};

type Resources = Readonly<
  Record<'requests' | 'limits', Readonly<Record<string, string>> | undefined>
>;

const usage = (spec: PodSpec, key: string): number => {
  if (key === 'pods' || key === 'count/pods') return 1;
  const [side = 'requests', resource = key] = key.includes('.')
    ? key.split('.')
    : ['requests', key];
  return spec.containers.reduce((sum, container) => {
    const { resources } = container as { resources?: Resources };
    return sum + quantity(resources?.[side as keyof Resources]?.[resource]);
  }, 0);
};

/** Refuses a pod that a ResourceQuota of its namespace leaves no room for. */
export const admitPod = (store: ObjectStore, pod: Pod): void => {
  const namespace = pod.metadata.namespace;
  const present = store
    .list<Pod>('Pod', namespace)
    .filter((each) => !['Succeeded', 'Failed'].includes(each.status?.phase ?? ''));
  for (const quota of store.list<Quota>('ResourceQuota', namespace)) {
    for (const [key, hard] of Object.entries(quota.spec.hard ?? {})) {
      const wanted = usage(pod.spec, key);
      const used = present.reduce((sum, each) => sum + usage(each.spec, key), 0);
      if (wanted > 0 && used + wanted > quantity(hard)) {
        throw forbidden(
          { group: '', plural: 'pods', kind: 'Pod' },
          pod.metadata.name,
          `exceeded quota: ${quota.metadata.name}, requested: ${key}=${wanted}, used: ${key}=${used}, limited: ${key}=${hard}`,
        );
      }
    }
  }
};
