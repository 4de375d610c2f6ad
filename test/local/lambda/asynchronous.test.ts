import { describe, expect, it } from 'vitest';
import { RUNTIME, SmallCloud, START } from './small-cloud.ts';

const MINUTE = 60_000;
const arnOf = (name: string) => `arn:aws:sqs:eu-central-1:111111111111:${name}`;

/** Fails until told otherwise, and notes when it ran. */
const failing = `${RUNTIME}
  globalThis.runs ??= [];
  export const handler = async (event, context) => {
    globalThis.runs.push([event.name, runtime().now(), context.awsRequestId]);
    if (event.fails) throw new Error('not today');
    return 'well';
  };`;

const runs = (name: string): [string, number, string][] =>
  ((globalThis as { runs?: [string, number, string][] }).runs ?? []).filter(
    ([one]) => one === name,
  );

describe('lambda: asynchronous invocation', () => {
  it('accepts at once and runs a little later', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('later', failing);
    const answer = await cloud.ask<{ StatusCode: number }>('lambda', 'Invoke', {
      FunctionName: 'later',
      InvocationType: 'Event',
      Payload: new TextEncoder().encode('{"name":"accepted"}'),
    });
    expect(answer.StatusCode).toBe(202);
    expect(runs('accepted')).toHaveLength(0);
    await cloud.clock.advance(1_000);
    expect(runs('accepted')).toHaveLength(1);
  });

  it('tries again after one minute and after two more, with the same request id', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('retried', failing);
    await cloud.lambda.invoke(
      'retried',
      { name: 'twice', fails: true },
      { invocationType: 'Event' },
    );
    await cloud.clock.advance(60 * MINUTE);
    const times = runs('twice').map(([, at]) => at - START);
    expect(times).toHaveLength(3);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(MINUTE);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBe(2 * MINUTE);
    expect(new Set(runs('twice').map(([, , id]) => id)).size).toBe(1);
  });

  it('tells a destination of a failure, and a dead-letter queue keeps the event', async () => {
    const cloud = new SmallCloud();
    const failures = await cloud.makeQueue('failures');
    const dead = await cloud.makeQueue('dead');
    await cloud.makeFunction('told', failing, { DeadLetterConfig: { TargetArn: arnOf('dead') } });
    await cloud.make('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'told',
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arnOf('failures') } },
    });
    const event = { name: 'told', fails: true };
    await cloud.lambda.invoke('told', event, { invocationType: 'Event' });
    await cloud.clock.advance(MINUTE);
    expect(runs('told')).toHaveLength(1);
    const [record] = failures.messages().map(({ body }) => JSON.parse(body));
    expect(record).toMatchObject({
      version: '1.0',
      requestContext: {
        functionArn: 'arn:aws:lambda:eu-central-1:111111111111:function:told:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 1,
      },
      requestPayload: event,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'not today' },
    });
    const [letter] = dead.messages();
    expect(JSON.parse(letter?.body ?? '')).toEqual(event);
    expect(letter?.attributes['ErrorMessage']?.StringValue).toBe('not today');
  });

  it('tells a destination of success', async () => {
    const cloud = new SmallCloud();
    const successes = await cloud.makeQueue('successes');
    await cloud.makeFunction('lucky', failing);
    await cloud.make('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'lucky',
      Qualifier: '$LATEST',
      DestinationConfig: { OnSuccess: { Destination: arnOf('successes') } },
    });
    await cloud.lambda.invoke('lucky', { name: 'lucky' }, { invocationType: 'Event' });
    await cloud.clock.advance(MINUTE);
    expect(JSON.parse(successes.messages()[0]?.body ?? '')).toMatchObject({
      requestContext: { condition: 'Success' },
      responsePayload: 'well',
    });
  });

  it('gives up an event that is too old', async () => {
    const cloud = new SmallCloud();
    const failures = await cloud.makeQueue('old');
    await cloud.makeFunction('ageing', failing);
    await cloud.make('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'ageing',
      Qualifier: '$LATEST',
      MaximumEventAgeInSeconds: 120,
      DestinationConfig: { OnFailure: { Destination: arnOf('old') } },
    });
    await cloud.lambda.invoke('ageing', { name: 'old', fails: true }, { invocationType: 'Event' });
    await cloud.clock.advance(60 * MINUTE);
    expect(runs('old')).toHaveLength(2);
    expect(JSON.parse(failures.messages()[0]?.body ?? '').requestContext.condition).toBe(
      'EventAgeExceeded',
    );
  });

  it('waits while the function is throttled', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('closed', failing, { ReservedConcurrentExecutions: 0 });
    await cloud.lambda.invoke('closed', { name: 'closed' }, { invocationType: 'Event' });
    await cloud.clock.advance(10 * MINUTE);
    expect(runs('closed')).toHaveLength(0);
    await cloud.ask('lambda', 'DeleteFunctionConcurrency', { FunctionName: 'closed' });
    await cloud.clock.advance(10 * MINUTE);
    expect(runs('closed')).toHaveLength(1);
  });
});

describe('lambda: concurrency', () => {
  it('throttles what runs beyond the reservation', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction(
      'narrow',
      `${RUNTIME} export const handler = () => runtime().sleep(1000);`,
      { ReservedConcurrentExecutions: 2 },
    );
    const three = [1, 2, 3].map(() => cloud.lambda.invoke('narrow', {}));
    const settled = Promise.allSettled(three);
    await cloud.clock.advance(2_000);
    const outcomes = await settled;
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(outcomes[2]).toMatchObject({
      reason: {
        name: 'TooManyRequestsException',
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
        $metadata: { httpStatusCode: 429 },
      },
    });
    expect(cloud.measured.some(({ name }) => name === 'Throttles')).toBe(true);
  });

  it('keeps a hundred for functions without a reservation', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('greedy', 'export const handler = () => 0;');
    await expect(
      cloud.ask('lambda', 'PutFunctionConcurrency', {
        FunctionName: 'greedy',
        ReservedConcurrentExecutions: 901,
      }),
    ).rejects.toThrow('below its minimum value of [100]');
  });
});

describe('lambda: limits', () => {
  it.each([
    ['RequestResponse', 6_291_456],
    ['Event', 1_048_576],
  ] as const)('refuses a payload over the limit of %s', async (invocationType, limit) => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('limited', 'export const handler = () => 0;');
    await expect(
      cloud.lambda.invoke('limited', 'x'.repeat(limit - 1), { invocationType }),
    ).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message: `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
    });
  });

  it('refuses a payload that is no JSON', async () => {
    const cloud = new SmallCloud();
    await cloud.makeFunction('picky', 'export const handler = () => 0;');
    await expect(
      cloud.ask('lambda', 'Invoke', {
        FunctionName: 'picky',
        Payload: new TextEncoder().encode('{'),
      }),
    ).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  });
});
