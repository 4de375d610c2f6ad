import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { GivenObject } from '../../config/manifests/fields.ts';
import { ConfigurationInvalid, type Problem, problemLine } from '../../config/problem.ts';
import { readConfiguration } from '../../config/read.ts';
import type { Configuration } from '../../config/schema.ts';
import {
  configDigestOf,
  OBJECTS_MAX,
  type OwnWorkload,
  packed,
  unpacked,
} from '../../config/workload.ts';
import { configuration as sample } from '../../examples/shop/slipway.config.ts';

// Goal: whatever a folder of manifests holds, it is read as it was meant, or refused with file, document, what was found and what
// would be right.

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;

/** Reads the sample's service with manifests of these files. */
const read = (files: Files, setting: object = {}, more: object = {}): Configuration => {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'k8s', name)), { recursive: true });
    writeFileSync(join(folder, 'k8s', name), text);
  }
  const { workload: _, ...checkout } = sample.services['checkout'] ?? { workload: undefined };
  return readConfiguration(
    {
      ...sample,
      ...more,
      services: { checkout: { ...checkout, manifests: { path: 'k8s', ...setting } } },
    },
    folder,
  );
};
const workloadOf = (files: Files, setting: object = {}): OwnWorkload =>
  read(files, setting).services['checkout']?.workload as OwnWorkload;
const objectsOf = (files: Files): GivenObject[] => unpacked(workloadOf(files).objects);
const problemsOf = (files: Files, setting: object = {}): readonly Problem[] => {
  try {
    read(files, setting);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.problems;
    throw error;
  }
};

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'checkout' } };
const SERVICE = {
  ...service,
  spec: { selector: { app: 'checkout' }, ports: [{ port: 80, targetPort: 'http' }] },
};
const container = {
  name: 'app',
  image: 'shop/checkout:1.0.0',
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/healthz', port: 'http' } },
};
const deploymentOf = (parts: {
  spec?: object;
  pod?: object;
  container?: object;
  name?: string;
}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: parts.name ?? 'checkout' },
  spec: {
    selector: { matchLabels: { app: 'checkout' } },
    template: {
      metadata: { labels: { app: 'checkout' } },
      spec: { containers: [{ ...container, ...parts.container }], ...parts.pod },
    },
    ...parts.spec,
  },
});
const DEPLOYMENT = deploymentOf({});
const yaml = (...objects: object[]): string => objects.map((one) => stringify(one)).join('---\n');
const files = (...objects: object[]): Files => ({ 'app.yaml': yaml(...objects) });
const good = (...more: object[]): Files => files(SERVICE, DEPLOYMENT, ...more);

