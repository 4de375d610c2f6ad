import type { KubeObject } from './objects.ts';

type Fields = Record<string, unknown>;

/** Fills in what the API fills in on every write. Owned by no manager, as on a real server. */
export const defaulted = (object: KubeObject): KubeObject => {
  const rule = rules[object.kind];
  if (!rule || typeof object.spec !== 'object') return object;
  return { ...object, spec: rule((object.spec ?? {}) as Fields, object) };
};

const list = (value: unknown, fill: (item: Fields) => Fields): unknown =>
  Array.isArray(value) ? value.map((item) => fill(item as Fields)) : value;

const probe = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const { httpGet } = value as { httpGet?: Fields };
  return {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...value,
    ...(httpGet ? { httpGet: { path: '/', scheme: 'HTTP', ...httpGet } } : {}),
  };
};

const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const container = (given: Fields): Fields =>
  present({
    imagePullPolicy: pullPolicy(given['image']),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
    ...given,
    ports: list(given['ports'], (port) => ({ protocol: 'TCP', ...port })),
    readinessProbe: probe(given['readinessProbe']),
    livenessProbe: probe(given['livenessProbe']),
    startupProbe: probe(given['startupProbe']),
  });

const pullPolicy = (image: unknown): string => {
  const text = String(image ?? '');
  if (text.includes('@')) return 'IfNotPresent';
  const tag = text.split('/').at(-1)?.split(':')[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
};

const podSpec = (given: Fields): Fields =>
  present({
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...given,
    containers: list(given['containers'], container),
    initContainers: list(given['initContainers'], container),
  });

const template = (given: unknown): unknown => {
  if (typeof given !== 'object' || given === null) return given;
  const { spec } = given as { spec?: Fields };
  return { ...given, ...(spec ? { spec: podSpec(spec) } : {}) };
};

const strategy = (given: unknown): Fields => {
  const { type = 'RollingUpdate', rollingUpdate } = (given ?? {}) as Fields;
  if (type !== 'RollingUpdate') return { ...(given as Fields), type };
  return {
    type,
    rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%', ...(rollingUpdate as Fields) },
  };
};

const rules: Readonly<Record<string, (spec: Fields, object: KubeObject) => Fields>> = {
  Deployment: (spec) => ({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    strategy: strategy(spec['strategy']),
    template: template(spec['template']),
  }),
  ReplicaSet: (spec) => ({ replicas: 1, ...spec, template: template(spec['template']) }),
  Pod: podSpec,
  Job: (spec, object) => {
    const labels = {
      'batch.kubernetes.io/job-name': object.metadata.name,
      'job-name': object.metadata.name,
    };
    const given = template(spec['template']) as { metadata?: { labels?: Fields } } | undefined;
    return {
      backoffLimit: 6,
      completions: 1,
      parallelism: 1,
      completionMode: 'NonIndexed',
      suspend: false,
      selector: { matchLabels: { 'batch.kubernetes.io/job-name': object.metadata.name } },
      ...spec,
      ...(given
        ? {
            template: {
              ...given,
              metadata: { ...given.metadata, labels: { ...given.metadata?.labels, ...labels } },
            },
          }
        : {}),
    };
  },
  Service: (spec) => ({
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    ...spec,
    ports: list(spec['ports'], (port) => ({
      protocol: 'TCP',
      targetPort: port['port'],
      ...port,
    })),
  }),
  HorizontalPodAutoscaler: (spec) => ({ minReplicas: 1, ...spec }),
  TargetGroupBinding: (spec) => ({ targetType: 'ip', ipAddressType: 'ipv4', ...spec }),
};
