import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GivenObject } from '../../config/manifests/fields.ts';
import { selects } from '../../config/manifests/selectors.ts';
import { OBJECTS_MAX } from '../../config/workload.ts';
import type { Slot } from '../../functions/domain/cluster-inputs.ts';
import { leftoversOf, replacedBy } from '../../functions/domain/leftovers.ts';
import type { Manifest } from '../../functions/domain/manifests.ts';
import { slotInputs } from '../../functions/domain/prepared.ts';
import type { ServiceRecord } from '../../functions/domain/release.ts';
import { deploymentSizes, slotObjects } from '../../functions/domain/slot-objects.ts';
import type { OwnWorkload } from '../../functions/domain/workload.ts';
import type { Answer } from '../functions/rollout/place.ts';
import { shopTarget } from '../functions/rollout/shop-target.ts';

// Goal: what one color is made of never is, names or selects anything of the other, and runs nothing but pinned images.

const REPOSITORY = '999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const SIDECAR = `public.ecr.aws/otel/collector@sha256:${'5'.repeat(64)}`;

const slotOf = (color: 'blue' | 'green', workload: OwnWorkload): Slot => ({
  service: 'checkout',
  environment: 'production',
  color,
  releaseId: 'checkout-aaaaaaaaaaaa-cccccc',
  rolloutId: 'r1',
  repository: REPOSITORY,
  digest: DIGEST,
  configDigest: `sha256:${'c'.repeat(64)}`,
  workload,
  targetGroupArn: `arn:${color}`,
  replacement: 'RollingUpdate',
});

const workloadOf = (main: string, service = main): OwnWorkload => ({
  port: 8080,
  replicas: { min: 2, max: 4 },
  readiness: '/healthz',
  main: { deployment: main, container: 'app', service, servicePort: 80 },
  objects: '',
});

const placeOf = (own: readonly GivenObject[]) => ({
  namespace: 'shop',
  region: 'eu-west-1',
  appliedAt: '2026-01-01T12:00:00.000Z',
  replaces: null,
  own,
});

const deployment = (name: string, labels: Record<string, string>, spec = {}): GivenObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'app', image: REPOSITORY }], ...spec },
    },
  },
});
const object = (apiVersion: string, kind: string, name: string, parts: object): GivenObject => ({
  apiVersion,
  kind,
  metadata: { name },
  ...parts,
});

const WEB = { app: 'checkout', 'app.kubernetes.io/instance': 'prod', part: 'web' };
const WORKER = { ...WEB, part: 'worker' };

/** Web and worker with one of each kind. */
const shop: readonly GivenObject[] = [
  object('v1', 'Service', 'web', {
    spec: { selector: WEB, ports: [{ port: 80, targetPort: 8080 }] },
  }),
  object('v1', 'ConfigMap', 'settings', { data: { MODE: 'live' } }),
  object('secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass', 'vault', {
    spec: { provider: 'aws', secretObjects: [{ secretName: 'synced', type: 'Opaque' }] },
  }),
  object('external-secrets.io/v1', 'ExternalSecret', 'database', {
    spec: { target: { name: 'database-login' } },
  }),
  object('networking.k8s.io/v1', 'NetworkPolicy', 'worker-in', {
    spec: {
      podSelector: { matchLabels: { part: 'worker' } },
      ingress: [
        { from: [{ podSelector: { matchLabels: { part: 'web' } } }, { podSelector: {} }] },
        {
          from: [
            { podSelector: { matchLabels: { app: 'gateway' } } },
            { namespaceSelector: {}, podSelector: { matchLabels: { part: 'web' } } },
          ],
        },
      ],
    },
  }),
  deployment('web', WEB, {
    imagePullSecrets: [{ name: 'registry' }],
    initContainers: [{ name: 'migrate', image: `${REPOSITORY}:1.2.3` }],
    containers: [
      {
        name: 'app',
        image: REPOSITORY,
        env: [
          { name: 'LOGIN', valueFrom: { secretKeyRef: { name: 'database-login', key: 'user' } } },
          { name: 'OTEL_RESOURCE_ATTRIBUTES', value: 'team=a' },
          { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'MODE' } } },
        ],
        envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'synced' } }],
      },
      { name: 'collector', image: SIDECAR },
    ],
    volumes: [
      { name: 'a', configMap: { name: 'settings' } },
      {
        name: 'b',
        projected: {
          sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'elsewhere' } }],
        },
      },
      { name: 'c', csi: { driver: 'x', volumeAttributes: { secretProviderClass: 'vault' } } },
      { name: 'd', configMap: { name: 'kube-root-ca.crt' } },
    ],
    topologySpreadConstraints: [{ maxSkew: 1, labelSelector: { matchLabels: { part: 'web' } } }],
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'zone', labelSelector: { matchLabels: { part: 'web' } } },
        ],
      },
    },
  }),
  deployment('worker', WORKER),
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 4 },
  }),
  object('policy/v1', 'PodDisruptionBudget', 'all', {
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'checkout' } } },
  }),
  object('monitoring.coreos.com/v1', 'PodMonitor', 'worker', {
    spec: { selector: { matchLabels: WORKER } },
  }),
];
const workload = workloadOf('web');

