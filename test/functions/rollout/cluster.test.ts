import { describe, expect, test } from 'vitest';
import { cluster } from '../../../functions/adapters/cluster.ts';
import { clusterToken } from '../../../functions/adapters/cluster-token.ts';
import type { Manifest } from '../../../functions/domain/manifests.ts';
import type { Runtime } from '../../../functions/runtime/runtime.ts';

// Goal: the token is the one that EKS takes, and each refusal of the API server says who has to do what.

const NOW = Date.UTC(2026, 0, 15, 12);
const env = {
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'session/token+with=signs',
};
const access = {
  name: 'shop',
  region: 'eu-west-1',
  endpoint: 'https://shop.eks.test',
  certificateAuthority: '',
  namespace: 'checkout',
};
const service: Manifest = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'checkout-green', namespace: 'checkout', labels: {} },
};

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** An API server that knows Services, and answers everything else as told. */
const serverOf = (status: number, message: string) => {
  const asked: Asked[] = [];
  const runtime = {
    env,
    now: () => NOW,
    fetch: (address: string, init: RequestInit) => {
      const url = new URL(address);
      asked.push({
        method: init.method ?? 'GET',
        url,
        headers: init.headers as Record<string, string>,
        body: init.body as string | undefined,
      });
      const json = (code: number, value: object) =>
        Promise.resolve(
          new Response(JSON.stringify(value), {
            status: code,
            headers: { 'content-type': 'application/json' },
          }),
        );
      if (url.pathname === '/api/v1') {
        return json(200, {
          kind: 'APIResourceList',
          groupVersion: 'v1',
          resources: [{ name: 'services', kind: 'Service', namespaced: true }],
        });
      }
      if (status === 200) return json(200, service);
      return json(status, { kind: 'Status', status: 'Failure', message, code: status });
    },
  } as unknown as Runtime;
  return { runtime, asked };
};

const parts = (token: string) => {
  const url = Buffer.from(token.slice(11), 'base64url').toString('utf8');
  return { prefix: token.slice(0, 11), url: new URL(url) };
};

describe('cluster: token', () => {
  test('a presigned GetCallerIdentity of the Region that names the cluster, in base64url', async () => {
    const { prefix, url } = parts(await clusterToken({ env, now: () => NOW }, access));
    expect(prefix).toBe('k8s-aws-v1.');
    expect(url.origin + url.pathname).toBe('https://sts.eu-west-1.amazonaws.com/');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'ASIAEXAMPLE/20260115/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20260115T120000Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': env.AWS_SESSION_TOKEN,
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    });
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the same moment gives the same token, another cluster another one', async () => {
    const make = (name: string) => clusterToken({ env, now: () => NOW }, { ...access, name });
    expect(await make('shop')).toBe(await make('shop'));
    expect(await make('shop')).not.toBe(await make('other'));
  });

  test('without credentials it says so', async () => {
    await expect(clusterToken({ env: {}, now: () => NOW }, access)).rejects.toMatchObject({
      name: 'ConfigurationMissing',
    });
  });
});

describe('cluster: apply', () => {
  test('is server-side, under our name, without force', async () => {
    const { runtime, asked } = serverOf(200, '');
    await (await cluster(runtime, access)).apply(service);
    const patch = asked.find(({ method }) => method === 'PATCH');
    expect(patch?.url.pathname).toBe('/api/v1/namespaces/checkout/services/checkout-green');
    expect(Object.fromEntries(patch?.url.searchParams ?? [])).toEqual({
      fieldManager: 'slipway',
      force: 'false',
    });
    expect(patch?.headers['Content-Type']).toBe('application/apply-patch+yaml');
    expect(patch?.headers['Authorization']).toMatch(/^Bearer k8s-aws-v1\./);
  });

  test.each([
    [
      422,
      'Service "checkout-green" is invalid: spec.ports: Required value',
      'CandidateRefused',
      'spec.ports: Required value',
    ],
    [
      409,
      'Apply failed with 1 conflict: conflict with "kubectl"',
      'DriftFound',
      'conflict with "kubectl"',
    ],
    [
      404,
      'namespaces "checkout" not found',
      'ConfigurationMissing',
      'the namespace checkout does not exist in shop',
    ],
    [403, 'services is forbidden', 'ConfigurationMissing', 'access entry'],
    [401, 'Unauthorized', 'ConfigurationMissing', 'access entry'],
    [429, 'too many requests', 'TransientFailure', 'too many requests'],
    [503, 'etcdserver: leader changed', 'TransientFailure', 'leader changed'],
  ])('%i %s', async (status, message, name, words) => {
    const { runtime } = serverOf(status, message);
    const kubernetes = await cluster(runtime, access);
    await expect(kubernetes.apply(service)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(words),
    });
  });

  test('a kind that the cluster does not know is named with what brings it', async () => {
    const { runtime } = serverOf(200, '');
    const kubernetes = await cluster(runtime, access);
    const unknown = { ...service, kind: 'Gadget' };
    await expect(kubernetes.apply(unknown)).rejects.toMatchObject({
      name: 'ConfigurationMissing',
      message: expect.stringContaining('shop does not know v1 Gadget'),
    });
  });
});

