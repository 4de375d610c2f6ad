// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token, 2026-11-21
import { expect, test } from 'vitest';
import { Bench, place } from '../../local/states/harness.ts';

/** A machine that waits for its token; the function hears of it. */
const waiting = async (more: object = {}, then: object = {}) => {
  const bench = new Bench();
  const tokens: string[] = [];
  const ask = bench.lambda('ask', (payload) => {
    tokens.push((payload as { token: string }).token);
    return 'asked';
  });
  const machine = await bench.machine({
    StartAt: 'T',
    States: {
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: ask,
          Payload: { token: '{% $states.context.Task.Token %}' },
        },
        End: true,
        ...more,
      },
      ...then,
    },
  });
  const arn = await bench.begin(machine);
  await bench.cloud.clock.settle();
  const [token = ''] = tokens;
  return { bench, tokens, token, arn };
};

type Waiting = Awaited<ReturnType<typeof waiting>>;

const succeed = ({ bench, token }: Waiting, output: unknown) =>
  bench.call('SendTaskSuccess', { taskToken: token, output: JSON.stringify(output) });

const handler = { H: { Type: 'Pass', End: true } };

test('states: task tokens: success is the task’s result', async () => {
  const it = await waiting();
  expect((await it.bench.describe(it.arn)).status).toBe('RUNNING');
  await it.bench.cloud.clock.advance(3_600_000);
  await succeed(it, { answer: 42 });
  const ending = await it.bench.ending(it.arn);
  expect(ending).toMatchObject({ status: 'SUCCEEDED', output: { answer: 42 }, seconds: 3600 });
});

test('states: task tokens: the history is as recorded on AWS', async () => {
  const it = await waiting();
  await succeed(it, 'x');
  const { history, types } = await it.bench.ending(it.arn);
  expect(types).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  expect(history[2]?.taskScheduledEventDetails).toMatchObject({
    region: place.region,
    resource: 'invoke.waitForTaskToken',
    resourceType: 'lambda',
  });
});

test('states: task tokens: Output sees the answer', async () => {
  const it = await waiting({ Output: '{% $states.result.a + 1 %}' });
  await succeed(it, { a: 1 });
  expect((await it.bench.ending(it.arn)).output).toBe(2);
});

test('states: task tokens: failure is the task’s error and cause', async () => {
  const it = await waiting();
  await it.bench.call('SendTaskFailure', { taskToken: it.token, error: 'No', cause: 'not today' });
  expect(await it.bench.ending(it.arn)).toMatchObject({
    status: 'FAILED',
    error: 'No',
    cause: 'not today',
  });
});

test('states: task tokens: failure is caught', async () => {
  const it = await waiting({ Catch: [{ ErrorEquals: ['No'], Next: 'H' }] }, handler);
  await it.bench.call('SendTaskFailure', { taskToken: it.token, error: 'No', cause: 'why' });
  expect((await it.bench.ending(it.arn)).output).toEqual({ Error: 'No', Cause: 'why' });
});

test('states: task tokens: failure is retried under a new token', async () => {
  const it = await waiting({ Retry: [{ ErrorEquals: ['No'], IntervalSeconds: 2 }] });
  await it.bench.call('SendTaskFailure', { taskToken: it.token, error: 'No' });
  await it.bench.cloud.clock.advance(2000);
  expect(it.tokens).toHaveLength(2);
  const [first, second] = it.tokens;
  expect(second).not.toBe(first);
  await expect(succeed(it, 1)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  await succeed({ ...it, token: second ?? '' }, 'second');
  expect((await it.bench.ending(it.arn)).output).toBe('second');
});

test('states: task tokens: TimeoutSeconds ends the wait', async () => {
  const it = await waiting({ TimeoutSeconds: 5 });
  await it.bench.cloud.clock.advance(10_000);
  expect(await it.bench.ending(it.arn)).toMatchObject({
    status: 'FAILED',
    error: 'States.Timeout',
    cause: undefined,
    seconds: 5,
  });
});

test('states: task tokens: a missed heartbeat is told as States.Timeout', async () => {
  const it = await waiting({ TimeoutSeconds: 600, HeartbeatSeconds: 5 });
  await it.bench.cloud.clock.advance(10_000);
  const ending = await it.bench.ending(it.arn);
  expect(ending).toMatchObject({ status: 'FAILED', error: 'States.Timeout', seconds: 5 });
  expect(ending.types.at(-2)).toBe('TaskTimedOut');
  expect(ending.history[2]?.taskScheduledEventDetails).toMatchObject({
    heartbeatInSeconds: 5,
    timeoutInSeconds: 600,
  });
});

test('states: task tokens: States.HeartbeatTimeout catches a missed heartbeat', async () => {
  const it = await waiting(
    {
      HeartbeatSeconds: 5,
      Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Output: 'silent', Next: 'H' }],
    },
    handler,
  );
  await it.bench.cloud.clock.advance(10_000);
  expect((await it.bench.ending(it.arn)).output).toBe('silent');
});

