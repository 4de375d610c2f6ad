import type { ClusterContext } from '../cluster-context.ts';
import { kinds } from '../kinds.ts';
import type { KubeObject, Pod } from '../objects.ts';

/** Takes away what belonged to an owner or a namespace that is gone, and gives each new namespace its service account. */
export const collectGarbage = (cluster: ClusterContext): void => {
  const { store } = cluster;
  const remove = (object: KubeObject): void => {
    const grace = (object as Pod).spec?.terminationGracePeriodSeconds ?? 30;
    store.remove(object, object.kind === 'Pod' ? grace : 0);
  };
  store.onChange(({ type, object }) => {
    if (object.kind === 'Namespace' && type === 'ADDED') {
      store.create({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: object.metadata.name },
      });
    }
    if (type !== 'DELETED') return;
    const owned = dependents[object.kind] ?? [];
    for (const kind of owned) {
      for (const each of store.list(kind, object.metadata.namespace)) {
        if (each.metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid))
          remove(each);
      }
    }
    if (object.kind === 'Namespace') {
      for (const kind of kinds.filter((each) => each.namespaced)) {
        for (const each of store.list(kind.kind, object.metadata.name)) store.erase(each);
      }
    }
  });
};

const dependents: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['ReplicaSet'],
  ReplicaSet: ['Pod'],
  Job: ['Pod'],
};
