import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { place, testCloud } from '../traffic/test-cloud.ts';
import { deployment, deploymentPath, kubeClient } from './kube-client.ts';

const launch = async () => {
  const world = testCloud({ clock: new VirtualClock(Date.UTC(2026, 0, 1)) });
  await world.call('eks', 'CreateCluster', {
    name: 'shop',
    roleArn: `arn:aws:iam::${place.account}:role/eks`,
    resourcesVpcConfig: {},
  });
  const api = kubeClient(world.eks().clusters.get('shop').kubernetes);
  await api.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
  });
  return api;
};

const path = deploymentPath('web');
const image = '999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1';
const web = (spec: Record<string, unknown> = {}) => deployment('web', image, spec);

describe('kubernetes: server-side apply', () => {
  test('creates with defaults, and the same again changes nothing', async () => {
    const { apply, get } = await launch();
    const first = await apply(path, web());
    expect(first.code).toBe(201);
    expect(first.body.spec).toMatchObject({
      replicas: 2,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate' },
    });
    const settled = (await get(path)).body;
    const again = await apply(path, web());
    expect(again.code).toBe(200);
    expect(again.body.metadata.generation).toBe(1);
    expect(again.body.metadata.resourceVersion).toBe(settled.metadata.resourceVersion);
    expect(again.body.metadata.managedFields).toHaveLength(1);
  });

  test('YAML is as good as JSON', async () => {
    const { apply } = await launch();
    const answer = await apply(
      '/api/v1/namespaces/shop/configmaps/c',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { a: "1" }\n',
    );
    expect(answer.body.data).toEqual({ a: '1' });
  });

  test('a field that another manager owns is a conflict, unless forced', async () => {
    const { apply } = await launch();
    await apply(path, web());
    const other = await apply(path, web({ replicas: 5 }), 'fieldManager=other');
    expect(other.code).toBe(409);
    expect(other.body).toMatchObject({
      kind: 'Status',
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "tester": .spec.replicas',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas' }] },
    });
    const forced = await apply(path, web({ replicas: 5 }), 'fieldManager=other&force=true');
    expect(forced.body.spec.replicas).toBe(5);
    expect((await apply(path, web())).code).toBe(409);
  });

  test('a conflict names the item of a list by its key', async () => {
    const { apply } = await launch();
    await apply(path, web());
    const changed = deployment('web', image.replace(':1', ':2'));
    const answer = await apply(path, changed, 'fieldManager=other');
    expect(answer.body.details.causes[0].field).toBe(
      '.spec.template.spec.containers[name="app"].image',
    );
  });

  test('what an update has changed is no longer the applier’s', async () => {
    const { apply, merge } = await launch();
    await apply(path, web());
    await merge(`${path}?fieldManager=kubectl`, { spec: { replicas: 7 } });
    const answer = await apply(path, web());
    expect(answer.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas',
    );
  });

  test('what is no longer applied is removed, but not what others own', async () => {
    const { apply, merge } = await launch();
    const labelled = (labels: object) => ({ ...web(), metadata: { name: 'web', labels } });
    await apply(path, labelled({ a: '1', b: '2' }));
    await merge(path, { metadata: { labels: { c: '3' } } });
    const { body } = await apply(path, labelled({ a: '1' }));
    expect(body.metadata.labels).toEqual({ a: '1', c: '3' });
  });

  test('a list with keys is merged by them', async () => {
    const { apply } = await launch();
    const withEnv = (...names: string[]) => {
      const object = web();
      Object.assign(object.spec.template.spec.containers[0] ?? {}, {
        env: names.map((name) => ({ name, value: '1' })),
      });
      return object;
    };
    await apply(path, withEnv('A', 'B'));
    const { body } = await apply(path, withEnv('B', 'C'));
    expect(
      body.spec.template.spec.containers[0].env.map((each: { name: string }) => each.name),
    ).toEqual(['B', 'C']);
  });

  const refusals: [
    string,
    (object: ReturnType<typeof web>) => object,
    Partial<{ code: number; text: string }>,
  ][] = [
    [
      'an unknown field',
      (object) => ({ ...object, spec: { ...object.spec, replicaz: 1 } }),
      { code: 500, text: '.spec.replicaz: field not declared in schema' },
    ],
    [
      'a wrong type',
      (object) => ({ ...object, spec: { ...object.spec, replicas: 'two' } }),
      { code: 500, text: '.spec.replicas: expected numeric (int or float), got string' },
    ],
    [
      'no image',
      (object) => ({
        ...object,
        spec: {
          ...object.spec,
          template: { ...object.spec.template, spec: { containers: [{ name: 'app' }] } },
        },
      }),
      { code: 422, text: 'spec.template.spec.containers[0].image: Required value' },
    ],
    [
      'a selector that does not match',
      (object) => ({
        ...object,
        spec: { ...object.spec, selector: { matchLabels: { app: 'x' } } },
      }),
      { code: 422, text: '`selector` does not match template `labels`' },
    ],
    [
      'a negative count',
      (object) => ({ ...object, spec: { ...object.spec, replicas: -1 } }),
      { code: 422, text: 'spec.replicas: Invalid value: -1' },
    ],
    [
      'another name than the path',
      (object) => ({ ...object, metadata: { name: 'other' } }),
      { code: 400, text: 'does not match' },
    ],
  ];
  test.each(refusals)('refuses %s and keeps nothing', async (_, broken, { code, text }) => {
    const { apply, get } = await launch();
    const answer = await apply(path, broken(web()));
    expect(answer.code).toBe(code);
    expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', code });
    expect(answer.body.message).toContain(text);
    expect((await get(path)).code).toBe(404);
  });

  test('refuses to change the selector', async () => {
    const { apply } = await launch();
    await apply(path, web());
    const changed = web({ selector: { matchLabels: { 'app.kubernetes.io/name': 'shop' } } });
    const answer = await apply(path, changed, 'fieldManager=tester&force=true');
    expect(answer.body.details.causes[0]).toMatchObject({ field: 'spec.selector' });
    expect(answer.body.message).toContain('field is immutable');
  });

  test('a namespace that is not there is not found', async () => {
    const { apply } = await launch();
    const answer = await apply('/apis/apps/v1/namespaces/nowhere/deployments/web', web());
    expect(answer.body.message).toBe('namespaces "nowhere" not found');
  });

  test('a dry run answers as if and writes nothing', async () => {
    const { apply, get } = await launch();
    expect((await apply(path, web(), 'fieldManager=tester&dryRun=All')).code).toBe(201);
    expect((await get(path)).code).toBe(404);
  });
});

