import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { KilledInvocation } from '../../../local/services/lambda/invocation.ts';
import { HERE, ROLE, RUNTIME, SmallCloud, START, within } from './small-cloud.ts';

/** Commands that handlers of these tests send; bundles carry their own, here they are lent. */
const lend = (commands: Record<string, unknown>): void => {
  Object.assign(globalThis, { commands });
};

describe('lambda: invoke', () => {
  it('gives a handler its event, its context and its environment', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction(
      'echo',
      `${RUNTIME}
       export const handler = async (event, context) => {
         const { env } = runtime();
         return {
           event,
           name: context.functionName,
           arn: context.invokedFunctionArn,
           left: context.getRemainingTimeInMillis(),
           region: env.AWS_REGION,
           group: env.AWS_LAMBDA_LOG_GROUP_NAME,
           version: env.AWS_LAMBDA_FUNCTION_VERSION,
           key: env.AWS_ACCESS_KEY_ID.slice(0, 4),
           own: env.COLOUR,
         };
       };`,
      { Environment: { Variables: { COLOUR: 'red' } }, Timeout: 7 },
    );
    const { payload, executedVersion } = await cloud.lambda.invoke('echo', { a: [1] });
    expect(executedVersion).toBe('$LATEST');
    expect(payload).toEqual({
      event: { a: [1] },
      name: 'echo',
      arn: 'arn:aws:lambda:eu-central-1:111111111111:function:echo',
      left: 7_000,
      region: 'eu-central-1',
      group: '/aws/lambda/echo',
      version: '$LATEST',
      key: 'ASIA',
      own: 'red',
    });
  });

  it('keeps two clouds apart whose handlers run at the same time', async () => {
    const text = `${RUNTIME}
      export const handler = async () => {
        await runtime().sleep(1000);
        return runtime().env.WHO;
      };`;
    const clouds = [new SmallCloud(), new SmallCloud()];
    for (const [index, cloud] of clouds.entries()) {
      await cloud.makeFunction('who', text, {
        Environment: { Variables: { WHO: `cloud ${index}` } },
      });
    }
    const answers = await Promise.all(
      clouds.map((cloud) => within(cloud, cloud.lambda.invoke('who', {}))),
    );
    expect(answers.map(({ payload }) => payload)).toEqual(['cloud 0', 'cloud 1']);
  });

  it('lets time pass while a handler sleeps, and none while it only works', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction(
      'sleeper',
      `${RUNTIME}
       export const handler = async (event) => {
         const before = runtime().now();
         for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
         const between = runtime().now();
         await runtime().sleep(event.sleep);
         return [between - before, runtime().now() - between];
       };`,
    );
    const { payload } = await within(cloud, cloud.lambda.invoke('sleeper', { sleep: 2_500 }));
    expect(payload).toEqual([0, 2_500]);
    expect(cloud.clock.now()).toBe(START + 2_500);
  });

  it('ends a handler that sleeps past its time limit', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction(
      'slow',
      `${RUNTIME}
       export const handler = async () => {
         await runtime().sleep(10_000);
         runtime().write('never written');
       };`,
      { Timeout: 4 },
    );
    const result = await within(cloud, cloud.lambda.invoke('slow', {}));
    expect(result.functionError).toBe('Unhandled');
    expect(result.payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 4.00 seconds$/,
      ),
    });
    await cloud.clock.advance(60_000);
    const lines = await logLines(cloud, '/aws/lambda/slow');
    expect(lines.some((line) => line.endsWith('Task timed out after 4.00 seconds'))).toBe(true);
    expect(lines).not.toContain('never written');
  });

  it.each([
    ['an Error', "throw new TypeError('bad colour')", 'TypeError', 'bad colour'],
    [
      'an error with a name',
      "throw Object.assign(new Error('x'), { name: 'PaintEmpty' })",
      'PaintEmpty',
      'x',
    ],
    ['a string', "throw 'just text'", 'string', 'just text'],
    [
      'an answer that is no JSON',
      'return { value: 1n }',
      'Runtime.MarshalError',
      'Unable to stringify response body',
    ],
  ])('reports %s as Lambda does', async (_what, body, errorType, errorMessage) => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('failing', `export const handler = async () => { ${body} };`);
    const result = await cloud.lambda.invoke('failing', {});
    expect(result.functionError).toBe('Unhandled');
    expect(result.payload).toMatchObject({ errorType, errorMessage });
  });

  it.each([
    ['no such file', { Handler: 'other.handler' }, 'Runtime.ImportModuleError'],
    ['no such export', { Handler: 'index.other' }, 'Runtime.HandlerNotFound'],
    ['no dot', { Handler: 'handler' }, 'Runtime.MalformedHandlerName'],
  ])('reports a handler that is not there: %s', async (_what, properties, errorType) => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('missing', 'export const handler = () => 1;', properties);
    const { payload } = await cloud.lambda.invoke('missing', {});
    expect(payload).toMatchObject({ errorType });
  });

  it('runs code that a template gives inline', async () => {
    const cloud = new SmallCloud();
    const Code = { ZipFile: 'exports.handler = async (event) => event.n * 2;' };
    await cloud.makeFunction('inline', '', { Code });
    expect((await cloud.lambda.invoke('inline', { n: 21 })).payload).toBe(42);
  });

  it('writes START, the lines of the handler, END and REPORT', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction(
      'writer',
      `${RUNTIME} export const handler = async () => runtime().write('{"level":"INFO"}');`,
    );
    await cloud.lambda.invoke('writer', {});
    const lines = await logLines(cloud, '/aws/lambda/writer');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'INIT_START',
      'START',
      '{"level":"INFO"}',
      'END',
      'REPORT',
    ]);
  });

  it('runs a function whose role may not write logs, without logs', async () => {
    const cloud = new SmallCloud();
    cloud.denied.add('cloudwatchlogs:CreateLogStream');
    await cloud.makeFunction(
      'mute',
      `${RUNTIME} export const handler = () => runtime().write('x');`,
    );
    expect((await cloud.lambda.invoke('mute', {})).functionError).toBeUndefined();
    expect(cloud.warnings.join()).toContain('its logs are dropped');
  });

  it('calls AWS as its role, in its Region', async () => {
    const cloud = new SmallCloud();
    lend({ GetCallerIdentityCommand });
    await cloud.makeFunction(
      'caller',
      `${RUNTIME}
       export const handler = () =>
         runtime().client(class {}, {}).send(new commands.GetCallerIdentityCommand({}));`,
    );
    const { payload } = await cloud.lambda.invoke('caller', {});
    expect(payload).toMatchObject({
      Account: HERE.account,
      Arn: 'arn:aws:sts::111111111111:assumed-role/worker/caller',
    });
    const call = cloud.calls.find(({ operation }) => operation === 'GetCallerIdentity');
    expect(call?.principal.roleArn).toBe(ROLE);
  });

  it('lets one function wait for another that sleeps', async () => {
    const cloud = new SmallCloud();
    lend({ InvokeCommand });
    await cloud.makeFunction(
      'inner',
      `${RUNTIME} export const handler = () => runtime().sleep(1000);`,
    );
    await cloud.makeFunction(
      'outer',
      `${RUNTIME}
       export const handler = async () => {
         const client = runtime().client(class {}, {});
         await client.send(new commands.InvokeCommand({ FunctionName: 'inner' }));
         return runtime().now();
       };`,
    );
    const { payload } = await within(cloud, cloud.lambda.invoke('outer', {}));
    expect(payload).toBe(START + 1_000);
  });

  it('answers fetch from the cloud, and refuses other hosts', async () => {
    const cloud = new SmallCloud();
    cloud.serveHttp(
      (url) => url.host === 'inside.test',
      async (url, init) => new Response(`${init.method}: ${await new Request(url, init).text()}`),
    );
    await cloud.makeFunction(
      'fetcher',
      `${RUNTIME}
       export const handler = async () => {
         const inside = await runtime().fetch('https://inside.test/x', { method: 'POST', body: 'hi' });
         const outside = await runtime().fetch('https://example.com/').catch((error) => error);
         return [await inside.text(), outside.message, outside.cause.message];
       };`,
    );
    const { payload } = await cloud.lambda.invoke('fetcher', {});
    expect(payload).toEqual([
      'POST: hi',
      'fetch failed',
      'example.com is not a host of the local cloud, and only 127.0.0.1 is reached outside it',
    ]);
  });
});

