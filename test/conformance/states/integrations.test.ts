import { expect, test } from 'vitest';
import { AwsError } from '../../../local/services/aws-error.ts';
import { Bench, HandlerError, invoke, place, roleArn, single } from '../../local/states/harness.ts';

const lambdaArn = `arn:aws:lambda:${place.region}:${place.account}:function`;

const task = (resource: string, args: object, more: object = {}) =>
  single({ Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments: args, ...more });

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html, 2026-11-21
test('states: lambda: the answer is Payload, beside version and status', async () => {
  const bench = new Bench();
  const fn = bench.lambda('f', () => ({ a: 1 }));
  const { output } = await bench.run(
    task('lambda:invoke', { FunctionName: fn, Payload: {}, Qualifier: 'live' }),
  );
  expect(output).toMatchObject({
    ExecutedVersion: 'live',
    Payload: { a: 1 },
    StatusCode: 200,
    SdkHttpMetadata: { HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: expect.any(String) },
  });
});

test('states: lambda: the call is a session of the machine’s role, in the function’s Region', async () => {
  const bench = new Bench();
  const seen: string[] = [];
  bench.lambda('f', (_payload, { principal }) => seen.push(principal.arn));
  await bench.run(
    task('lambda:invoke', { FunctionName: 'arn:aws:lambda:eu-west-1:222222222222:function:f' }),
  );
  expect(seen[0]).toMatch(/^arn:aws:sts::111111111111:assumed-role\/machine\/\w{32}$/);
  const invoked = bench.cloud.calls.find(({ operation }) => operation === 'Invoke');
  expect(invoked?.context).toMatchObject({
    account: '222222222222',
    region: 'eu-west-1',
    principal: { roleArn, account: '111111111111' },
  });
});

test('states: lambda: what a handler throws is the error, with all of it as the cause', async () => {
  const bench = new Bench();
  const fn = bench.lambda('f', () => {
    throw new HandlerError('Refused', 'not like this');
  });
  const ending = await bench.run(single(invoke(fn)));
  expect(ending.error).toBe('Refused');
  expect(JSON.parse(ending.cause ?? '')).toEqual({
    errorType: 'Refused',
    errorMessage: 'not like this',
    trace: [],
  });
});

test('states: lambda: a function that is not there', async () => {
  // recorded on AWS, 2023-06-22: localstack tests/aws/services/stepfunctions/v2/error_handling/test_task_service_lambda.snapshot.json
  const ending = await new Bench().run(single(invoke(`${lambdaArn}:absent`)));
  expect(ending.error).toBe('Lambda.ResourceNotFoundException');
  expect(ending.cause).toMatch(
    /^Function not found: \S+:absent \(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  );
});

test('states: lambda: throttling and denial have AWS’s names', async () => {
  const errors = [
    new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 }),
    new AwsError('AccessDeniedException', 'User: x is not authorized', { status: 403 }),
  ];
  const names: (string | undefined)[] = [];
  for (const error of errors) {
    const bench = new Bench();
    const fn = bench.lambda('f', () => {
      throw error;
    });
    names.push((await bench.run(single(invoke(fn)))).error);
  }
  expect(names).toEqual(['Lambda.TooManyRequestsException', 'Lambda.AWSLambdaException']);
});

