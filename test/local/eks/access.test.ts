import { describe, expect, test } from 'vitest';
import { clusterToken } from '../../../functions/adapters/cluster-token.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud } from '../../../local/cloud.ts';
import { type EksService, eksModule } from '../../../local/services/eks/module.ts';
import { type StsService, stsModule } from '../../../local/services/sts/module.ts';
import { kubeClient } from '../kubernetes/kube-client.ts';
import { context, place } from '../traffic/test-cloud.ts';

const roleArn = `arn:aws:iam::${place.account}:role/deployer`;

const launch = async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const warnings: string[] = [];
  const cloud = new Cloud({
    clock,
    seed: 1,
    modules: [eksModule, stsModule],
    warn: (text) => warnings.push(text),
  });
  const call = <T = unknown>(operation: string, input: object) =>
    cloud.call<T>('eks', operation, input, context);
  await call('CreateCluster', { name: 'shop', roleArn, resourcesVpcConfig: {} });
  const { cluster } = await call<{ cluster: { endpoint: string } }>('DescribeCluster', {
    name: 'shop',
  });
  const admin = kubeClient(cloud.service<EksService>('eks', place).clusters.get('shop').kubernetes);
  await admin.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
  });
  const credentials = cloud.service<StsService>('sts', place).issue(roleArn, 'session');
  const token = (name = 'shop', keys: { accessKeyId: string } = credentials) =>
    clusterToken(
      {
        now: () => clock.now(),
        env: {
          AWS_ACCESS_KEY_ID: keys.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SESSION_TOKEN: credentials.sessionToken,
        },
      },
      { name, region: place.region },
    );
  const ask = async (bearer: string | undefined, path = '/api/v1/namespaces/shop/pods') => {
    const answer = await cloud.http(`${cluster.endpoint}${path}`, {
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    });
    const body = (await answer?.json()) as { message?: string; reason?: string; kind: string };
    return { code: answer?.status, ...body };
  };
  const allow = (options: object = {}) =>
    call('CreateAccessEntry', { clusterName: 'shop', principalArn: roleArn, ...options });
  return { clock, cloud, call, admin, token, ask, allow, warnings };
};

describe('eks: token', () => {
  test('a good token of a role with an entry and a policy gets in', async () => {
    const { token, ask, allow, call } = await launch();
    await allow();
    await call('AssociateAccessPolicy', {
      clusterName: 'shop',
      principalArn: roleArn,
      policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
      accessScope: { type: 'cluster' },
    });
    expect(await ask(await token())).toMatchObject({ code: 200, kind: 'PodList' });
  });

  test('without an access entry it is 401, and the watcher is told why', async () => {
    const { token, ask, warnings } = await launch();
    expect(await ask(await token())).toMatchObject({
      code: 401,
      kind: 'Status',
      reason: 'Unauthorized',
    });
    expect(warnings.at(-1)).toContain('has no access entry');
  });

  test('it is good for 15 minutes from its date and no longer', async () => {
    const { clock, token, ask, allow } = await launch();
    await allow();
    const bearer = await token();
    await clock.advance(15 * 60_000);
    expect((await ask(bearer)).code).toBe(403);
    await clock.advance(1000);
    expect((await ask(bearer)).code).toBe(401);
  });

  const reshaped = (bearer: string, change: (url: URL) => void): string => {
    const url = new URL(Buffer.from(bearer.slice('k8s-aws-v1.'.length), 'base64url').toString());
    change(url);
    return `k8s-aws-v1.${Buffer.from(url.href).toString('base64url')}`;
  };
  test.each<[string, (url: URL) => void]>([
    [
      'another host',
      (url) => {
        url.hostname = 'sts.example.com';
      },
    ],
    [
      'plain HTTP',
      (url) => {
        url.protocol = 'http:';
      },
    ],
    [
      'another path',
      (url) => {
        url.pathname = '/x';
      },
    ],
    ['another action', (url) => url.searchParams.set('Action', 'AssumeRole')],
    ['a foreign parameter', (url) => url.searchParams.set('Next', '1')],
    ['an unsigned cluster id', (url) => url.searchParams.set('X-Amz-SignedHeaders', 'host')],
    ['a long expiry', (url) => url.searchParams.set('X-Amz-Expires', '901')],
    ['no signature', (url) => url.searchParams.delete('X-Amz-Signature')],
    [
      'an unknown key',
      (url) =>
        url.searchParams.set('X-Amz-Credential', 'ASIANOBODY/20260101/eu-west-1/sts/aws4_request'),
    ],
  ])('refuses %s', async (_, change) => {
    const { token, ask, allow } = await launch();
    await allow();
    expect((await ask(reshaped(await token(), change))).code).toBe(401);
  });

  test.each([undefined, 'k8s-aws-v2.abc', 'k8s-aws-v1.!!!'])(
    'refuses %s as a token',
    async (bearer) => {
      const { ask, allow } = await launch();
      await allow();
      expect((await ask(bearer)).code).toBe(401);
    },
  );
});

describe('eks: access', () => {
  test('groups of the entry get what their roles say, and nothing else', async () => {
    const { admin, token, ask, allow } = await launch();
    await allow({ kubernetesGroups: ['readers'] });
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop';
    await admin.apply(`${rbac}/roles/reader`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    });
    await admin.apply(`${rbac}/rolebindings/reader`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'Group', name: 'readers', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    const bearer = await token();
    expect((await ask(bearer)).code).toBe(200);
    expect(await ask(bearer, '/api/v1/namespaces/shop/secrets')).toMatchObject({
      code: 403,
      message: `secrets is forbidden: User "arn:aws:sts::${place.account}:assumed-role/deployer/{{SessionName}}" cannot list resource "secrets" in API group "" in the namespace "shop"`,
    });
    expect((await ask(bearer, '/api/v1/namespaces/default/pods')).code).toBe(403);
  });

  test.each([
    ['AmazonEKSEditPolicy', '/apis/apps/v1/namespaces/shop/deployments', 200],
    ['AmazonEKSEditPolicy', '/apis/elbv2.k8s.aws/v1beta1/namespaces/shop/targetgroupbindings', 403],
    [
      'AmazonEKSAdminPolicy',
      '/apis/elbv2.k8s.aws/v1beta1/namespaces/shop/targetgroupbindings',
      403,
    ],
    [
      'AmazonEKSClusterAdminPolicy',
      '/apis/elbv2.k8s.aws/v1beta1/namespaces/shop/targetgroupbindings',
      200,
    ],
  ])('%s on %s is %i', async (policy, path, code) => {
    const { token, ask, allow, call } = await launch();
    await allow();
    await call('AssociateAccessPolicy', {
      clusterName: 'shop',
      principalArn: roleArn,
      policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`,
      accessScope: { type: 'cluster' },
    });
    expect((await ask(await token(), path)).code).toBe(code);
  });

  test('errors are EKS’ own', async () => {
    const { call, allow } = await launch();
    await expect(call('DescribeCluster', { name: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No cluster found for name: none.',
    });
    await allow();
    await expect(allow()).rejects.toMatchObject({ name: 'ResourceInUseException' });
    await expect(
      call('CreateAccessEntry', {
        clusterName: 'shop',
        principalArn: `${roleArn}2`,
        kubernetesGroups: ['system:masters'],
      }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
