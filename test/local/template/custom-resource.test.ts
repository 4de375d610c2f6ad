import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud } from '../../../local/cloud.ts';
import { cloudformationModule } from '../../../local/services/cloudformation/module.ts';
import type { ServiceModule } from '../../../local/services/service.ts';
import { deployStack } from '../../../local/template/deploy-stack.ts';
import type { StackStore } from '../../../local/template/stack.ts';
import { readTemplate } from '../../../local/template/template.ts';

// Goal: a custom resource's function is asked, and answered for, as CloudFormation does it.
// Method: a Lambda stand-in whose handler answers to the ResponseURL through the cloud's own hosts.

const START = Date.UTC(2026, 0, 1);
const place = { account: '111111111111', region: 'eu-west-1' };
const TOKEN = 'arn:aws:lambda:eu-west-1:111111111111:function:owner';

interface Request {
  RequestType: string;
  ResponseURL: string;
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, unknown>;
  OldResourceProperties?: Record<string, unknown>;
}

const make = (answer: (request: Request) => object | string | Error | undefined) => {
  const requests: Request[] = [];
  const lambda: ServiceModule = {
    name: 'lambda',
    resources: {},
    create: () => ({
      operations: {
        Invoke: async ({ Payload }: { Payload: Uint8Array }) => {
          const request: Request = JSON.parse(new TextDecoder().decode(Payload));
          requests.push(request);
          const said = answer(request);
          if (said instanceof Error) {
            return { FunctionError: 'Unhandled', Payload: new TextEncoder().encode(said.message) };
          }
          if (said !== undefined) {
            const body = typeof said === 'string' ? said : JSON.stringify(said);
            await cloud.http(request.ResponseURL, { method: 'PUT', body });
          }
          return { StatusCode: 200 };
        },
      },
    }),
  };
  const clock = new VirtualClock(START);
  const cloud = new Cloud({ clock, seed: 1, modules: [lambda, cloudformationModule] });
  const store = cloud.service<StackStore & { operations: never }>('cloudformation', place);
  const deploy = (properties: Record<string, unknown> | undefined) =>
    deployStack(cloud, store, {
      name: 'S',
      template: readTemplate({
        Resources: {
          ...(properties && {
            C: { Type: 'Custom::Owner', Properties: { ServiceToken: TOKEN, ...properties } },
          }),
        },
        Outputs: properties
          ? {
              O: { Value: { 'Fn::GetAtt': ['C', 'Endpoint.Address'] } },
              R: { Value: { Ref: 'C' } },
            }
          : {},
      }),
    });
  return { clock, cloud, store, deploy, requests };
};

const succeed = (physicalId = 'id-1') => ({
  Status: 'SUCCESS',
  PhysicalResourceId: physicalId,
  Data: { 'Endpoint.Address': 'host' },
});

describe('custom resource', () => {
  test('custom resource: the request is the real one, scalars are text, the answer becomes Ref and GetAtt', async () => {
    const { deploy, requests } = make(() => succeed());
    const { stack } = await deploy({ Count: 3, On: true, Nested: { List: [1, false, 'x'] } });
    expect(requests).toEqual([
      {
        RequestType: 'Create',
        ServiceToken: TOKEN,
        ResponseURL: expect.stringMatching(
          /^https:\/\/cloudformation-custom-resource-response-euwest1\.s3\.eu-west-1\.amazonaws\.com\//,
        ),
        StackId: stack.id,
        RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        LogicalResourceId: 'C',
        ResourceType: 'Custom::Owner',
        ResourceProperties: {
          ServiceToken: TOKEN,
          Count: '3',
          On: 'true',
          Nested: { List: ['1', 'false', 'x'] },
        },
      },
    ]);
    expect(stack.outputs.map(({ value }) => value)).toEqual(['host', 'id-1']);
  });

  test('custom resource: changed, replaced, deleted: each with the ids and properties it needs', async () => {
    const { deploy, requests } = make(({ ResourceProperties }) =>
      succeed(ResourceProperties['N'] === '3' ? 'id-2' : 'id-1'),
    );
    await deploy({ N: 1 });
    await deploy({ N: 2 });
    await deploy({ N: 2 });
    await deploy({ N: 3 });
    await deploy(undefined);
    expect(
      requests.map((request) => [
        request.RequestType,
        request.PhysicalResourceId,
        request.ResourceProperties['N'],
        request.OldResourceProperties?.['N'],
      ]),
    ).toEqual([
      ['Create', undefined, '1', undefined],
      ['Update', 'id-1', '2', '1'],
      ['Update', 'id-1', '3', '2'],
      ['Delete', 'id-1', '2', undefined],
      ['Delete', 'id-2', '3', undefined],
    ]);
  });

  test('custom resource: FAILED on create: the reason is told, what was made is deleted', async () => {
    const { deploy, requests } = make(({ RequestType }) =>
      RequestType === 'Delete'
        ? succeed('half')
        : { Status: 'FAILED', Reason: 'a rollout is on', PhysicalResourceId: 'half' },
    );
    await expect(deploy({})).rejects.toThrow('Message returned: a rollout is on');
    expect(requests.map((one) => [one.RequestType, one.PhysicalResourceId])).toEqual([
      ['Create', undefined],
      ['Delete', 'half'],
    ]);
  });

  test('custom resource: FAILED on update: the old properties are sent again', async () => {
    const { deploy, requests, store } = make(({ ResourceProperties }) =>
      ResourceProperties['N'] === '2'
        ? { Status: 'FAILED', PhysicalResourceId: 'id-1' }
        : succeed(),
    );
    await deploy({ N: 1 });
    await expect(deploy({ N: 2 })).rejects.toThrow('UPDATE_ROLLBACK_COMPLETE');
    expect(requests.map((one) => `${one.RequestType} ${one.ResourceProperties['N']}`)).toEqual([
      'Create 1',
      'Update 2',
      'Update 1',
    ]);
    expect(store.stacks.get('S')?.resources.get('C')?.properties['N']).toBe(1);
  });

  test.each([
    ['a handler that breaks', () => new Error('{"errorMessage":"boom"}'), 'boom'],
    ['no physical id', () => ({ Status: 'SUCCESS' }), 'Invalid PhysicalResourceId'],
    ['an answer that is too long', () => 'x'.repeat(5000), 'Response object is too long'],
    ['an answer that is no JSON', () => 'ok', 'Invalid response object'],
  ])('custom resource: refuses %s', async (_, answer, message) => {
    const { deploy } = make(answer);
    await expect(deploy({})).rejects.toThrow(message);
  });

  test.each([
    [{}, 3600],
    [{ ServiceTimeout: 60 }, 60],
  ])(
    'custom resource: without an answer it fails after its time: %j',
    async (properties, seconds) => {
      const { clock, deploy } = make(() => undefined);
      let failure: unknown;
      void deploy(properties).catch((error: unknown) => {
        failure = error;
      });
      await clock.advance(seconds * 1000 - 1);
      expect(failure).toBeUndefined();
      await clock.advance(1);
      expect(String(failure)).toContain('did not receive a response');
      expect(clock.pending).toBe(0);
    },
  );

  test('custom resource: refuses a service token that is no function', async () => {
    const { deploy } = make(() => succeed());
    await expect(deploy({ ServiceToken: 'arn:aws:sns:eu-west-1:111111111111:t' })).rejects.toThrow(
      'must be the ARN of a Lambda function',
    );
  });
});
