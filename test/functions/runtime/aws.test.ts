import { describe, expect, test } from 'vitest';
import { assume } from '../../../functions/adapters/assumed-role.ts';
import { aws } from '../../../functions/adapters/aws.ts';
import { isNamed } from '../../../functions/domain/errors.ts';
import type { ClientConfiguration, Runtime } from '../../../functions/runtime/runtime.ts';

// Goal: one seam to AWS. What passes by itself is retried by the machines, all else keeps AWS's own name.

const named = (name: string, more: object = {}): Error =>
  Object.assign(new Error(`${name} it is`), { name, ...more });

class EcrClient {
  send(..._command: unknown[]): Promise<unknown> {
    return Promise.resolve();
  }
}

const world = (answer: (configuration: ClientConfiguration, command: unknown) => unknown) => {
  let now = Date.UTC(2026, 0, 15);
  const made: ClientConfiguration[] = [];
  const runtime: Runtime = {
    env: {},
    now: () => now,
    sleep: async () => {},
    uuid: () => 'uuid',
    random: () => 0,
    client: <C>(_: unknown, configuration: ClientConfiguration) => {
      made.push(configuration);
      return { send: async (command: unknown) => answer(configuration, command) } as C;
    },
    fetch: () => Promise.reject(new Error('no HTTP here')),
    write: () => {},
  };
  return {
    runtime,
    made,
    pass: (minutes: number) => {
      now += minutes * 60_000;
    },
    now: () => now,
  };
};

describe('aws: what passes by itself', () => {
  test.each([
    ['throttling', named('ThrottlingException')],
    ['throttling of Lambda', named('TooManyRequestsException')],
    ['throttling of the load balancer', named('Throttling')],
    ['429', named('SomethingElse', { $metadata: { httpStatusCode: 429 } })],
    ['503', named('Slow', { $metadata: { httpStatusCode: 503 } })],
    ['a reset connection', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
    ['a time-out', named('TimeoutError')],
  ])('%s is a TransientFailure with its cause', async (_name, error) => {
    const { runtime } = world(() => {
      throw error;
    });
    const failure = aws(runtime)(EcrClient).send('command');
    await expect(failure).rejects.toMatchObject({ name: 'TransientFailure', cause: error });
  });

  test.each([
    'AccessDeniedException',
    'ImageNotFoundException',
    'ConditionalCheckFailedException',
    'ValidationException',
    'DeploymentLimitExceededException',
    'ExecutionAlreadyExists',
  ])('%s keeps its name', async (name) => {
    const error = named(name, { $metadata: { httpStatusCode: 400 } });
    const { runtime } = world(() => {
      throw error;
    });
    await expect(aws(runtime)(EcrClient).send('command')).rejects.toBe(error);
  });

  test('an error is found by name behind the one that wraps it', async () => {
    const { runtime } = world(() => {
      throw named('ThrottlingException');
    });
    const error = await aws(runtime)(EcrClient)
      .send('command')
      .catch((caught: unknown) => caught);
    expect(isNamed(error, 'ThrottlingException')).toBe(true);
    expect(isNamed(error, 'Throttling')).toBe(false);
    expect(isNamed('ThrottlingException', 'ThrottlingException')).toBe(false);
  });
});

describe('aws: roles', () => {
  const role = { roleArn: 'arn:aws:iam::111111111111:role/target', externalId: 'slipway' };
  const withSts = () => {
    let assumed = 0;
    const it = world((configuration, command) => {
      const { input } = command as { input?: { RoleArn?: string } };
      if (input?.RoleArn === undefined) return configuration.credentials?.accessKeyId;
      assumed += 1;
      return {
        Credentials: {
          AccessKeyId: `key-${assumed}`,
          SecretAccessKey: 'secret',
          SessionToken: 'session',
          Expiration: new Date(it.now() + 3_600_000),
        },
      };
    });
    return it;
  };
  const asking = (it: ReturnType<typeof withSts>, region = 'eu-west-1') =>
    aws(it.runtime)(EcrClient, { region, role: assume(role) }).send({ input: {} });

  test('credentials are kept until five minutes before they expire', async () => {
    const it = withSts();
    expect(await asking(it)).toBe('key-1');
    it.pass(54);
    expect(await asking(it)).toBe('key-1');
    it.pass(1);
    expect(await asking(it)).toBe('key-2');
  });

  test('the Regional STS is asked, once per Region', async () => {
    const it = withSts();
    await asking(it, 'eu-west-1');
    await asking(it, 'eu-central-1');
    expect(it.made.filter(({ credentials }) => !credentials).map(({ region }) => region)).toEqual([
      'eu-west-1',
      'eu-central-1',
    ]);
  });

  test('two runtimes share no credentials', async () => {
    const one = withSts();
    const two = withSts();
    await asking(one);
    expect(await asking(two)).toBe('key-1');
    expect(two.made.some(({ credentials }) => credentials === undefined)).toBe(true);
  });
});
