/** One resource type that the API serves. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** The generated model that lists its fields; absent for custom resources. */
  readonly model?: string;
  readonly subresources: readonly ('status' | 'scale' | 'log')[];
  readonly shortNames?: readonly string[];
}

const kind = (
  apiVersion: string,
  name: string,
  options: Partial<Omit<Kind, 'group' | 'version' | 'kind'>> = {},
): Kind => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const versionName = (version ?? '').replace(/^v/, 'V');
  return {
    group: group ?? '',
    version: version ?? '',
    kind: name,
    plural: `${name.toLowerCase()}s`,
    namespaced: true,
    model: `${versionName}${name}`,
    subresources: ['status'],
    ...options,
  };
};

/** All that the local API serves. */
export const kinds: readonly Kind[] = [
  kind('v1', 'Namespace', { namespaced: false, shortNames: ['ns'] }),
  kind('v1', 'Pod', { subresources: ['status', 'log'], shortNames: ['po'] }),
  kind('v1', 'Service', { shortNames: ['svc'] }),
  kind('v1', 'Endpoints', { plural: 'endpoints', subresources: [], shortNames: ['ep'] }),
  kind('v1', 'ConfigMap', { subresources: [], shortNames: ['cm'] }),
  kind('v1', 'Secret', { subresources: [] }),
  kind('v1', 'ServiceAccount', { subresources: [], shortNames: ['sa'] }),
  kind('v1', 'ResourceQuota', { shortNames: ['quota'] }),
  kind('apps/v1', 'Deployment', { subresources: ['status', 'scale'], shortNames: ['deploy'] }),
  kind('apps/v1', 'ReplicaSet', { subresources: ['status', 'scale'], shortNames: ['rs'] }),
  kind('batch/v1', 'Job'),
  kind('autoscaling/v2', 'HorizontalPodAutoscaler', { shortNames: ['hpa'] }),
  kind('policy/v1', 'PodDisruptionBudget', { shortNames: ['pdb'] }),
  kind('networking.k8s.io/v1', 'NetworkPolicy', {
    plural: 'networkpolicies',
    subresources: [],
    shortNames: ['netpol'],
  }),
  kind('rbac.authorization.k8s.io/v1', 'Role', { subresources: [] }),
  kind('rbac.authorization.k8s.io/v1', 'RoleBinding', { subresources: [] }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRole', { namespaced: false, subresources: [] }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
    namespaced: false,
    subresources: [],
  }),
  kind('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', { model: 'TargetGroupBinding' }),
  // Custom resources that are kept and served, and that nothing here acts on.
  kind('external-secrets.io/v1', 'ExternalSecret', { shortNames: ['es'] }),
  kind('secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass', { plural: 'secretproviderclasses' }),
  kind('monitoring.coreos.com/v1', 'ServiceMonitor', { shortNames: ['smon'] }),
  kind('monitoring.coreos.com/v1', 'PodMonitor', { shortNames: ['pmon'] }),
];

const byKind = new Map(kinds.map((each) => [`${each.group}/${each.version}/${each.kind}`, each]));

/** The kind of an object, by its apiVersion and kind. */
export const kindOf = (object: { apiVersion: string; kind: string }): Kind | undefined =>
  byKind.get(
    `${object.apiVersion.includes('/') ? object.apiVersion : `/${object.apiVersion}`}/${object.kind}`,
  );

/** `apps/v1`, `v1`. */
export const apiVersionOf = ({ group, version }: Pick<Kind, 'group' | 'version'>): string =>
  group ? `${group}/${version}` : version;
