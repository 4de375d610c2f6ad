import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { AwsError } from '../../../local/services/aws-error.ts';
import type {
  AwsEvent,
  CloudContext,
  Place,
  ServiceModule,
} from '../../../local/services/service.ts';

const START = Date.UTC(2026, 0, 1);
const ireland: Place = { account: '111111111111', region: 'eu-west-1' };
const frankfurt: Place = { account: '111111111111', region: 'eu-central-1' };
const principal = operatorOf('111111111111');

const kept = { list: ['a'] };
const ecr: ServiceModule = {
  name: 'ecr',
  resources: { 'AWS::ECR::Repository': { create: () => ({ physicalId: 'x', attributes: {} }) } },
  create: (cloud: CloudContext, place: Place) => ({
    operations: {
      DescribeRepositories: (input: unknown) => ({ place, input, at: new Date(cloud.clock.now()) }),
      Kept: () => kept,
      Refuse: () => {
        throw new AwsError('RepositoryNotFoundException', 'no such repository');
      },
      Later: async () => {
        await Promise.resolve();
        return undefined;
      },
    },
  }),
};
const heard: { event: AwsEvent; place: Place }[] = [];
const eventbridge: ServiceModule = {
  name: 'eventbridge',
  resources: {},
  create: (_cloud, place) => ({
    operations: {},
    put: (event: AwsEvent) => heard.push({ event, place }),
  }),
};
const lambda: ServiceModule = {
  name: 'lambda',
  resources: {},
  create: () => ({
    operations: {
      Invoke: (input: { Payload: Uint8Array }) => ({ StatusCode: 200, Payload: input.Payload }),
    },
  }),
};
const make = (options: { callsKept?: number; seed?: number } = {}) =>
  new Cloud({
    clock: new VirtualClock(START),
    seed: options.seed ?? 1,
    modules: [ecr, eventbridge, lambda],
    ...options,
  });

describe('cloud: call', () => {
  test('cloud: call: answers with copies, inwards and outwards', async () => {
    const cloud = make();
    const answer = await cloud.call<typeof kept>('ecr', 'Kept', {}, { ...ireland, principal });
    answer.list.push('b');
    expect(kept.list).toEqual(['a']);
    const input = { repositoryNames: ['web'] };
    const echoed = await cloud.call<{ input: typeof input }>('ecr', 'DescribeRepositories', input, {
      ...ireland,
      principal,
    });
    expect(echoed.input).toEqual(input);
    expect(echoed.input).not.toBe(input);
  });

  test('cloud: call: what answers nothing answers an empty object', async () => {
    expect(await make().call('ecr', 'Later', {}, { ...ireland, principal })).toEqual({});
  });

  test.each([
    ['sqs', 'SendMessage'],
    ['ecr', 'DeleteRepository'],
    ['ecr', 'constructor'],
    ['ecr', '__proto__'],
  ])('cloud: call: refuses %s:%s by its name', async (service, operation) => {
    await expect(make().call(service, operation, {}, { ...ireland, principal })).rejects.toThrow(
      `the local cloud does not do ${service}:${operation}`,
    );
  });

  test('cloud: call: each is recorded with who, what, where, when and its outcome', async () => {
    const cloud = make();
    const told: string[] = [];
    const stop = cloud.onCall((call) => told.push(`${call.operation} ${call.outcome}`));
    await cloud.call('ecr', 'Kept', {}, { ...ireland, principal });
    await cloud.call('ecr', 'Refuse', {}, { ...ireland, principal }).catch(() => {});
    stop();
    await cloud.call('ecr', 'Nonsense', {}, { ...frankfurt, principal }).catch(() => {});
    expect(told).toEqual(['Kept ok', 'Refuse RepositoryNotFoundException']);
    expect(cloud.calls.at(-1)).toEqual({
      principal,
      service: 'ecr',
      operation: 'Nonsense',
      account: '111111111111',
      region: 'eu-central-1',
      outcome: 'NotImplemented',
      at: START,
      input: {},
    });
  });

  test('cloud: call: remembers only so many, oldest first', async () => {
    const cloud = make({ callsKept: 2 });
    for (const operation of ['Kept', 'Later', 'DescribeRepositories']) {
      await cloud.call('ecr', operation, {}, { ...ireland, principal });
    }
    expect(cloud.calls.map((call) => call.operation)).toEqual(['Later', 'DescribeRepositories']);
  });
});