const colored = (color: 'blue' | 'green', own = shop, of = workload): Manifest[] =>
  slotObjects(slotOf(color, of), placeOf(own));
const find = (kind: string, name: string, color: 'blue' | 'green' = 'green'): Answer =>
  colored(color).find((one) => one.kind === kind && one.metadata.name === name);
const podSpec = (name: string): Answer => find('Deployment', name).spec.template.spec;

describe('own manifests: one color', () => {
  test('Service and binding first, what pods mount before the pods', () => {
    expect(colored('green').map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
      'Service/checkout-green',
      'TargetGroupBinding/checkout-green',
      'ConfigMap/settings-green',
      'SecretProviderClass/vault-green',
      'ExternalSecret/database-green',
      'NetworkPolicy/worker-in-green',
      'Deployment/checkout-green',
      'Deployment/worker-green',
      'HorizontalPodAutoscaler/checkout-green',
      'PodDisruptionBudget/all-green',
      'PodMonitor/worker-green',
    ]);
    expect(find('TargetGroupBinding', 'checkout-green').spec).toEqual({
      serviceRef: { name: 'checkout-green', port: 80 },
      targetGroupARN: 'arn:green',
      targetType: 'ip',
    });
  });

  test('everything that pods name follows, and what is not of the folder stays', () => {
    const { containers, volumes, imagePullSecrets } = podSpec('checkout-green');
    expect(JSON.stringify([containers, volumes])).not.toMatch(
      /"(settings|vault|synced|database-login)"/,
    );
    expect(containers[0].envFrom).toEqual([
      { configMapRef: { name: 'settings-green' } },
      { secretRef: { name: 'synced-green' } },
    ]);
    expect(volumes.map((one: Answer) => one.configMap?.name)).toEqual([
      'settings-green',
      undefined,
      undefined,
      'kube-root-ca.crt',
    ]);
    expect(volumes[1].projected.sources[1]).toEqual({ secret: { name: 'elsewhere' } });
    expect(imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(find('ExternalSecret', 'database-green').spec.target.name).toBe('database-login-green');
  });

  test('the service’s own image by the release’s digest, wherever it stands, and others as they are', () => {
    const { containers, initContainers } = podSpec('checkout-green');
    expect([...initContainers, ...containers].map((one: Answer) => one.image)).toEqual([
      `${REPOSITORY}@${DIGEST}`,
      `${REPOSITORY}@${DIGEST}`,
      SIDECAR,
    ]);
  });

  test.each(['redis:7', `${REPOSITORY}-tools:1`, `other.${REPOSITORY}`])(
    'fails with %s, which could be anything tomorrow',
    (image) => {
      const own = [...shop, deployment('loose', { part: 'loose' }, { containers: [{ image }] })];
      expect(() => colored('green', own)).toThrow(/Deployment loose names .* without a digest/);
    },
  );

  test('traces tell the colors apart, after the service’s own attributes', () => {
    const [{ env }, collector] = podSpec('checkout-green').containers;
    const value = (name: string) => env.find((one: Answer) => one.name === name)?.value;
    expect(value('OTEL_RESOURCE_ATTRIBUTES')).toMatch(
      /^team=a,service\.name=checkout,.*release_color=green/,
    );
    expect(value('OTEL_SERVICE_NAME')).toBe('checkout');
    expect(value('AWS_REGION')).toBe('eu-west-1');
    expect(collector).toEqual({ name: 'collector', image: SIDECAR });
  });

  test('what takes requests ends slowly, what takes none as it likes', () => {
    const main = podSpec('checkout-green');
    expect(main.terminationGracePeriodSeconds).toBe(60);
    expect(main.containers[0].lifecycle.preStop).toEqual({ sleep: { seconds: 15 } });
    expect(podSpec('worker-green')).not.toHaveProperty('terminationGracePeriodSeconds');
    const lifecycle = { preStop: { exec: { command: ['drain'] } } };
    const containers = [{ name: 'app', image: REPOSITORY, lifecycle }];
    const [one] = colored('green', [
      deployment('web', WEB, { containers, terminationGracePeriodSeconds: 5 }),
    ]) as Answer[];
    expect(one.spec.template.spec).toMatchObject({ terminationGracePeriodSeconds: 5 });
    expect(one.spec.template.spec.containers[0].lifecycle).toEqual(lifecycle);
  });

  test('sizes are whoever scales’, and each Deployment says its least', () => {
    for (const name of ['checkout-green', 'worker-green']) {
      expect(find('Deployment', name).spec).not.toHaveProperty('replicas');
    }
    const said = (name: string) =>
      find('Deployment', name).metadata.annotations['slipway.dev/replicas'];
    expect([said('checkout-green'), said('worker-green')]).toEqual(['2', '3']);
    expect(deploymentSizes(slotOf('green', workload), shop)).toEqual([
      { base: 'checkout', min: 2, max: 4 },
      { base: 'worker', min: 3, max: 3 },
    ]);
    expect(find('HorizontalPodAutoscaler', 'checkout-green').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'checkout-green' },
      behavior: { scaleDown: { stabilizationWindowSeconds: 3600 } },
    });
  });

  test('who may come in is colored only where it means pods of the folder', () => {
    const [own, others] = find('NetworkPolicy', 'worker-in-green').spec.ingress;
    expect(own.from[0].podSelector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'checkout',
      'app.kubernetes.io/instance': 'checkout-green',
    });
    expect(own.from[1]).toEqual({ podSelector: {} });
    expect(others.from[0]).toEqual({ podSelector: { matchLabels: { app: 'gateway' } } });
    expect(others.from[1].podSelector).toEqual({ matchLabels: { part: 'web' } });
  });

  test('a change of the configuration alone replaces the pods', () => {
    const { annotations } = find('Deployment', 'worker-green').spec.template.metadata;
    expect(annotations['slipway.dev/config-digest']).toBe(`sha256:${'c'.repeat(64)}`);
  });

  test('a worker may replace its pods its own way, what takes requests does it as its target says', () => {
    const recreate = (name: string, labels: Record<string, string>): GivenObject => {
      const one = deployment(name, labels) as Answer;
      return { ...one, spec: { ...one.spec, strategy: { type: 'Recreate' } } };
    };
    const own = [recreate('web', WEB), recreate('worker', WORKER)];
    const strategies = colored('green', own).flatMap((one: Answer) =>
      one.kind === 'Deployment' ? [one.spec.strategy.type] : [],
    );
    expect(strategies).toEqual(['RollingUpdate', 'Recreate']);
  });
});