describe('kubernetes: requests', () => {
  test('PUT minds the resourceVersion', async () => {
    const { apply, get, send } = await launch();
    await apply(path, web());
    const { body } = await get(path);
    const stale = { ...body, metadata: { ...body.metadata, resourceVersion: '1' } };
    expect(await send('PUT', path, stale)).toMatchObject({
      code: 409,
      body: { reason: 'Conflict' },
    });
    const fresh = { ...body, spec: { ...body.spec, replicas: 3 } };
    expect((await send('PUT', path, fresh)).body).toMatchObject({
      metadata: { generation: 2 },
      spec: { replicas: 3 },
    });
  });

  test('POST of what is there is a conflict; strict validation names the field', async () => {
    const { send } = await launch();
    const collection = '/apis/apps/v1/namespaces/shop/deployments';
    expect((await send('POST', collection, web())).code).toBe(201);
    expect((await send('POST', collection, web())).body).toMatchObject({
      reason: 'AlreadyExists',
      code: 409,
    });
    const strict = await send('POST', `${collection}?fieldValidation=Strict`, {
      ...web({ foo: 1 }),
      metadata: { name: 'b' },
    });
    expect(strict.body.message).toBe('strict decoding error: unknown field "spec.foo"');
  });

  test('lists by label and by field', async () => {
    const { send, get } = await launch();
    const base = '/api/v1/namespaces/shop/configmaps';
    for (const [name, tier] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
    ]) {
      await send('POST', base, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { tier } },
      });
    }
    const names = async (query: string) =>
      (await get(`${base}?${query}`)).body.items.map(
        (item: { metadata: { name: string } }) => item.metadata.name,
      );
    expect(await names('labelSelector=tier%3Dx')).toEqual(['a', 'c']);
    expect(await names('labelSelector=tier+in+(y,z)')).toEqual(['b']);
    expect(await names('labelSelector=!tier')).toEqual([]);
    expect(await names('fieldSelector=metadata.name%3Db')).toEqual(['b']);
  });

  test('the scale and status subresources change their own part only', async () => {
    const { apply, merge, get } = await launch();
    await apply(path, web());
    expect((await merge(`${path}/scale`, { spec: { replicas: 4 } })).body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 4 },
    });
    await merge(`${path}/status`, { spec: { replicas: 9 }, status: { replicas: 1 } });
    expect((await get(path)).body.spec.replicas).toBe(4);
  });

  test('patches by RFC 6902, and refuses a failed test whole', async () => {
    const { apply, send } = await launch();
    await apply(path, web());
    const patch = (...operations: object[]) =>
      send('PATCH', path, operations, 'application/json-patch+json');
    expect(
      (await patch({ op: 'replace', path: '/spec/replicas', value: 3 })).body.spec.replicas,
    ).toBe(3);
    const failed = await patch(
      { op: 'replace', path: '/spec/replicas', value: 1 },
      { op: 'test', path: '/kind', value: 'X' },
    );
    expect(failed.code).toBe(422);
    expect((await patch({ op: 'test', path: '/spec/replicas', value: 3 })).code).toBe(200);
  });

  test('refuses a patch of an unknown type, an unknown path and a watch', async () => {
    const { apply, send, get } = await launch();
    await apply(path, web());
    expect((await send('PATCH', path, {}, 'text/plain')).code).toBe(415);
    expect((await get('/apis/nothing/v1/things')).code).toBe(404);
    expect((await get('/api/v1/pods?watch=true')).code).toBe(501);
  });

  test('discovery names the resources that a client looks up', async () => {
    const { get } = await launch();
    const names = async (address: string) =>
      (await get(address)).body.resources.map((each: { name: string }) => each.name);
    expect(await names('/apis/apps/v1')).toContain('deployments/scale');
    expect(await names('/api/v1')).toContain('pods/log');
    expect(await names('/apis/elbv2.k8s.aws/v1beta1')).toContain('targetgroupbindings');
  });
});