test('states: lambda: an event is accepted, not waited for', async () => {
  const bench = new Bench();
  const fn = bench.lambda('f', () => 1);
  const { output } = await bench.run(
    task('lambda:invoke', { FunctionName: fn, InvocationType: 'Event', Payload: {} }),
  );
  expect(output).toMatchObject({ StatusCode: 202 });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html, 2026-11-21
const otherRole = 'arn:aws:iam::222222222222:role/target';

const assumable = (bench: Bench): Bench => {
  bench.cloud.operations['sts:AssumeRole'] = ({ RoleArn, RoleSessionName }, { principal }) => {
    if (principal.roleArn !== roleArn) throw new AwsError('AccessDenied', 'no', { status: 403 });
    const [, , , , account, path] = String(RoleArn).split(':');
    const name = path?.split('/')[1];
    return {
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${account}:assumed-role/${name}/${RoleSessionName}`,
      },
    };
  };
  return bench;
};

test('states: credentials: the call is made as a session of the role named', async () => {
  const bench = assumable(new Bench());
  const seen: string[] = [];
  const fn = bench.lambda('f', (_payload, { principal }) => seen.push(principal.arn));
  const ending = await bench.run(
    single(invoke(fn, { Credentials: { RoleArn: '{% $states.input.role %}' } })),
    { role: otherRole },
  );
  expect(ending.status).toBe('SUCCEEDED');
  expect(seen[0]).toMatch(/^arn:aws:sts::222222222222:assumed-role\/target\//);
  expect(ending.history[2]?.taskScheduledEventDetails?.taskCredentials).toEqual({
    roleArn: otherRole,
  });
});

test('states: credentials: a role that may not be assumed is States.Permissions', async () => {
  const bench = assumable(new Bench());
  bench.cloud.operations['sts:AssumeRole'] = () => {
    throw new AwsError('AccessDenied', 'is not authorized to perform: sts:AssumeRole', {
      status: 403,
    });
  };
  const fn = bench.lambda('f', () => 1);
  const ending = await bench.run(single(invoke(fn, { Credentials: { RoleArn: otherRole } })));
  expect(ending).toMatchObject({ status: 'FAILED', error: 'States.Permissions' });
});

test('states: credentials: what is no role fails the state', async () => {
  const bench = assumable(new Bench());
  const fn = bench.lambda('f', () => 1);
  const ending = await bench.run(
    single(invoke(fn, { Credentials: { RoleArn: '{% $states.input.role %}' } })),
    { role: 'someone' },
  );
  expect(ending).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html, 2026-11-21
test('states: aws-sdk: members are in Pascal case both ways, whatever the service’s model does', async () => {
  const bench = new Bench();
  const asked: unknown[] = [];
  bench.cloud.operations['ecr:DescribeImages'] = (input) => {
    asked.push(input);
    return {
      imageDetails: [{ imageTags: ['v1'], imagePushedAt: new Date(0), imageSizeInBytes: 5 }],
    };
  };
  const { output } = await bench.run(
    task('aws-sdk:ecr:describeImages', {
      RepositoryName: 'web',
      ImageIds: [{ ImageTag: '{% $states.input.tag %}' }],
    }),
    { tag: 'v1' },
  );
  expect(asked).toEqual([{ repositoryName: 'web', imageIds: [{ imageTag: 'v1' }] }]);
  expect(output).toEqual({
    ImageDetails: [
      { ImageTags: ['v1'], ImagePushedAt: '1970-01-01T00:00:00.000Z', ImageSizeInBytes: 5 },
    ],
  });
});

test('states: aws-sdk: services in Pascal case already are left alone, instants become dates', async () => {
  const bench = new Bench();
  const asked: unknown[] = [];
  bench.cloud.operations['cloudwatch:GetMetricData'] = (input) => {
    asked.push(input);
    return { MetricDataResults: [{ Id: 'm', Timestamps: [new Date(0)] }] };
  };
  const { output } = await bench.run(
    task('aws-sdk:cloudwatch:getMetricData', { StartTime: '2026-11-21T11:00:00Z' }),
  );
  expect(asked).toEqual([{ StartTime: new Date('2026-11-21T11:00:00Z') }]);
  expect(output).toEqual({
    MetricDataResults: [{ Id: 'm', Timestamps: ['1970-01-01T00:00:00.000Z'] }],
  });
});

const sdkErrors: readonly (readonly [string, string, string, string])[] = [
  [
    'aws-sdk:dynamodb:putItem',
    'dynamodb:PutItem',
    'ConditionalCheckFailedException',
    'DynamoDb.ConditionalCheckFailedException',
  ],
  [
    'aws-sdk:dynamodb:putItem',
    'dynamodb:PutItem',
    'ValidationException',
    'DynamoDb.DynamoDbException',
  ],
  [
    'aws-sdk:codedeploy:createDeployment',
    'codedeploy:CreateDeployment',
    'DeploymentLimitExceededException',
    'CodeDeploy.DeploymentLimitExceededException',
  ],
  ['aws-sdk:ecr:describeImages', 'ecr:DescribeImages', 'AccessDeniedException', 'Ecr.EcrException'],
  [
    'aws-sdk:inspector2:listCoverage',
    'inspector2:ListCoverage',
    'AccessDeniedException',
    'Inspector2.AccessDeniedException',
  ],
  [
    'aws-sdk:sqs:getQueueUrl',
    'sqs:GetQueueUrl',
    'QueueDoesNotExist',
    'Sqs.QueueDoesNotExistException',
  ],
  [
    'aws-sdk:rds:describeGlobalClusters',
    'rds:DescribeGlobalClusters',
    'GlobalClusterNotFoundFault',
    'Rds.GlobalClusterNotFoundException',
  ],
  [
    'aws-sdk:sfn:startExecution',
    'sfn:StartExecution',
    'StateMachineDoesNotExist',
    'Sfn.StateMachineDoesNotExistException',
  ],
];

test.each(sdkErrors)(
  'states: aws-sdk: %s: the error %s %s is %s',
  async (resource, operation, thrown, error) => {
    const bench = new Bench();
    bench.cloud.operations[operation] = () => {
      throw new AwsError(thrown, 'said so');
    };
    const args = { StateMachineArn: 'arn:aws:states:eu-central-1:111111111111:stateMachine:none' };
    const ending = await bench.run(task(resource, args));
    expect(ending.error).toBe(error);
    expect(ending.cause).toMatch(/\(Service: \w+, Status Code: 400, Request ID: \S+\)$/);
  },
);

// recorded on AWS, 2023-05-12: localstack …/test_task_service_dynamodb.snapshot.json
test.each([
  ['ResourceNotFoundException', 'DynamoDB.ResourceNotFoundException'],
  ['ValidationException', 'DynamoDB.AmazonDynamoDBException'],
])('states: dynamodb: %s is %s', async (thrown, error) => {
  const bench = new Bench();
  bench.cloud.operations['dynamodb:PutItem'] = () => {
    throw new AwsError(thrown, 'Requested resource not found');
  };
  const ending = await bench.run(task('dynamodb:putItem', { TableName: 't', Item: {} }));
  expect(ending.error).toBe(error);
  expect(ending.cause).toContain(
    `(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ${thrown};`,
  );
});

test('states: dynamodb: getItem answers the item', async () => {
  const bench = new Bench();
  bench.cloud.operations['dynamodb:GetItem'] = () => ({ Item: { id: { S: 'a' } } });
  const { output } = await bench.run(
    task(
      'dynamodb:getItem',
      { TableName: 't', Key: { id: { S: 'a' } } },
      { Output: '{% $states.result.Item.id.S %}' },
    ),
  );
  expect(output).toBe('a');
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html, 2026-11-21
test('states: events: details are JSON, and the execution is among the resources', async () => {
  const bench = new Bench();
  const asked: { Entries: { Detail: string; Resources: string[] }[] }[] = [];
  bench.cloud.operations['eventbridge:PutEvents'] = (input) => {
    asked.push(input);
    return { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] };
  };
  const entry = { Source: 'x', DetailType: 'y', Detail: { a: '{% 1 + 1 %}' }, Resources: ['r'] };
  const ending = await bench.run(task('events:putEvents', { Entries: [entry] }));
  expect(ending.status).toBe('SUCCEEDED');
  expect(asked[0]?.Entries[0]?.Detail).toBe('{"a":2}');
  expect(asked[0]?.Entries[0]?.Resources).toEqual([
    'r',
    ending.arn,
    `arn:aws:states:${place.region}:${place.account}:stateMachine:machine1`,
  ]);
});

test('states: events: an entry that failed fails the task', async () => {
  const bench = new Bench();
  bench.cloud.operations['eventbridge:PutEvents'] = () => ({
    FailedEntryCount: 1,
    Entries: [{ ErrorCode: 'InternalFailure' }],
  });
  const ending = await bench.run(task('events:putEvents', { Entries: [{ Detail: {} }] }));
  expect(ending.error).toBe('EventBridge.FailedEntry');
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html, 2026-11-21
const nested = async (suffix: string, child: object, more: object = {}) => {
  const bench = new Bench();
  const childArn = await bench.machine(child, 'child');
  const parent = task(
    `states:startExecution${suffix}`,
    { StateMachineArn: childArn, Name: 'kid', Input: { n: '{% $states.input.n %}' } },
    more,
  );
  return { bench, childArn, ending: await bench.run(parent, { n: 3 }) };
};

const kid = `arn:aws:states:${place.region}:${place.account}:execution:child:kid`;
const waits = (seconds: number) =>
  single({ Type: 'Wait', Seconds: seconds, Output: { doubled: '{% $states.input.n * 2 %}' } });

test('states: nested: startExecution goes on at once', async () => {
  const { ending } = await nested('', waits(60));
  expect(ending).toMatchObject({
    seconds: 0,
    output: { ExecutionArn: kid, StartDate: expect.any(Number) },
  });
});

test('states: nested: .sync waits, and answers the output as text', async () => {
  const { ending } = await nested('.sync', waits(60));
  expect(ending).toMatchObject({
    seconds: 60,
    output: { ExecutionArn: kid, Name: 'kid', Status: 'SUCCEEDED', Output: '{"doubled":6}' },
  });
  expect(ending.types).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
});

test('states: nested: .sync:2 answers the output as JSON', async () => {
  const { ending } = await nested('.sync:2', waits(60), { Output: '{% $states.result.Output %}' });
  expect(ending).toMatchObject({ seconds: 60, output: { doubled: 6 } });
});

test('states: nested: a child’s failure is States.TaskFailed, its description the cause', async () => {
  const child = { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Broken', Cause: 'inside' } } };
  const { ending } = await nested('.sync:2', child);
  expect(ending.error).toBe('States.TaskFailed');
  expect(JSON.parse(ending.cause ?? '')).toMatchObject({
    ExecutionArn: kid,
    Status: 'FAILED',
    Error: 'Broken',
    Cause: 'inside',
    Input: '{"n":3}',
  });
});

test('states: nested: a child that times out fails its parent', async () => {
  const { ending } = await nested('.sync:2', { ...waits(60), TimeoutSeconds: 5 });
  expect(ending).toMatchObject({ error: 'States.TaskFailed', seconds: 5 });
  expect(JSON.parse(ending.cause ?? '')).toMatchObject({ Status: 'TIMED_OUT' });
});

test('states: nested: a parent that ends takes its child with it', async () => {
  const bench = new Bench();
  const childArn = await bench.machine(waits(600), 'child');
  const ending = await bench.run(
    task(
      'states:startExecution.sync:2',
      { StateMachineArn: childArn, Name: 'kid', Input: { n: 1 } },
      { TimeoutSeconds: 10 },
    ),
  );
  expect(ending).toMatchObject({ error: 'States.Timeout', seconds: 10 });
  await bench.cloud.clock.settle();
  expect(await bench.describe(kid)).toMatchObject({ status: 'ABORTED' });
  expect(bench.cloud.clock.pending).toBe(0);
});

test('states: nested: a machine that is not there', async () => {
  // recorded on AWS, 2023-06-30: localstack …/test_task_service_sfn.snapshot.json
  const arn = `arn:aws:states:${place.region}:${place.account}:stateMachine:none`;
  const ending = await new Bench().run(task('states:startExecution', { StateMachineArn: arn }));
  expect(ending.error).toBe('StepFunctions.StateMachineDoesNotExistException');
  expect(ending.cause).toMatch(
    /^State Machine Does Not Exist: '\S+:none' \(Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: \S+; Proxy: null\)$/,
  );
});

test('states: nested: a name that was used with another input', async () => {
  const bench = new Bench();
  const childArn = await bench.machine(waits(1), 'child');
  await bench.begin(childArn, { n: 99 }, 'kid');
  const ending = await bench.run(
    task('states:startExecution.sync:2', { StateMachineArn: childArn, Name: 'kid', Input: {} }),
  );
  expect(ending.error).toBe('StepFunctions.ExecutionAlreadyExistsException');
});
