import type { KubeObject } from '../../kubernetes/objects.ts';
import type { Attributes } from '../../kubernetes/request.ts';
import { KubernetesError } from '../../kubernetes/status.ts';
import type { ObjectStore } from '../../kubernetes/store.ts';
import type { AccessRecord } from './cluster-record.ts';

interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[];
}

interface Binding extends KubeObject {
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

/** Whoever made the cluster: what `kubectl` is on a fresh one, a member of `system:masters`. */
const administrator = 'kubernetes-admin';

/** API groups that the namespaced access policies cover; custom resources are not among them. */
const coveredGroups = ['', 'apps', 'batch', 'autoscaling', 'policy', 'networking.k8s.io'];
const readVerbs = ['get', 'list', 'watch'];

/**
 * Decides by EKS access policies and RBAC, as a cluster with access entries does
 * (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html).
 */
export const authorizer =
  (access: ReadonlyMap<string, AccessRecord>) =>
  (store: ObjectStore, user: string | undefined, attributes: Attributes): void => {
    const record = access.get(user ?? '');
    const allowed =
      user === undefined ||
      user === administrator ||
      (record && (byPolicy(record, attributes) || byRole(store, record, attributes)));
    if (!allowed) throw forbidden(record?.entry.username ?? '', attributes);
  };

const byPolicy = ({ policies }: AccessRecord, attributes: Attributes): boolean =>
  policies.some(({ policyArn, accessScope }) => {
    const namespaces = accessScope?.namespaces ?? [];
    const inScope =
      accessScope?.type === 'cluster' ||
      (attributes.namespace !== undefined && namespaces.includes(attributes.namespace));
    if (!inScope) return false;
    const { group, plural, namespaced } = attributes.kind;
    switch (policyArn?.split('/')[1]) {
      case 'AmazonEKSClusterAdminPolicy':
        return true;
      case 'AmazonEKSAdminPolicy':
        return namespaced && [...coveredGroups, 'rbac.authorization.k8s.io'].includes(group);
      case 'AmazonEKSEditPolicy':
        return namespaced && coveredGroups.includes(group) && plural !== 'resourcequotas';
      case 'AmazonEKSViewPolicy':
        return (
          coveredGroups.includes(group) &&
          plural !== 'secrets' &&
          readVerbs.includes(attributes.verb)
        );
      default:
        return false;
    }
  });

const byRole = (store: ObjectStore, { entry }: AccessRecord, attributes: Attributes): boolean => {
  const isSubject = ({ subjects = [] }: Binding): boolean =>
    subjects.some(({ kind, name }) =>
      kind === 'Group'
        ? name === 'system:authenticated' || entry.kubernetesGroups?.includes(name)
        : kind === 'User' && name === entry.username,
    );
  const grants = (binding: Binding): boolean => {
    const { kind = '', name = '' } = binding.roleRef ?? {};
    const role = store.find<Role>(
      kind,
      kind === 'Role' ? binding.metadata.namespace : undefined,
      name,
    );
    return role?.rules?.some((rule) => covers(rule, attributes)) ?? false;
  };
  const bindings = [
    ...store.list<Binding>('ClusterRoleBinding'),
    ...(attributes.namespace === undefined
      ? []
      : store.list<Binding>('RoleBinding', attributes.namespace)),
  ];
  return bindings.some((binding) => isSubject(binding) && grants(binding));
};

const covers = (rule: PolicyRule, { kind, verb, subresource, name }: Attributes): boolean => {
  const resource = subresource ? `${kind.plural}/${subresource}` : kind.plural;
  const has = (values: readonly string[] | undefined, wanted: string) =>
    values?.includes('*') || values?.includes(wanted) || false;
  return (
    has(rule.apiGroups, kind.group) &&
    (has(rule.resources, resource) || has(rule.resources, `*/${subresource ?? ''}`)) &&
    has(rule.verbs, verb) &&
    (rule.resourceNames === undefined || rule.resourceNames.includes(name ?? ''))
  );
};

const forbidden = (
  username: string,
  { verb, kind, namespace, name, subresource }: Attributes,
): KubernetesError => {
  const full = kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const resource = subresource ? `${kind.plural}/${subresource}` : kind.plural;
  return new KubernetesError(
    403,
    'Forbidden',
    `${full}${name ? ` "${name}"` : ''} is forbidden: User "${username}" cannot ${verb} resource "${resource}" in API group "${kind.group}" ${where}`,
    { ...(name ? { name } : {}), ...(kind.group ? { group: kind.group } : {}), kind: kind.plural },
  );
};