describe('cluster: remove', () => {
  const SERVICE = { apiVersion: 'v1', kind: 'Service' };
  const SELECTOR = 'slipway.dev/slot=checkout-green,slipway.dev/release notin (r2)';

  /** An API server that lists these Services, and answers a delete as told. */
  const listing = (names: readonly string[], listed: number, deleted: number) => {
    const { runtime, asked } = serverOf(200, '');
    const json = (status: number, value: object) =>
      Promise.resolve(
        new Response(JSON.stringify(value), {
          status,
          headers: { 'content-type': 'application/json' },
        }),
      );
    const fetch = (address: string, init: RequestInit) => {
      const { pathname } = new URL(address);
      const refusal = (code: number) => json(code, { kind: 'Status', message: 'no', code });
      if (pathname === '/api/v1' || init.method === 'PATCH') return runtime.fetch(address, init);
      void runtime.fetch(address, init);
      if (init.method === 'DELETE') return deleted === 200 ? json(200, {}) : refusal(deleted);
      const items = names.map((name) => ({ ...service, metadata: { name } }));
      return listed === 200 ? json(200, { kind: 'ServiceList', items }) : refusal(listed);
    };
    const deletes = () =>
      asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url.pathname);
    return { runtime: { ...runtime, fetch } as Runtime, asked, deletes };
  };

  test('takes away what the labels select, in this namespace', async () => {
    const { runtime, asked, deletes } = listing(['a', 'b'], 200, 200);
    const kubernetes = await cluster(runtime, access);
    expect(await kubernetes.remove(SERVICE, SELECTOR)).toEqual(['a', 'b']);
    expect(
      asked
        .find(({ url }) => url.searchParams.has('labelSelector'))
        ?.url.searchParams.get('labelSelector'),
    ).toBe(SELECTOR);
    expect(deletes()).toEqual([
      '/api/v1/namespaces/checkout/services/a',
      '/api/v1/namespaces/checkout/services/b',
    ]);
  });

  test('what has gone meanwhile is gone', async () => {
    const { runtime } = listing(['a'], 200, 404);
    expect(await (await cluster(runtime, access)).remove(SERVICE, SELECTOR)).toEqual(['a']);
  });

  test.each([403, 404])(
    'of what it may not list, or nobody knows (%i), nothing is its own',
    async (status) => {
      const { runtime, deletes } = listing(['a'], status, 200);
      expect(await (await cluster(runtime, access)).remove(SERVICE, SELECTOR)).toEqual([]);
      expect(deletes()).toEqual([]);
    },
  );

  test('of a kind that is not installed there is nothing', async () => {
    const { runtime } = listing([], 200, 200);
    const kubernetes = await cluster(runtime, access);
    expect(await kubernetes.remove({ apiVersion: 'v1', kind: 'Gadget' }, SELECTOR)).toEqual([]);
  });

  test('fails where what is left may not be deleted', async () => {
    const { runtime } = listing(['a'], 200, 403);
    const kubernetes = await cluster(runtime, access);
    await expect(kubernetes.remove(SERVICE, SELECTOR)).rejects.toMatchObject({
      name: 'ConfigurationMissing',
      message: expect.stringContaining('RoleBinding'),
    });
  });
});
