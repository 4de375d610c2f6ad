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
    if (object.kind === 'Namespace' && type === 'ADDED') giveServiceAccount(object.metadata.name);
    if (type !== 'DELETED') return;
    for (const each of dependentsOf(object)) remove(each);
    if (object.kind === 'Namespace') emptyNamespace(object.metadata.name);
  });

  const giveServiceAccount = (namespace: string): void => {
    store.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    });
  };

  const dependentsOf = (owner: KubeObject): KubeObject[] =>
    (dependents[owner.kind] ?? [])
      .flatMap((kind) => store.list(kind, owner.metadata.namespace))
      .filter((each) =>
        each.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid),
      );

  const emptyNamespace = (namespace: string): void => {
    for (const kind of kinds.filter((each) => each.namespaced)) {
      for (const each of store.list(kind.kind, namespace)) store.erase(each);
    }
  };
};

const dependents: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['ReplicaSet'],
  ReplicaSet: ['Pod'],
  Job: ['Pod'],
};
