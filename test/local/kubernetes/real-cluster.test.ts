import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { forwardToCluster, RealClusterError } from '../../../local/kubernetes/real-cluster.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const kubeconfig = (server: string, context = 'here'): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config');
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'real', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: { token: 'own-token' } }],
      contexts: [{ name: 'here', context: { cluster: 'real', user: 'me' } }],
      'current-context': context,
    }),
  );
  return file;
};

describe('kubernetes: real cluster', () => {
  test('a request goes to the kubeconfig’s server, as its user', async () => {
    const seen: {
      url: string | undefined;
      method: string | undefined;
      body: string;
      headers: IncomingMessage['headers'];
    }[] = [];
    const server = createServer((incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk) => {
        body += chunk;
      });
      incoming.on('end', () => {
        seen.push({ url: incoming.url, method: incoming.method, body, headers: incoming.headers });
        outgoing
          .writeHead(201, { 'content-type': 'application/json' })
          .end('{"kind":"Deployment"}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const forward = forwardToCluster(kubeconfig(`http://127.0.0.1:${port}`));
    const answer = await forward(
      new URL(
        'https://abc.gr7.eu-west-1.eks.amazonaws.com/apis/apps/v1/namespaces/a/deployments/b?fieldManager=x',
      ),
      {
        method: 'PATCH',
        headers: {
          authorization: 'Bearer k8s-aws-v1.x',
          'content-type': 'application/apply-patch+yaml',
        },
        body: '{"a":1}',
      },
    );
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({ kind: 'Deployment' });
    expect(seen[0]).toMatchObject({
      method: 'PATCH',
      url: '/apis/apps/v1/namespaces/a/deployments/b?fieldManager=x',
      body: '{"a":1}',
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(seen[0]?.headers.authorization).toBe('Bearer own-token');
  });

  test('a kubeconfig without a current cluster, and a server that is away, are said', async () => {
    expect(() => forwardToCluster(kubeconfig('http://127.0.0.1:9', 'none'))).toThrow(
      RealClusterError,
    );
    const forward = forwardToCluster(kubeconfig('http://127.0.0.1:9'));
    await expect(forward(new URL('https://x/api'), {})).rejects.toThrow(
      'http://127.0.0.1:9 did not answer',
    );
  });
});
