import { describe, expect, test } from 'vitest';
import { configDigestOf, packed } from '../../../config/workload.ts';
import { handler } from '../../../functions/release/register.ts';
import { BUILT, CHECKOUT, pipelineWorld } from '../pipeline-world.ts';

// Goal: a stack's record is in the ledger as long as the stack is there, and a wrong one is refused before it is written.

const registered = async () => {
  const world = await pipelineWorld({ ...CHECKOUT, service: 'other', repository: 'shop/other' });
  const answers: { Status: string; Reason: string; PhysicalResourceId: string }[] = [];
  Object.assign(world.runtime, {
    env: {
      LEDGER_TABLE: 'slipway-ledger',
      LEDGER_REGION: 'eu-west-1',
      LEDGER_ROLE_ARN: 'arn:aws:iam::999999999999:role/registrar',
      LEDGER_EXTERNAL_ID: 'slipway',
    },
    fetch: async (_: string, init: { body: string }) => {
      answers.push(JSON.parse(init.body));
      return new Response(null, { status: 200 });
    },
  });
  const ask = async (
    RequestType: 'Create' | 'Update' | 'Delete',
    record: unknown,
    old?: unknown,
    Kind = 'service',
  ) => {
    const properties = (one: unknown) => ({
      ServiceToken: 'arn:aws:lambda:eu-west-1:999999999999:function:register',
      Kind,
      Record: typeof one === 'string' ? one : JSON.stringify(one),
    });
    await world.invoke(handler, {
      RequestType,
      ResponseURL: 'https://cloudformation.example/answer',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Registration',
      ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'service/checkout' }),
      ResourceProperties: properties(record),
      ...(old === undefined ? {} : { OldResourceProperties: properties(old) }),
    });
    return answers.at(-1);
  };
  return { ...world, ask };
};

const OWN = {
  port: 8080,
  replicas: { min: 2, max: 2 },
  readiness: '/healthz',
  main: { deployment: 'web', container: 'app', service: 'web', servicePort: 80 },
  objects: packed([
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { A: 'b' } },
  ]),
};

describe('register', () => {
  test('a service is found by name, repository and build project; its workload by its digest', async () => {
    const { ask, ledger, assumed } = await registered();
    expect(await ask('Create', BUILT)).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'service/checkout',
    });
    expect(await ledger.service('checkout')).toEqual(BUILT);
    expect(await ledger.serviceOfRepository('shop/checkout')).toBe('checkout');
    expect(await ledger.servicesOfProject('checkout')).toEqual(['checkout']);
    expect(await ledger.workload(BUILT.configDigest)).toEqual(BUILT.workload);
    expect(await ledger.services()).toEqual(['checkout', 'other']);
    expect(assumed).toEqual(['arn:aws:iam::999999999999:role/registrar']);
  });

  test('an update that moves to another repository leaves no row of the old one', async () => {
    const { ask, ledger } = await registered();
    await ask('Create', BUILT);
    await ask('Update', { ...BUILT, repository: 'shop/moved', build: null }, BUILT);
    expect(await ledger.serviceOfRepository('shop/checkout')).toBeNull();
    expect(await ledger.serviceOfRepository('shop/moved')).toBe('checkout');
    expect(await ledger.servicesOfProject('checkout')).toEqual([]);
  });

  test('the time of the first registration stays over updates', async () => {
    const { ask, ledger, clock } = await registered();
    await ask('Create', BUILT);
    const since = await ledger.registeredAt('checkout');
    await clock.advance(60_000);
    await ask('Update', { ...BUILT, scan: { ...BUILT.scan, failOn: 'LOW' } }, BUILT);
    expect(await ledger.registeredAt('checkout')).toBe(since);
    expect(since).not.toBeNull();
  });

  test('a delete takes the service out and leaves its workload, which releases may still name', async () => {
    const { ask, ledger } = await registered();
    await ask('Create', BUILT);
    expect(await ledger.service('checkout')).toEqual(BUILT);
    await ask('Delete', BUILT);
    expect(await ledger.service('checkout')).toBeNull();
    expect(await ledger.serviceOfRepository('shop/checkout')).toBeNull();
    expect(await ledger.workload(BUILT.configDigest)).toEqual(BUILT.workload);
  });

  test('manifests of its own are kept as they came, under the digest of their objects', async () => {
    const { ask, ledger } = await registered();
    const configDigest = configDigestOf(OWN);
    const answer = await ask('Create', { ...CHECKOUT, workload: OWN, configDigest });
    expect(answer?.Status).toBe('SUCCESS');
    expect(await ledger.workload(configDigest)).toEqual(OWN);
  });

  test.each([
    ['no JSON', '{', 'Record is no JSON'],
    ['a record that lacks its repository', { ...CHECKOUT, repository: undefined }, 'repository'],
    [
      'a digest that is not its workload’s',
      { ...CHECKOUT, configDigest: configDigestOf({}) },
      'synthesize again',
    ],
    [
      'manifests that are no archive',
      { ...CHECKOUT, workload: { ...OWN, objects: 'AAAA' } },
      "manifests of checkout can't be unpacked",
    ],
  ])(
    '%s is refused, with the reason for CloudFormation, and nothing is written',
    async (_name, record, reason) => {
      const { ask, ledger } = await registered();
      const answer = await ask('Create', record);
      expect(answer?.Status).toBe('FAILED');
      expect(answer?.Reason).toContain(reason);
      expect(await ledger.service('checkout')).toBeNull();
    },
  );
});