describe('lambda: listeners', () => {
  const twoCalls = `${RUNTIME}
    export const handler = async () => {
      const client = runtime().client(class {}, {});
      await client.send(new commands.GetCallerIdentityCommand({}));
      await client.send(new commands.GetCallerIdentityCommand({}));
      runtime().write('done');
      return 'done';
    };`;

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('kills an invocation %s a call: nothing of it runs any more', async (phase, made) => {
    const cloud = new SmallCloud();
    lend({ GetCallerIdentityCommand });
    await cloud.makeFunction('victim', twoCalls);
    const end = cloud.lambda.interceptCalls((call) => {
      if (call.phase === phase && call.operation === 'GetCallerIdentity') {
        throw new KilledInvocation();
      }
    });
    const killed = await cloud.lambda.invoke('victim', {});
    expect(killed.payload).toMatchObject({ errorType: 'Runtime.ExitError' });
    const calls = () => cloud.calls.filter(({ service }) => service === 'sts').length;
    expect(calls()).toBe(made);
    end();
    expect((await cloud.lambda.invoke('victim', {})).payload).toBe('done');
    expect(calls()).toBe(made + 2);
  });

  it('gives a handler the error that a listener throws instead of an answer', async () => {
    const cloud = new SmallCloud();
    lend({ GetCallerIdentityCommand });
    await cloud.makeFunction('unlucky', twoCalls);
    cloud.lambda.interceptCalls(({ phase }) => {
      if (phase === 'after') throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
    });
    const { payload } = await cloud.lambda.invoke('unlucky', {});
    expect(payload).toMatchObject({ errorType: 'TimeoutError', errorMessage: 'lost' });
  });

  it('lets a listener take time: the clock moves', async () => {
    const cloud = new SmallCloud();
    lend({ GetCallerIdentityCommand });
    await cloud.makeFunction('slowed', twoCalls, { Timeout: 30 });
    cloud.lambda.interceptCalls(
      ({ phase }) =>
        new Promise((resolve) => {
          if (phase === 'after') resolve();
          else cloud.clock.at(cloud.clock.now() + 700, resolve);
        }),
    );
    await within(cloud, cloud.lambda.invoke('slowed', {}));
    expect(cloud.clock.now()).toBe(START + 1_400);
  });

  it('shows each invocation before and after', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('watched', 'export const handler = (event) => event.n + 1;');
    const seen: unknown[] = [];
    cloud.lambda.beforeInvoke = ({ functionName, payload }) => {
      seen.push(['before', functionName, payload]);
    };
    cloud.lambda.afterInvoke = ({ functionName, result }) => {
      seen.push(['after', functionName, result]);
    };
    await cloud.lambda.invoke('watched', { n: 1 });
    expect(seen).toEqual([
      ['before', 'watched', { n: 1 }],
      ['after', 'watched', 2],
    ]);
  });
});

const logLines = async (cloud: SmallCloud, logGroupName: string): Promise<string[]> => {
  const { events } = await cloud.ask<{ events: { message: string }[] }>(
    'cloudwatchlogs',
    'FilterLogEvents',
    { logGroupName },
  );
  return events.map(({ message }) => message);
};