describe('cloud: service', () => {
  test('cloud: service: one instance for each account and Region', () => {
    const cloud = make();
    expect(cloud.service('ecr', ireland)).toBe(cloud.service('ecr', { ...ireland }));
    expect(cloud.service('ecr', ireland)).not.toBe(cloud.service('ecr', frankfurt));
  });

  test('cloud: service: two that need each other while being made are named', () => {
    const needs = (name: string, other: string): ServiceModule => ({
      name,
      resources: {},
      create: (cloud, place) => {
        cloud.service(other, place);
        return { operations: {} };
      },
    });
    const cloud = new Cloud({
      clock: new VirtualClock(START),
      seed: 1,
      modules: [needs('a', 'b'), needs('b', 'a')],
    });
    expect(() => cloud.service('a', ireland)).toThrow('needs b 111111111111 eu-west-1 needs a');
  });
});

describe('cloud: chance', () => {
  const draw = (seed: number) => {
    const cloud = make({ seed });
    return [cloud.random(), cloud.uuid(), cloud.token(12)];
  };
  test('cloud: chance: one seed gives one history, another another', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('cloud: chance: is spread evenly, and ids have their forms', () => {
    const cloud = make();
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) {
      const tenth = Math.floor(cloud.random() * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(count).toBeGreaterThan(900);
    expect(cloud.uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(cloud.token(20)).toMatch(/^[a-z0-9]{20}$/);
    expect(new Set(Array.from({ length: 2000 }, () => cloud.uuid())).size).toBe(2000);
  });
});

test('cloud: emit: completes the event, tells observers, puts it onto the bus of its place', () => {
  const cloud = make();
  const seen: string[] = [];
  cloud.onEvent(({ event, region }) =>
    seen.push(`${event['detail-type']} ${region} ${event.time}`),
  );
  heard.length = 0;
  cloud.emit({ source: 'aws.ecr', 'detail-type': 'ECR Image Action', detail: {} }, frankfurt);
  expect(seen).toEqual(['ECR Image Action eu-central-1 2026-01-01T00:00:00Z']);
  expect(heard).toHaveLength(1);
  expect(heard[0]?.place).toEqual(frankfurt);
  expect(heard[0]?.event.id).toMatch(/^[0-9a-f-]{36}$/);
});

describe('cloud: client', () => {
  test('cloud: client: any SDK command reaches the service of its place', async () => {
    const client = make().client(frankfurt, principal);
    const answer = await client.send(new DescribeRepositoriesCommand({ repositoryNames: ['web'] }));
    expect(answer).toEqual({
      place: frankfurt,
      input: { repositoryNames: ['web'] },
      at: new Date(START),
      $metadata: { httpStatusCode: 200 },
    });
  });

  test('cloud: client: bytes are what the SDK makes of them', async () => {
    const answer = await make()
      .client(ireland, principal)
      .send(new InvokeCommand({ FunctionName: 'f', Payload: '{"a":"ä"}' as never }));
    expect(answer.Payload.transformToString()).toBe('{"a":"ä"}');
  });

  test('cloud: client: what is no command is refused', async () => {
    await expect(make().client(ireland, principal).send({ input: {} })).rejects.toThrow(
      'carries no schema',
    );
  });
});

test('cloud: http: hosts inside answer, others are left to the world', async () => {
  const cloud = make();
  const stop = cloud.serveHttp(
    (url) => url.hostname.endsWith('.eks.amazonaws.com'),
    (url, init) => new Response(`${init.method} ${url.pathname}`),
  );
  const answer = await cloud.http('https://one.eks.amazonaws.com/version', { method: 'GET' });
  expect(await answer?.text()).toBe('GET /version');
  expect(cloud.http('https://example.com/')).toBeUndefined();
  stop();
  expect(cloud.http('https://one.eks.amazonaws.com/version')).toBeUndefined();
});
