import type { KubernetesCluster } from '../../../local/kubernetes/cluster.ts';

/** One answer of the API. */
export interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any object of the API
  readonly body: any;
}

/** Requests to a cluster's API as a client library makes them. */
export const kubeClient = (cluster: KubernetesCluster) => {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<Answer> => {
    const response = await cluster.request(new URL(`https://kubernetes${path}`), {
      method,
      headers: { 'content-type': contentType },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      code: response.status,
      body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
    };
  };
  return {
    send,
    get: (path: string) => send('GET', path),
    apply: (path: string, body: unknown, query = 'fieldManager=tester') =>
      send('PATCH', `${path}?${query}`, body, 'application/apply-patch+yaml'),
    merge: (path: string, body: unknown) =>
      send('PATCH', path, body, 'application/merge-patch+json'),
  };
};

export const deploymentPath = (name: string): string =>
  `/apis/apps/v1/namespaces/shop/deployments/${name}`;

/** A Deployment of one container with a readiness probe. */
export const deployment = (
  name: string,
  image: string,
  spec: { replicas?: number; [field: string]: unknown } = {},
) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    ...spec,
    template: {
      metadata: {
        labels: {
          app: name,
          'app.kubernetes.io/name': 'shop',
          'tracing.example.com/side': name,
        },
      },
      spec: {
        containers: [
          {
            name: 'app',
            image,
            ports: [{ containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
          },
        ],
      },
    },
  },
});

/** A Service for a Deployment, and the binding of its pods to a target group. */
export const boundService = (name: string, targetGroupARN: string) => ({
  service: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  binding: {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: { name },
    spec: { serviceRef: { name, port: 80 }, targetGroupARN, targetType: 'ip' },
  },
});