test('states: task tokens: States.HeartbeatTimeout does not catch a timeout', async () => {
  const it = await waiting(
    {
      TimeoutSeconds: 5,
      Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Output: 'silent', Next: 'H' }],
    },
    handler,
  );
  await it.bench.cloud.clock.advance(10_000);
  expect(await it.bench.ending(it.arn)).toMatchObject({
    status: 'FAILED',
    error: 'States.Timeout',
  });
});

test('states: task tokens: heartbeats keep a task waiting, up to its timeout', async () => {
  const it = await waiting({ TimeoutSeconds: 20, HeartbeatSeconds: '{% 2 + 3 %}' });
  for (let beat = 0; beat < 10; beat += 1) {
    await it.bench.cloud.clock.advance(4000);
    if (beat < 4) await it.bench.call('SendTaskHeartbeat', { taskToken: it.token });
  }
  expect(await it.bench.ending(it.arn)).toMatchObject({ error: 'States.Timeout', seconds: 20 });
});

test('states: task tokens: an answer may come before the request’s own response', async () => {
  const bench = new Bench();
  const eager = bench.lambda('eager', async (payload) => {
    const { token } = payload as { token: string };
    await bench.call('SendTaskSuccess', { taskToken: token, output: '"early"' });
    return 'late';
  });
  const ending = await bench.run({
    StartAt: 'T',
    States: {
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: eager, Payload: { token: '{% $states.context.Task.Token %}' } },
        End: true,
      },
    },
  });
  expect(ending.output).toBe('early');
});

test('states: task tokens: a request that fails is not waited for', async () => {
  const bench = new Bench();
  const ending = await bench.run({
    StartAt: 'T',
    States: {
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: 'absent', Payload: {} },
        End: true,
      },
    },
  });
  expect(ending).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
});

test('states: task tokens: a token is good once', async () => {
  const it = await waiting();
  await succeed(it, 1);
  for (const operation of ['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat']) {
    await expect(
      it.bench.call(operation, { taskToken: it.token, output: '1' }),
    ).rejects.toMatchObject({
      name: 'TaskTimedOut',
      message: "Task Timed Out: 'Provided task does not exist anymore'",
    });
  }
});

test('states: task tokens: an unknown token is invalid', async () => {
  const { bench } = await waiting();
  await expect(
    bench.call('SendTaskSuccess', { taskToken: 'nonsense', output: '1' }),
  ).rejects.toMatchObject({ name: 'InvalidToken', message: "Invalid Token: 'Invalid token'" });
});

test('states: task tokens: an output that is no JSON is refused, and the task goes on waiting', async () => {
  const it = await waiting();
  await expect(
    it.bench.call('SendTaskSuccess', { taskToken: it.token, output: 'not json' }),
  ).rejects.toMatchObject({ name: 'InvalidOutput' });
  expect((await it.bench.describe(it.arn)).status).toBe('RUNNING');
});

test('states: task tokens: a stopped execution’s token is dead', async () => {
  const it = await waiting({ HeartbeatSeconds: 60 });
  await it.bench.call('StopExecution', { executionArn: it.arn });
  await expect(succeed(it, 1)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  expect(it.bench.cloud.clock.pending).toBe(0);
});

test('states: task tokens: sqs:sendMessage takes its body as JSON', async () => {
  const bench = new Bench();
  const bodies: string[] = [];
  bench.cloud.operations['sqs:SendMessage'] = ({ MessageBody }: { MessageBody: string }) => {
    bodies.push(MessageBody);
    return { MessageId: 'm' };
  };
  const machine = await bench.machine({
    StartAt: 'T',
    States: {
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        Arguments: {
          QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111111111111/q',
          MessageBody: { token: '{% $states.context.Task.Token %}' },
        },
        End: true,
      },
    },
  });
  const arn = await bench.begin(machine);
  await bench.cloud.clock.settle();
  const { token } = JSON.parse(bodies[0] ?? '{}') as { token: string };
  await bench.call('SendTaskSuccess', { taskToken: token, output: '"done"' });
  expect((await bench.ending(arn)).output).toBe('done');
});
