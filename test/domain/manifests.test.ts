import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Slot } from '../../functions/domain/cluster-inputs.ts';
import { pinnedImage, slotSelector } from '../../functions/domain/manifests.ts';
import { slotObjects } from '../../functions/domain/slot-objects.ts';
import type { PlainWorkload } from '../../functions/domain/workload.ts';
import type { Answer } from '../functions/rollout/place.ts';

const workload: PlainWorkload = {
  port: 8080,
  replicas: { min: 2, max: 6 },
  readiness: '/healthz',
  env: { MODE: 'live' },
};
const slot: Slot = {
  service: 'checkout',
  environment: 'production',
  color: 'green',
  releaseId: 'checkout-aaaaaaaaaaaa-cccccc',
  rolloutId: 'r1',
  repository: '999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop/checkout',
  digest: `sha256:${'a'.repeat(64)}`,
  configDigest: `sha256:${'c'.repeat(64)}`,
  workload,
  targetGroupArn: 'arn:green',
  replacement: 'RollingUpdate',
};
const at = {
  namespace: 'checkout',
  region: 'eu-west-1',
  appliedAt: '2026-01-01T12:00:00.000Z',
  replaces: null,
  own: [],
};
const kinds = (of: Slot) => slotObjects(of, at).map(({ kind }) => kind);
const find = (kind: string, of: Slot = slot): Answer =>
  // oxlint-disable-line typescript/no-explicit-any
  slotObjects(of, at).find((each) => each.kind === kind);

describe('manifests', () => {
  test('service and binding exist before the pods: else they get no readiness gate', () => {
    expect(kinds(slot)).toEqual([
      'Service',
      'TargetGroupBinding',
      'Deployment',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
    ]);
  });

  test('a fixed size has no autoscaler', () => {
    const fixed = { ...slot, workload: { ...workload, replicas: { min: 2, max: 2 } } };
    expect(kinds(fixed)).not.toContain('HorizontalPodAutoscaler');
  });

  test('the image is pinned by digest, never by tag', () => {
    const [container] = find('Deployment').spec.template.spec.containers;
    expect(container.image).toBe(`${slot.repository}@${slot.digest}`);
    expect(pinnedImage(slot)).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  test('the apply claims no replicas: their number is whoever scales', () => {
    expect(find('Deployment').spec).not.toHaveProperty('replicas');
  });

  test('each color selects its own pods alone', () => {
    const green = find('Service').spec.selector;
    const blue = find('Service', { ...slot, color: 'blue' }).spec.selector;
    expect(green).toEqual(slotSelector('checkout', 'green'));
    expect(green['app.kubernetes.io/instance']).not.toBe(blue['app.kubernetes.io/instance']);
    expect(find('Deployment').spec.template.metadata.labels).toMatchObject(green);
    expect(find('TargetGroupBinding').spec).toMatchObject({
      serviceRef: { name: 'checkout-green', port: 8080 },
      targetGroupARN: 'arn:green',
    });
  });

  test('traces can tell the colors apart', () => {
    const [container] = find('Deployment').spec.template.spec.containers;
    const attributes = container.env.find(
      ({ name }: { name: string }) => name === 'OTEL_RESOURCE_ATTRIBUTES',
    ).value;
    expect(attributes).toContain('service.name=checkout');
    expect(attributes).toContain('release_color=green');
    expect(attributes).toContain('aws.xray.annotations=release_color');
  });

  test("the service's own variables are kept", () => {
    const own = { ...workload, env: { MODE: 'live', OTEL_RESOURCE_ATTRIBUTES: 'team=a' } };
    const [container] = find('Deployment', { ...slot, workload: own }).spec.template.spec
      .containers;
    const env = Object.fromEntries(
      container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(env['MODE']).toBe('live');
    expect(env['OTEL_RESOURCE_ATTRIBUTES']).toMatch(/^team=a,service\.name=checkout/);
  });

  test('labels are labels, whatever the release is called', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,80}$/), (releaseId) => {
        for (const { metadata } of slotObjects({ ...slot, releaseId }, at)) {
          for (const value of Object.values(metadata.labels)) {
            expect(value).toMatch(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/);
          }
        }
      }),
    );
  });

  test('the same slot gives the same objects', () => {
    expect(slotObjects(slot, at)).toEqual(slotObjects(slot, at));
  });
});
