import { environmentOf } from '../../local/kubernetes/environment.ts';
import type { KubeObject, Pod } from '../../local/kubernetes/objects.ts';
import type { EksService } from '../../local/services/eks/eks-service.ts';
import type { World } from './world.ts';

/** One target's namespace, as its nodes see it. */
export const namespaceOf = (world: World, environment: string, region = world.home.region) => {
  const { account, cluster, namespace } = settingsOf(world, environment);
  const place = { account, region };
  const { store } = world.cloud.service<EksService>('eks', place).clusters.get(cluster).kubernetes;
  const all = <T extends KubeObject>(kind: string): T[] => store.list<T>(kind, namespace);
  const podsOf = (deployment: string): Pod[] =>
    all<Pod>('Pod').filter(
      ({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] === deployment,
    );
  return {
    /** `ConfigMap` → names, in order. */
    names: (kind: string): string[] =>
      all(kind)
        .map(({ metadata }) => metadata.name)
        .sort(),
    object: (kind: string, name: string): KubeObject | undefined =>
      store.find(kind, namespace, name),
    replicas: (deployment: string): number | undefined =>
      (store.find('Deployment', namespace, deployment)?.spec as { replicas?: number } | undefined)
        ?.replicas,
    /** A variable as each pod's container was given it. */
    variable: (deployment: string, name: string): (string | undefined)[] =>
      podsOf(deployment).map((pod) => {
        const [container] = pod.spec.containers;
        return container === undefined ? undefined : environmentOf(store, pod, container)[name];
      }),
  };
};

const settingsOf = ({ configuration }: World, environment: string) => {
  const settings = configuration.environments[environment];
  if (settings === undefined) throw new Error(`there is no environment ${environment}`);
  return { ...settings, namespace: settings.namespace ?? 'checkout' };
};