describe('manifests: read', () => {
  test('what the rest of Slipway asks of a workload comes out of the objects', () => {
    expect(workloadOf(good())).toMatchObject({
      port: 8080,
      readiness: '/healthz',
      replicas: { min: 1, max: 1 },
      main: { deployment: 'checkout', container: 'app', service: 'checkout', servicePort: 80 },
    });
  });

  test('an autoscaler says the sizes', () => {
    const hpa = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'checkout' },
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'checkout' },
        minReplicas: 3,
        maxReplicas: 9,
      },
    };
    expect(workloadOf(good(hpa)).replicas).toEqual({ min: 3, max: 9 });
  });

  test('documents, files, lists and JSON are the same configuration in any order', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [DEPLOYMENT, SERVICE] };
    const digests = [
      good(),
      { 'a.yml': yaml(DEPLOYMENT), 'deep/b.yaml': `# a comment\n---\n${yaml(SERVICE)}---\n` },
      files(list),
      { 'all.json': JSON.stringify(list), 'README.md': 'not read' },
    ].map((each) => configDigestOf(workloadOf(each)));
    expect(new Set(digests).size).toBe(1);
  });

  test('another tag of the service’s image, or the registry’s full name, is no new configuration; anything else is', () => {
    const image = (text: string) =>
      configDigestOf(workloadOf(files(SERVICE, deploymentOf({ container: { image: text } }))));
    const full = '999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout';
    const same = [`shop/checkout:2`, full, `${full}:1.0`, `${full}@sha256:${'1'.repeat(64)}`];
    expect(new Set(same.map(image)).size).toBe(1);
    const env = deploymentOf({ container: { env: [{ name: 'A', value: 'b' }] } });
    expect(configDigestOf(workloadOf(files(SERVICE, env)))).not.toBe(image('shop/checkout'));
  });

  test('numbers are read as the Kubernetes tools read them, and dates stay text', () => {
    const configMap = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  annotations: { built: 2026-01-02 }\ndata:\n  FROM: 12:30:45\n`;
    const pod = { volumes: [{ name: 'v', configMap: { name: 'settings', defaultMode: 256 } }] };
    const text = stringify(deploymentOf({ pod })).replace('defaultMode: 256', 'defaultMode: 0400');
    const objects = objectsOf({ 'a.yaml': yaml(SERVICE), 'b.yaml': text, 'c.yaml': configMap });
    expect(JSON.stringify(objects)).toContain('"defaultMode":256');
    expect(objects.find(({ kind }) => kind === 'ConfigMap')).toMatchObject({
      metadata: { annotations: { built: '2026-01-02' } },
      data: { FROM: '12:30:45' },
    });
  });

  test('what the API server writes is left out', () => {
    const seen = {
      ...SERVICE,
      metadata: {
        name: 'checkout',
        uid: 'u',
        resourceVersion: '1',
        managedFields: [],
        creationTimestamp: null,
        namespace: 'checkout',
      },
      status: { loadBalancer: {} },
    };
    expect(objectsOf(files(seen, DEPLOYMENT))).toEqual(objectsOf(good()));
  });

  test('packed and unpacked again they are the same', () => {
    const objects = objectsOf(good());
    expect(unpacked(packed(objects))).toEqual(objects);
  });

  test('choices are made where the objects leave some', () => {
    const ports = [
      { name: 'web', port: 80, targetPort: 8080 },
      { name: 'metrics', port: 9090, targetPort: 9090 },
    ];
    const two = { ...SERVICE, spec: { ...SERVICE.spec, ports } };
    const other = { ...SERVICE, metadata: { name: 'internal' } };
    const setting = { service: 'checkout', port: 'web', readiness: '/ready' };
    expect(workloadOf(files(two, other, DEPLOYMENT), setting)).toMatchObject({
      port: 8080,
      readiness: '/ready',
      main: { service: 'checkout', servicePort: 80 },
    });
  });
});

const configMap = (data: object, name = 'settings') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const ofKind = (apiVersion: string, kind: string, parts: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'x' },
  ...parts,
});
const WORKER = {
  ...deploymentOf({ name: 'worker' }),
  spec: {
    selector: { matchLabels: { app: 'worker' } },
    template: {
      metadata: { labels: { app: 'worker' } },
      spec: { containers: [{ name: 'w', image: `redis@sha256:${'1'.repeat(64)}` }] },
    },
  },
};

describe('manifests: refuses', () => {
  const cases: readonly (readonly [string, Files, RegExp])[] = [
    [
      'YAML that is none',
      { 'a.yaml': 'a: [' },
      /^k8s\/a\.yaml, document 1: found .*, expected YAML or JSON/,
    ],
    [
      'a template',
      { 'a.yaml': 'kind: {{ .Values.kind }}' },
      /template, which must be rendered first/,
    ],
    [
      'what is no object',
      { 'a.yaml': 'x: 1' },
      /document 1: found {"x":1}, expected a Kubernetes object; it has no apiVersion and no kind/,
    ],
    [
      'an unrendered kustomization',
      { ...good(), 'kustomization.yaml': '' },
      /k8s\/kustomization\.yaml: found manifests not yet rendered, expected what "kubectl kustomize k8s > /,
    ],
    [
      'an unrendered chart',
      { 'chart/Chart.yaml': '' },
      /expected what "helm template RELEASE k8s\/chart --no-hooks --skip-tests/,
    ],
    ['an empty folder', { 'README.md': '' }, /k8s: found no \.yaml, \.yml or \.json file/],
    [
      'a hook',
      good({ ...WORKER, metadata: { name: 'w', annotations: { 'helm.sh/hook': 'pre-install' } } }),
      /document 3, Deployment w, metadata\.annotations: found helm\.sh\/hook: pre-install, expected no hooks/,
    ],
    [
      'a secret',
      good(ofKind('v1', 'Secret')),
      /Secret x: found v1 Secret, expected no values of secrets.*ExternalSecret/,
    ],
    [
      'a service account',
      good(ofKind('v1', 'ServiceAccount')),
      /stays with the platform.*name it in serviceAccountName/,
    ],
    ['a role', good(ofKind('rbac.authorization.k8s.io/v1', 'Role')), /stays with the platform/],
    ['an ingress', good(ofKind('networking.k8s.io/v1', 'Ingress')), /nothing here that routes/],
    [
      'a target group binding',
      good(ofKind('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding')),
      /nothing here that routes/,
    ],
    [
      'a custom resource definition',
      good(ofKind('apiextensions.k8s.io/v1', 'CustomResourceDefinition')),
      /the whole cluster’s/,
    ],
    ['a stateful set', good(ofKind('apps/v1', 'StatefulSet')), /stays beside the release/],
    [
      'a kind that nobody knows',
      good(ofKind('example.com/v1', 'Gadget')),
      /found example\.com\/v1 Gadget, expected one of the kinds that can be colored: Service, ConfigMap/,
    ],
    [
      'an old version of a kind',
      good(ofKind('autoscaling/v1', 'HorizontalPodAutoscaler')),
      /expected HorizontalPodAutoscaler of autoscaling\/v2/,
    ],
    [
      'another namespace',
      good({ ...configMap({}), metadata: { name: 'settings', namespace: 'other' } }),
      /metadata\.namespace: found other, expected none, or the one of every target of the service \(checkout\)/,
    ],
    [
      'a name without room for a color',
      good(configMap({}, 'x'.repeat(58))),
      /metadata\.name: found x+, expected a name of at most 57/,
    ],
    [
      'text that is none',
      good(configMap({ FLAG: true, N: 1 })),
      /data\.FLAG: found true, expected a text: write "true"/,
    ],
    [
      'attributes of traces that Slipway could not add to',
      good(configMap({ OTEL_RESOURCE_ATTRIBUTES: 'team=a' })),
      /data\.OTEL_RESOURCE_ATTRIBUTES: found team=a, expected a plain value, to which Slipway adds the color/,
    ],
    [
      'a load balancer',
      files({ ...SERVICE, spec: { ...SERVICE.spec, type: 'LoadBalancer' } }, DEPLOYMENT),
      /spec\.type: found LoadBalancer, expected ClusterIP/,
    ],
    [
      'an image without a digest',
      files(
        SERVICE,
        deploymentOf({ pod: { initContainers: [{ name: 'i', image: 'busybox:1' }] } }),
      ),
      /initContainers\[0\]\.image: found busybox:1, expected .*busybox@sha256:…/,
    ],
    [
      'an image of a repository that is called alike',
      files(
        SERVICE,
        deploymentOf({ pod: { initContainers: [{ name: 'i', image: 'shop/checkout-base:1' }] } }),
      ),
      /found shop\/checkout-base:1/,
    ],
    [
      'no image of the service’s own',
      files(SERVICE, WORKER),
      /services\.checkout\.manifests: found no Deployment with the service’s own image/,
    ],
    ['no Service in front', files(DEPLOYMENT), /found no Service that selects checkout/],
    [
      'two Services in front',
      good({ ...SERVICE, metadata: { name: 'other' } }),
      /found 2 Services in front .*checkout → checkout, other → checkout, expected one, or .* manifests\.service/,
    ],
    [
      'a Service that selects nothing',
      good({
        ...SERVICE,
        metadata: { name: 'lost' },
        spec: { ...SERVICE.spec, selector: { app: 'gone' } },
      }),
      /Service lost, spec\.selector: found {"app":"gone"}, expected labels of pods of this folder/,
    ],
    [
      'ports without a choice',
      files(
        {
          ...SERVICE,
          spec: {
            ...SERVICE.spec,
            ports: [
              { name: 'a', port: 1 },
              { name: 'b', port: 2 },
            ],
          },
        },
        DEPLOYMENT,
      ),
      /spec\.ports: found 2 ports, expected .*one of a, b as manifests\.port/,
    ],
    [
      'a port that the container has not',
      files(
        { ...SERVICE, spec: { ...SERVICE.spec, ports: [{ port: 80, targetPort: 'web' }] } },
        DEPLOYMENT,
      ),
      /found targetPort web, expected a port of the container app of checkout/,
    ],
    [
      'no readiness that a load balancer can ask',
      files(
        SERVICE,
        deploymentOf({ container: { readinessProbe: { tcpSocket: { port: 8080 } } } }),
      ),
      /readinessProbe: found {"tcpSocket":{"port":8080}}, expected an httpGet on port 8080/,
    ],
    [
      'a ConfigMap from elsewhere',
      files(
        SERVICE,
        deploymentOf({ container: { envFrom: [{ configMapRef: { name: 'shared' } }] } }),
      ),
      /a reference to ConfigMap shared, expected .* manifests\.configMaps/,
    ],
    [
      'one name twice',
      good(configMap({}), configMap({ A: 'b' })),
      /document 4, ConfigMap settings: found a second ConfigMap settings, expected one: the first is in k8s\/app\.yaml, document 3/,
    ],
    [
      'an autoscaler of nothing',
      good(
        ofKind('autoscaling/v2', 'HorizontalPodAutoscaler', {
          spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'gone' } },
        }),
      ),
      /scaleTargetRef: found Deployment gone, expected a Deployment of this folder: checkout/,
    ],
    [
      'a name that the main Deployment takes',
      files({ ...SERVICE, metadata: { name: 'web' } }, deploymentOf({ name: 'web' }), {
        ...WORKER,
        metadata: { name: 'checkout' },
      }),
      /Deployment checkout, metadata\.name: found checkout, expected another name: Deployment web is behind the load balancer/,
    ],
    [
      'a paused Deployment',
      files(SERVICE, deploymentOf({ spec: { paused: true } })),
      /spec\.paused: found true/,
    ],
    [
      'more than travels',
      good(
        configMap({
          large: Array.from({ length: 9_000 }, (_, n) => `${(n * 7_919) % 65_537}`).join(' '),
        }),
      ),
      /found \d+\.\d KiB compressed; the largest is ConfigMap settings with .*, expected at most 16\.0 KiB/,
    ],
  ];

  test.each(cases)('%s', (_name, given, expected) => {
    const lines = problemsOf(given).map((problem) => problemLine(problem).trim());
    expect(lines.join('\n')).toMatch(new RegExp(expected, 'm'));
  });

  test('everything at once', () => {
    const problems = problemsOf(
      good(ofKind('v1', 'Secret'), configMap({ A: 1, B: 2 }), ofKind('x/v1', 'Gadget')),
    );
    expect(problems.map(({ path }) => path)).toEqual([
      'k8s/app.yaml, document 3, Secret x',
      'k8s/app.yaml, document 4, ConfigMap settings, data.A',
      'k8s/app.yaml, document 4, ConfigMap settings, data.B',
      'k8s/app.yaml, document 5, Gadget x',
    ]);
  });

  test('workload and manifests at once, and neither', () => {
    const checkout = sample.services['checkout'];
    const problems = (change: object): readonly Problem[] => {
      try {
        readConfiguration({ ...sample, services: { checkout: { ...checkout, ...change } } });
        return [];
      } catch (error) {
        return (error as ConfigurationInvalid).problems;
      }
    };
    expect(problems({ manifests: 'k8s' })).toContainEqual(
      expect.objectContaining({ path: 'services.checkout', found: 'workload and manifests' }),
    );
    expect(problems({ workload: undefined })).toContainEqual(
      expect.objectContaining({
        path: 'services.checkout',
        found: 'neither workload nor manifests',
      }),
    );
    expect(problems({ workload: undefined, manifests: 'nowhere' })).toContainEqual(
      expect.objectContaining({ path: 'nowhere', found: 'no such folder' }),
    );
  });

  test('a ConfigMap that the platform keeps is named, and then it is fine', () => {
    const given = files(
      SERVICE,
      deploymentOf({ container: { envFrom: [{ configMapRef: { name: 'shared' } }] } }),
    );
    expect(problemsOf(given, { configMaps: ['shared'] })).toEqual([]);
  });

  test('what just fits is taken', () => {
    expect(workloadOf(good()).objects.length).toBeLessThan(OBJECTS_MAX);
  });
});