/** Selectors of objects that own pods or send to them, each with what it may select. */
const podSelectors = (manifests: readonly Manifest[]): object[] =>
  manifests.flatMap((one: Answer) => {
    const { kind, spec } = one;
    if (kind === 'Service') return [{ matchLabels: spec.selector }];
    if (kind === 'NetworkPolicy') return [spec.podSelector];
    if (['Deployment', 'PodDisruptionBudget', 'PodMonitor'].includes(kind)) return [spec.selector];
    return [];
  });
const podLabels = (manifests: readonly Manifest[]): Record<string, string>[] =>
  manifests.flatMap((one: Answer) =>
    one.kind === 'Deployment' ? [one.spec.template.metadata.labels] : [],
  );
const images = (manifests: readonly Manifest[]): string[] =>
  JSON.stringify(manifests).match(/(?<="image":")[^"]*/g) ?? [];

const key = fc.constantFrom(
  'app',
  'part',
  'tier',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'slipway.dev/slot',
  'slipway.dev/color',
);
const label = fc.constantFrom('checkout', 'blue', 'green', 'web', 'checkout-blue', 'worker-green');
const labels = fc.dictionary(key, label, { minKeys: 1, maxKeys: 4 });
const expression = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(label, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const selector = fc.record({
  matchLabels: fc.dictionary(key, label, { maxKeys: 2 }),
  matchExpressions: fc.array(expression, { maxLength: 2 }),
});
const tag = fc.constantFrom(
  '',
  ':1.0',
  `:1.0@sha256:${'1'.repeat(64)}`,
  `@sha256:${'2'.repeat(64)}`,
);

/** A folder with up to three Deployments and objects that select whatever they like. */
const folder = fc
  .record({
    pods: fc.array(fc.tuple(labels, tag), { minLength: 1, maxLength: 3 }),
    services: fc.array(labels, { maxLength: 3 }),
    budgets: fc.array(selector, { maxLength: 2 }),
    policies: fc.array(selector, { maxLength: 2 }),
  })
  .map(({ pods, services, budgets, policies }): readonly GivenObject[] => [
    object('v1', 'Service', 'd0', { spec: { selector: pods[0]?.[0], ports: [{ port: 80 }] } }),
    ...services.map((wanted, n) =>
      object('v1', 'Service', `s${n}`, { spec: { selector: wanted, ports: [{ port: 80 }] } }),
    ),
    ...pods.map(([own, suffix], n) =>
      deployment(`d${n}`, own, {
        containers: [
          { name: 'app', image: `${REPOSITORY}${suffix}` },
          { name: 'side', image: SIDECAR },
        ],
      }),
    ),
    ...budgets.map((wanted, n) =>
      object('policy/v1', 'PodDisruptionBudget', `b${n}`, { spec: { selector: wanted } }),
    ),
    ...policies.map((wanted, n) =>
      object('networking.k8s.io/v1', 'NetworkPolicy', `n${n}`, { spec: { podSelector: wanted } }),
    ),
  ]);

describe('own manifests: two colors', () => {
  const both = (own: readonly GivenObject[]) => ({
    blue: colored('blue', own, workloadOf('d0')),
    green: colored('green', own, workloadOf('d0')),
  });

  test('share no name', () => {
    fc.assert(
      fc.property(folder, (own) => {
        const { blue, green } = both(own);
        const names = [...blue, ...green].map((one) => `${one.kind}/${one.metadata.name}`);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  test('nothing selects pods of the other color, and each Deployment its own alone', () => {
    fc.assert(
      fc.property(folder, (own) => {
        const { blue, green } = both(own);
        for (const [one, other] of [
          [blue, green],
          [green, blue],
        ] as const) {
          for (const wanted of podSelectors(one)) {
            expect(podLabels(other).filter((pod) => selects(wanted, pod))).toEqual([]);
          }
          for (const each of one.filter(({ kind }) => kind === 'Deployment') as Answer[]) {
            const selected = podLabels(one).filter((pod) => selects(each.spec.selector, pod));
            expect(selected).toEqual([each.spec.template.metadata.labels]);
          }
        }
      }),
    );
  });

  test('a selector means the pods that it meant', () => {
    fc.assert(
      fc.property(folder, (own) => {
        const { green } = both(own);
        const before = own.filter(({ kind }) => kind === 'Deployment') as Answer[];
        const pods = podLabels(green);
        for (const [n, one] of (own as Answer[])
          .filter(({ kind }) => kind === 'PodDisruptionBudget')
          .entries()) {
          const meant = before.map((each) =>
            selects(one.spec.selector, each.spec.template.metadata.labels),
          );
          const after = green.find((each) => each.metadata.name === `b${n}-green`) as Answer;
          if (!meant.includes(true)) continue;
          expect(pods.map((pod) => selects(after.spec.selector, pod))).toEqual(meant);
        }
      }),
    );
  });

  test('every image is pinned, and pinning what is pinned changes nothing', () => {
    fc.assert(
      fc.property(folder, (own) => {
        const { green } = both(own);
        for (const image of images(green)) expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
        const pinned = JSON.parse(
          JSON.stringify(own).replace(
            new RegExp(`"image":"${REPOSITORY}[^"]*"`, 'g'),
            `"image":"${REPOSITORY}@${DIGEST}"`,
          ),
        ) as GivenObject[];
        expect(colored('green', pinned, workloadOf('d0'))).toEqual(green);
      }),
    );
  });

  test('the same slot gives the same objects', () => {
    expect(colored('blue')).toEqual(colored('blue'));
  });
});

describe('own manifests: what a release before left', () => {
  const slot = slotOf('green', workload);
  const present = (release: string, replaces?: string) => ({
    metadata: {
      labels: { 'slipway.dev/release': release },
      annotations: replaces === undefined ? {} : { 'slipway.dev/replaces': replaces },
    },
    spec: {},
  });

  test('is of this slot alone, and what pods mount stays a release longer', () => {
    const selectors = new Map(
      leftoversOf(slot, 'checkout-before').map((one) => [one.kind, one.labelSelector]),
    );
    const here = 'app.kubernetes.io/managed-by=slipway,slipway.dev/slot=checkout-green';
    expect(selectors.get('Deployment')).toBe(
      `${here},slipway.dev/release notin (${slot.releaseId})`,
    );
    expect(selectors.get('ConfigMap')).toBe(
      `${here},slipway.dev/release notin (${slot.releaseId},checkout-before)`,
    );
    expect(selectors.has('TargetGroupBinding')).toBe(false);
  });

  test.each([
    ['an empty slot', null, null],
    ['another release', present('checkout-before'), 'checkout-before'],
    ['the same release again', present(slot.releaseId, 'checkout-before'), 'checkout-before'],
    ['the same release, the first of its slot', present(slot.releaseId), null],
  ])('%s', (_name, there, replaced) => {
    expect(replacedBy(slot, there)).toBe(replaced);
  });
});

test('own manifests: as large as they may be, a step of a rollout stays small', () => {
  const cluster = {
    name: 'shop',
    region: 'eu-west-1',
    endpoint: 'https://shop.example.com',
    certificateAuthority: 'x'.repeat(1_500),
    namespace: 'shop',
  };
  const inputs = slotInputs({
    target: shopTarget(),
    service: {
      registryId: '999999999999',
      region: 'eu-west-1',
      repository: 'shop/checkout',
    } as ServiceRecord,
    workload: { ...workload, objects: 'A'.repeat(OBJECTS_MAX) },
    cluster,
    release: { ...slotOf('green', workload), rolloutId: 'r1' },
    color: 'green',
    sizeOfOther: true,
  });
  const step = JSON.stringify({ target: shopTarget(), cluster, ...inputs });
  expect(step.length).toBeLessThan(32 * 1024);
});
