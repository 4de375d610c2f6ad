/** A kind of object that a release may bring. */
export interface AcceptedKind {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** What each color gets of it, beside a name of its own and Slipway's labels. */
  readonly coloring: string;
  /** Pods mount or read it: while older pods still end, it stays. */
  readonly mounted: boolean;
}

/**
 * Every kind that a release may bring, in the order in which a slot's objects must exist: the load balancer controller puts
 * readiness gates into pods only when Service and TargetGroupBinding (which Slipway adds) are there first, and pods wait for
 * what they mount.
 */
export const ACCEPTED: readonly AcceptedKind[] = [
  {
    kind: 'Service',
    apiVersions: ['v1'],
    coloring: 'selects the pods of its own color',
    mounted: false,
  },
  {
    kind: 'ConfigMap',
    apiVersions: ['v1'],
    coloring: 'what refers to it in env, envFrom, volumes and projected volumes follows',
    mounted: true,
  },
  {
    kind: 'SecretProviderClass',
    apiVersions: ['secrets-store.csi.x-k8s.io/v1'],
    coloring: 'the volumes that name it and the secrets that it makes follow',
    mounted: true,
  },
  {
    kind: 'ExternalSecret',
    apiVersions: ['external-secrets.io/v1', 'external-secrets.io/v1beta1'],
    coloring: 'the secret that it makes and what refers to it follow',
    mounted: true,
  },
  {
    kind: 'NetworkPolicy',
    apiVersions: ['networking.k8s.io/v1'],
    coloring: 'applies to the pods of its own color',
    mounted: false,
  },
  {
    kind: 'Deployment',
    apiVersions: ['apps/v1'],
    coloring: 'selector and pod labels are its color’s, its image is pinned, its size is Slipway’s',
    mounted: false,
  },
  {
    kind: 'HorizontalPodAutoscaler',
    apiVersions: ['autoscaling/v2'],
    coloring: 'scales the Deployment of its own color',
    mounted: false,
  },
  {
    kind: 'PodDisruptionBudget',
    apiVersions: ['policy/v1'],
    coloring: 'protects the pods of its own color',
    mounted: false,
  },
  {
    kind: 'ServiceMonitor',
    apiVersions: ['monitoring.coreos.com/v1'],
    coloring: 'scrapes the Services of its own color',
    mounted: false,
  },
  {
    kind: 'PodMonitor',
    apiVersions: ['monitoring.coreos.com/v1'],
    coloring: 'scrapes the pods of its own color',
    mounted: false,
  },
];

const PLATFORM =
  'that it stays with the platform, which binds IAM roles and permissions to it by name (IRSA, Pod Identity); name it in serviceAccountName';
const ROUTING =
  'nothing here that routes: the way from the load balancer to a color is Slipway’s (route in the configuration)';
const CLUSTER = 'only objects of one namespace: this one is the whole cluster’s';
const STATE =
  'that it stays beside the release: both colors would have one of their own, and a rollback would not bring its data back; refer to it by name';
const ONCE =
  'that it runs beside the release: it would run once for each color; keep it with the platform';

/** Kinds that are refused with a reason of their own. */
export const REFUSED: Readonly<Record<string, string>> = {
  Secret:
    'no values of secrets in a release: name one that is there, or bring an ExternalSecret or a SecretProviderClass',
  SealedSecret: 'an ExternalSecret or a SecretProviderClass, or a secret that is there already',
  ServiceAccount: PLATFORM,
  Role: PLATFORM,
  RoleBinding: PLATFORM,
  Ingress: ROUTING,
  Gateway: ROUTING,
  HTTPRoute: ROUTING,
  GRPCRoute: ROUTING,
  TLSRoute: ROUTING,
  TCPRoute: ROUTING,
  VirtualService: ROUTING,
  DestinationRule: ROUTING,
  TargetGroupBinding: ROUTING,
  Rollout: 'a Deployment: Slipway shifts the traffic itself',
  Canary: 'a Deployment: Slipway shifts the traffic itself',
  Application: 'rendered manifests, not what renders them',
  HelmRelease: 'rendered manifests, not what renders them',
  Kustomization: 'rendered manifests, not what renders them',
  StatefulSet: STATE,
  PersistentVolumeClaim: STATE,
  DaemonSet: ONCE,
  Job: ONCE,
  CronJob: ONCE,
  Pod: 'a Deployment, which keeps its pods running; a chart’s test pods are left out with helm template --skip-tests',
  ReplicaSet: 'the Deployment that makes it',
  VerticalPodAutoscaler:
    'a HorizontalPodAutoscaler: what changes pods by itself would change what was judged',
  Namespace: CLUSTER,
  CustomResourceDefinition: CLUSTER,
  ClusterRole: CLUSTER,
  ClusterRoleBinding: CLUSTER,
  PriorityClass: CLUSTER,
  StorageClass: CLUSTER,
  PersistentVolume: CLUSTER,
  IngressClass: CLUSTER,
  GatewayClass: CLUSTER,
  ClusterSecretStore: CLUSTER,
  ClusterExternalSecret: CLUSTER,
  MutatingWebhookConfiguration: CLUSTER,
  ValidatingWebhookConfiguration: CLUSTER,
  ValidatingAdmissionPolicy: CLUSTER,
};

/** The row of a kind; undefined where it is not accepted. */
export const acceptedKind = (kind: string): AcceptedKind | undefined =>
  ACCEPTED.find((row) => row.kind === kind);

/** Where a kind stands in the order of existence. */
export const orderOf = (kind: string): number => ACCEPTED.findIndex((row) => row.kind === kind);
