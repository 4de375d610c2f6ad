import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as applicationSignals from '@aws-sdk/client-application-signals';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as codedeploy from '@aws-sdk/client-codedeploy';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ecr from '@aws-sdk/client-ecr';
import * as eks from '@aws-sdk/client-eks';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as inspector2 from '@aws-sdk/client-inspector2';
import * as kms from '@aws-sdk/client-kms';
import * as lambda from '@aws-sdk/client-lambda';
import * as sfn from '@aws-sdk/client-sfn';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';
import * as xray from '@aws-sdk/client-xray';
import { cbor } from '@smithy/core/cbor';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud } from '../../../local/cloud.ts';
import { AwsError } from '../../../local/services/aws-error.ts';
import { iamModule } from '../../../local/services/iam/module.ts';
import type { CallContext, ServiceModule } from '../../../local/services/service.ts';
import { stsModule } from '../../../local/services/sts/module.ts';
import { type Door, openDoor, PortInUse } from '../../../local/wire/door.ts';

// Goal: the ordinary SDK, over HTTP, says to a service what its caller said and hears what the service answered.
// Method: each service is an echo that keeps what it was asked and answers what the test says.

let answer: unknown;
let asked: { service: string; operation: string; input: unknown; context: CallContext } | undefined;

const echo = (name: string): ServiceModule => ({
  name,
  resources: {},
  create: () => ({
    operations: new Proxy(
      {},
      {
        get: (_target, operation: string) => (input: unknown, context: CallContext) => {
          asked = { service: name, operation, input, context };
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
    ),
  }),
});

const echoed = [
  'ecr',
  'eks',
  'codedeploy',
  'sfn',
  'lambda',
  'dynamodb',
  'cloudwatch',
  'xray',
  'applicationsignals',
  'elasticloadbalancingv2',
  'inspector2',
  'sqs',
  'eventbridge',
  'kms',
];
let cloud: Cloud;
let door: Door;
const warnings: string[] = [];

beforeAll(async () => {
  cloud = new Cloud({
    clock: new VirtualClock(Date.UTC(2026, 0, 1)),
    seed: 1,
    modules: [...echoed.map(echo), stsModule, iamModule],
    warn: (message) => warnings.push(message),
  });
  door = await openDoor({
    cloud,
    port: 0,
    extra: {
      '/_local/health': () => new Response('fine', { headers: { 'x-said': 'yes' } }),
      '/_local/echo': async (request) => new Response(`${request.method} ${await request.text()}`),
      '/files/*': (request) => new Response(new URL(request.url).pathname, { status: 203 }),
    },
  });
});
afterAll(() => door.close());
beforeEach(() => {
  answer = {};
  asked = undefined;
});

const configuration = () => ({
  endpoint: door.url,
  region: 'eu-central-1',
  credentials: { accessKeyId: '222222222222', secretAccessKey: 'any' },
  maxAttempts: 1,
});
const failure = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error as Error & Record<string, unknown> & { $metadata: { httpStatusCode: number } };
};
const at = new Date('2026-01-02T03:04:05.678Z');

describe('wire: json', () => {
  test('wire: json 1.1: ecr: nested input, dates and lists come back', async () => {
    answer = {
      imageDetails: [
        { imageDigest: 'sha256:1', imageTags: ['a'], imagePushedAt: at, imageSizeInBytes: 5 },
      ],
      nextToken: 'n',
    };
    const client = new ecr.ECRClient(configuration());
    const output = await client.send(
      new ecr.DescribeImagesCommand({
        repositoryName: 'web',
        imageIds: [{ imageTag: 'ä"\n' }],
        maxResults: 7,
      }),
    );
    expect(asked).toMatchObject({
      service: 'ecr',
      operation: 'DescribeImages',
      input: { repositoryName: 'web', imageIds: [{ imageTag: 'ä"\n' }], maxResults: 7 },
      context: {
        account: '222222222222',
        region: 'eu-central-1',
        principal: { arn: 'arn:aws:iam::222222222222:root' },
      },
    });
    expect(output).toMatchObject(answer as object);
  });

  test('wire: json 1.1: kms: bytes both ways', async () => {
    answer = { CiphertextBlob: new Uint8Array([0, 255, 7]), KeyId: 'k' };
    const output = await new kms.KMSClient(configuration()).send(
      new kms.EncryptCommand({ KeyId: 'k', Plaintext: new Uint8Array([1, 2, 254]) }),
    );
    expect(asked?.input).toEqual({ KeyId: 'k', Plaintext: new Uint8Array([1, 2, 254]) });
    expect(output.CiphertextBlob).toEqual(new Uint8Array([0, 255, 7]));
  });

  test('wire: json 1.1: eventbridge: dates inwards', async () => {
    answer = { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] };
    const output = await new eventbridge.EventBridgeClient(configuration()).send(
      new eventbridge.PutEventsCommand({
        Entries: [{ Time: at, Source: 's', DetailType: 'd', Detail: '{}' }],
      }),
    );
    expect(asked?.input).toMatchObject({ Entries: [{ Time: expect.any(Date), Source: 's' }] });
    expect(output).toMatchObject(answer as object);
  });

  test('wire: json 1.1: codedeploy: an error keeps its name and text', async () => {
    answer = new AwsError('DeploymentDoesNotExistException', 'no such deployment');
    const error = await failure(
      new codedeploy.CodeDeployClient(configuration()).send(
        new codedeploy.GetDeploymentCommand({ deploymentId: 'd-1' }),
      ),
    );
    expect(error).toBeInstanceOf(codedeploy.DeploymentDoesNotExistException);
    expect(error.message).toBe('no such deployment');
    expect(error.$metadata.httpStatusCode).toBe(400);
  });

  test('wire: json 1.0: dynamodb: attribute values, and an error with its members', async () => {
    const Item = {
      pk: { S: 'a' },
      n: { N: '1' },
      b: { B: new Uint8Array([1]) },
      m: { M: { x: { BOOL: true } } },
      l: { L: [{ NULL: true }] },
    };
    const client = new dynamodb.DynamoDBClient(configuration());
    answer = { Attributes: Item };
    const output = await client.send(new dynamodb.PutItemCommand({ TableName: 't', Item }));
    expect(asked?.input).toEqual({ TableName: 't', Item });
    expect(output.Attributes).toEqual(Item);
    answer = new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
      members: { Item },
    });
    const error = await failure(client.send(new dynamodb.PutItemCommand({ TableName: 't', Item })));
    expect(error).toBeInstanceOf(dynamodb.ConditionalCheckFailedException);
    expect(error['Item']).toEqual(Item);
    answer = new AwsError('TransactionCanceledException', 'cancelled', {
      members: {
        CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item }],
      },
    });
    const cancelled = await failure(
      client.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [] })),
    );
    expect(cancelled['CancellationReasons']).toEqual([
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Item },
    ]);
  });

  test('wire: json 1.0: sfn', async () => {
    answer = { executionArn: 'arn', startDate: at };
    const output = await new sfn.SFNClient(configuration()).send(
      new sfn.StartExecutionCommand({ stateMachineArn: 'm', name: 'n', input: '{"a":1}' }),
    );
    expect(asked).toMatchObject({
      service: 'sfn',
      operation: 'StartExecution',
      input: { stateMachineArn: 'm', name: 'n', input: '{"a":1}' },
    });
    expect(output.startDate).toEqual(at);
  });

  test('wire: json 1.0: sqs: errors carry their query code, messages their checksums', async () => {
    const client = new sqs.SQSClient(configuration());
    answer = new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    const error = await failure(client.send(new sqs.GetQueueUrlCommand({ QueueName: 'q' })));
    expect(error).toBeInstanceOf(sqs.QueueDoesNotExist);
    expect(error['Code'] ?? error['code']).toBe('AWS.SimpleQueueService.NonExistentQueue');
    answer = { MessageId: '1', MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592' };
    await client.send(new sqs.SendMessageCommand({ QueueUrl: 'http://q', MessageBody: 'hello' }));
    expect(asked?.input).toEqual({ QueueUrl: 'http://q', MessageBody: 'hello' });
  });

  test('wire: json 1.0: cloudwatch: many points, packed', async () => {
    const MetricData = Array.from({ length: 500 }, (_, index) => ({
      MetricName: `m${index}`,
      Value: index / 3,
      Timestamp: at,
      Unit: 'Count' as const,
    }));
    await new cloudwatch.CloudWatchClient(configuration()).send(
      new cloudwatch.PutMetricDataCommand({ Namespace: 'N', MetricData }),
    );
    expect(asked?.input).toEqual({ Namespace: 'N', MetricData });
  });
});

describe('wire: rest-json', () => {
  test('wire: rest-json: lambda invoke: path, headers, query, raw payload, status', async () => {
    answer = {
      StatusCode: 202,
      FunctionError: 'Unhandled',
      Payload: new TextEncoder().encode('{"ä":1}'),
      ExecutedVersion: '3',
    };
    const output = await new lambda.LambdaClient(configuration()).send(
      new lambda.InvokeCommand({
        FunctionName: 'arn:aws:lambda:eu-central-1:1:function:f',
        Qualifier: 'live',
        InvocationType: 'Event',
        Payload: new TextEncoder().encode('[1]'),
      }),
    );
    expect(asked?.input).toEqual({
      FunctionName: 'arn:aws:lambda:eu-central-1:1:function:f',
      Qualifier: 'live',
      InvocationType: 'Event',
      Payload: new TextEncoder().encode('[1]'),
    });
    expect(output).toMatchObject({
      StatusCode: 202,
      FunctionError: 'Unhandled',
      ExecutedVersion: '3',
    });
    expect(output.Payload?.transformToString()).toBe('{"ä":1}');
  });

  test('wire: rest-json: lambda: query numbers, 204, an error with its members', async () => {
    const client = new lambda.LambdaClient(configuration());
    answer = { Versions: [] };
    await client.send(
      new lambda.ListVersionsByFunctionCommand({ FunctionName: 'f', MaxItems: 5, Marker: 'a b&c' }),
    );
    expect(asked).toMatchObject({
      operation: 'ListVersionsByFunction',
      input: { FunctionName: 'f', MaxItems: 5, Marker: 'a b&c' },
    });
    answer = undefined;
    await client.send(new lambda.DeleteFunctionConcurrencyCommand({ FunctionName: 'f' }));
    expect(asked?.operation).toBe('DeleteFunctionConcurrency');
    answer = new AwsError('ResourceNotFoundException', 'Function not found', {
      status: 404,
      members: { Type: 'User' },
    });
    const error = await failure(client.send(new lambda.GetFunctionCommand({ FunctionName: 'f' })));
    expect(error).toBeInstanceOf(lambda.ResourceNotFoundException);
    expect(error).toMatchObject({
      message: 'Function not found',
      Type: 'User',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('wire: rest-json: lambda: aliases and their weights', async () => {
    const routing = { AdditionalVersionWeights: { '2': 0.1 } };
    answer = {
      AliasArn: 'a',
      Name: 'live',
      FunctionVersion: '1',
      RoutingConfig: routing,
      RevisionId: 'r',
    };
    const output = await new lambda.LambdaClient(configuration()).send(
      new lambda.UpdateAliasCommand({ FunctionName: 'f', Name: 'live', RoutingConfig: routing }),
    );
    expect(asked).toMatchObject({
      operation: 'UpdateAlias',
      input: { FunctionName: 'f', Name: 'live', RoutingConfig: routing },
    });
    expect(output.RoutingConfig).toEqual(routing);
  });

  test('wire: rest-json: eks: greedy paths, lists in the query, dates', async () => {
    const client = new eks.EKSClient(configuration());
    answer = { cluster: { name: 'c', createdAt: at, certificateAuthority: { data: 'x' } } };
    expect(
      (await client.send(new eks.DescribeClusterCommand({ name: 'c' }))).cluster,
    ).toMatchObject((answer as { cluster: object }).cluster);
    answer = {};
    await client.send(
      new eks.UntagResourceCommand({
        resourceArn: 'arn:aws:eks:x:1:cluster/c',
        tagKeys: ['a', 'b'],
      }),
    );
    expect(asked).toMatchObject({
      operation: 'UntagResource',
      input: { resourceArn: 'arn:aws:eks:x:1:cluster/c', tagKeys: ['a', 'b'] },
    });
  });

  test('wire: rest-json: application-signals: times and budgets', async () => {
    answer = {
      Timestamp: at,
      Reports: [{ Name: 'slo', Arn: 'arn:slo', BudgetStatus: 'OK', Attainment: 99.95 }],
      Errors: [],
    };
    const budgets = await new applicationSignals.ApplicationSignalsClient(configuration()).send(
      new applicationSignals.BatchGetServiceLevelObjectiveBudgetReportCommand({
        Timestamp: at,
        SloIds: ['slo'],
      }),
    );
    expect(asked).toMatchObject({ input: { Timestamp: at, SloIds: ['slo'] } });
    expect(budgets.Reports).toMatchObject([{ Name: 'slo', Attainment: 99.95 }]);
    expect(budgets.Timestamp).toEqual(at);
  });

  test('wire: rest-json: xray and inspector2: bodies with dates and numbers', async () => {
    answer = {
      TimeSeriesServiceStatistics: [
        { Timestamp: at, ServiceSummaryStatistics: { OkCount: 3, TotalResponseTime: 1.25 } },
      ],
    };
    const statistics = await new xray.XRayClient(configuration()).send(
      new xray.GetTimeSeriesServiceStatisticsCommand({ StartTime: at, EndTime: at, Period: 60 }),
    );
    expect(asked?.operation).toBe('GetTimeSeriesServiceStatistics');
    expect(statistics.TimeSeriesServiceStatistics).toEqual(
      (answer as { TimeSeriesServiceStatistics: object[] }).TimeSeriesServiceStatistics,
    );
    answer = { findings: [] };
    await new inspector2.Inspector2Client(configuration()).send(
      new inspector2.ListFindingsCommand({
        filterCriteria: { severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }] },
      }),
    );
    expect(asked?.input).toEqual({
      filterCriteria: { severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }] },
    });
  });
});

describe('wire: query', () => {
  test('wire: query: elbv2: lists in lists both ways, numbers, booleans, text that XML minds', async () => {
    const client = new elb.ElasticLoadBalancingV2Client(configuration());
    const Actions: elb.Action[] = [
      {
        Type: 'forward',
        Order: 1,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: 'a', Weight: 90 },
            { TargetGroupArn: 'b', Weight: 10 },
          ],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ];
    const Conditions: elb.RuleCondition[] = [
      { Field: 'path-pattern', PathPatternConfig: { Values: ['/a&<b>"*', 'ä \u{1F600}'] } },
    ];
    answer = { Rules: [{ RuleArn: 'r', Priority: '1', Conditions, Actions, IsDefault: false }] };
    const output = await client.send(
      new elb.CreateRuleCommand({ ListenerArn: 'l', Priority: 1, Conditions, Actions }),
    );
    expect(asked?.input).toEqual({ ListenerArn: 'l', Priority: 1, Conditions, Actions });
    expect(output.Rules).toEqual((answer as { Rules: object[] }).Rules);
    answer = new AwsError('RuleNotFoundException', 'One or more rules not found & <such>');
    const error = await failure(client.send(new elb.DescribeRulesCommand({ RuleArns: ['r'] })));
    expect(error).toBeInstanceOf(elb.RuleNotFoundException);
    expect(error.message).toBe('One or more rules not found & <such>');
  });

  test('wire: query: sts: a session over HTTP, and who it is', async () => {
    const role = 'arn:aws:iam::222222222222:role/deployer';
    cloud
      .service<{ operations: never; roles: Map<string, object> }>('iam', {
        account: '222222222222',
        region: 'us-east-1',
      })
      .roles.set('deployer', {
        name: 'deployer',
        arn: role,
        id: 'AROAX',
        path: '/',
        createdAt: 0,
        description: undefined,
        maxSessionSeconds: 3600,
        permissionsBoundary: undefined,
        inline: new Map(),
        attached: new Set(),
        trust: {
          Statement: {
            Effect: 'Allow',
            Principal: { AWS: '222222222222' },
            Action: 'sts:AssumeRole',
          },
        },
      });
    const client = new sts.STSClient(configuration());
    const { Credentials } = await client.send(
      new sts.AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'me' }),
    );
    expect(Credentials?.Expiration).toEqual(new Date(Date.UTC(2026, 0, 1, 1)));
    const session = new sts.STSClient({
      ...configuration(),
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: 'x',
        sessionToken: 'y',
      },
    });
    expect(await session.send(new sts.GetCallerIdentityCommand({}))).toMatchObject({
      Account: '222222222222',
      Arn: 'arn:aws:sts::222222222222:assumed-role/deployer/me',
      UserId: 'AROAX:me',
    });
    const denied = await failure(
      client.send(new sts.AssumeRoleCommand({ RoleArn: `${role}2`, RoleSessionName: 'me' })),
    );
    expect(denied).toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  });
});

const signed = (service: string, key = '222222222222') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=x`,
});
const post = (
  headers: Record<string, string>,
  body: NonNullable<RequestInit['body']>,
  path = '/',
) => fetch(`${door.url}${path}`, { method: 'POST', headers, body });

describe('wire: other ways to say it', () => {
  test('wire: cbor: smithy rpc v2, as newer SDKs of CloudWatch speak', async () => {
    answer = { MetricAlarms: [{ AlarmName: 'a', StateUpdatedTimestamp: at, Threshold: 0.5 }] };
    const body = cbor.serialize({ AlarmNames: ['a'], MaxRecords: 3 });
    const headers = {
      ...signed('monitoring'),
      'smithy-protocol': 'rpc-v2-cbor',
      'content-type': 'application/cbor',
    };
    const path = '/service/GraniteServiceVersion20100801/operation/DescribeAlarms';
    const response = await post(headers, new Uint8Array(body), path);
    expect(asked).toMatchObject({
      operation: 'DescribeAlarms',
      input: { AlarmNames: ['a'], MaxRecords: 3 },
    });
    expect(response.headers.get('smithy-protocol')).toBe('rpc-v2-cbor');
    const said = cbor.deserialize(new Uint8Array(await response.arrayBuffer()));
    expect(said).toMatchObject({
      MetricAlarms: [
        { AlarmName: 'a', Threshold: 0.5, StateUpdatedTimestamp: { value: at.getTime() / 1000 } },
      ],
    });
    answer = new AwsError('ResourceNotFound', 'no alarm', { status: 404 });
    const failed = await post(headers, new Uint8Array(body), path);
    expect(failed.status).toBe(404);
    expect(cbor.deserialize(new Uint8Array(await failed.arrayBuffer()))).toMatchObject({
      message: 'no alarm',
    });
  });

  test('wire: query: a service that the SDK speaks JSON to takes forms of older clients, flattened lists included', async () => {
    answer = { Messages: [{ MessageId: '1', Body: 'b' }] };
    const form = new URLSearchParams({
      Action: 'ReceiveMessage',
      Version: '2012-11-05',
      QueueUrl: 'http://q',
      'AttributeName.1': 'All',
      MaxNumberOfMessages: '2',
    });
    const response = await post(signed('sqs'), form);
    expect(asked?.input).toMatchObject({
      QueueUrl: 'http://q',
      AttributeNames: ['All'],
      MaxNumberOfMessages: 2,
    });
    expect(await response.text()).toContain('<Body>b</Body>');
  });

  test('wire: query: presigned addresses carry scope and form', async () => {
    const address = new URL(`${door.url}/?Action=GetCallerIdentity&Version=2011-06-15`);
    address.searchParams.set(
      'X-Amz-Credential',
      '333333333333/20260101/us-east-1/sts/aws4_request',
    );
    expect(await (await fetch(address)).text()).toContain(
      '<Arn>arn:aws:iam::333333333333:root</Arn>',
    );
  });

  test('wire: account: a key that is no account belongs to the default one', async () => {
    await post(
      {
        ...signed('states', 'test'),
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AWSStepFunctions.ListStateMachines',
      },
      '{}',
    );
    expect(asked?.context).toMatchObject({ account: '000000000000', region: 'eu-west-1' });
  });
});

describe('wire: refusals', () => {
  const json = (service: string, target: string) => ({
    ...signed(service),
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': target,
  });
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  const cases: [string, Record<string, string>, string, number, string][] = [
    [
      'an unsigned request',
      { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'X.Y' },
      '{}',
      403,
      'MissingAuthenticationToken',
    ],
    [
      'an unknown session',
      { ...json('dynamodb', 'DynamoDB_20120810.GetItem'), ...signed('dynamodb', 'ASIAUNKNOWN') },
      '{}',
      403,
      'UnrecognizedClientException',
    ],
    [
      'a service that has no client',
      json('ec2', 'X.Y'),
      '{}',
      501,
      'the local cloud does not do ec2',
    ],
    [
      'a service called like a property of objects',
      json('constructor', 'X.Y'),
      '{}',
      501,
      'does not do constructor',
    ],
    [
      'an unknown target',
      json('dynamodb', 'DynamoDB_20120810.Nonsense'),
      '{}',
      400,
      'UnknownOperationException',
    ],
    [
      'another service’s target',
      json('dynamodb', 'AWSStepFunctions.ListActivities'),
      '{}',
      400,
      'its targets begin with DynamoDB_20120810',
    ],
    [
      'what is no JSON',
      json('dynamodb', 'DynamoDB_20120810.GetItem'),
      '{"a"',
      400,
      'SerializationException',
    ],
    [
      'a list for an object',
      json('dynamodb', 'DynamoDB_20120810.GetItem'),
      '[]',
      400,
      'the body must be an object',
    ],
    [
      'a wrong type',
      json('dynamodb', 'DynamoDB_20120810.GetItem'),
      '{"TableName":["x"]}',
      400,
      'TableName must be text',
    ],
    [
      'a wrong number',
      json('states', 'AWSStepFunctions.ListStateMachines'),
      '{"maxResults":"7"}',
      400,
      'maxResults must be a number',
    ],
    [
      'missing members, all of them',
      json('states', 'AWSStepFunctions.CreateStateMachine'),
      '{}',
      400,
      "3 validation errors detected: Value null at 'name'",
    ],
    [
      'depth',
      json('dynamodb', 'DynamoDB_20120810.GetItem'),
      deep(70),
      400,
      'nested deeper than 64',
    ],
    [
      'an unknown action',
      { ...signed('sts'), 'content-type': 'application/x-www-form-urlencoded' },
      'Action=Nope',
      400,
      '<Code>InvalidAction</Code>',
    ],
    [
      'no gzip where it says so',
      { ...json('dynamodb', 'DynamoDB_20120810.GetItem'), 'content-encoding': 'gzip' },
      '{}',
      400,
      'the body is not gzip',
    ],
  ];
  test.each(cases)('wire: refuses %s', async (_, headers, body, status, text) => {
    const response = await post(headers, body);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
    expect(asked).toBeUndefined();
  });

  test('wire: refuses an unknown route in the shape of REST', async () => {
    const response = await fetch(`${door.url}/2015-03-31/nonsense`, { headers: signed('lambda') });
    expect(response.status).toBe(404);
    expect(response.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
  });

  test('wire: refuses what is too large, packed or not', async () => {
    const headers = json('dynamodb', 'DynamoDB_20120810.GetItem');
    const large = ' '.repeat(7 * 1024 * 1024);
    const plain = await post(headers, large).catch(() => undefined);
    if (plain) expect(plain.status).toBe(413);
    const packed = await post(
      { ...headers, 'content-encoding': 'gzip' },
      new Uint8Array(gzipSync(large)),
    );
    expect(packed.status).toBe(413);
    expect(asked).toBeUndefined();
  });

  test('wire: our own bugs keep their inside to the warnings', async () => {
    answer = new TypeError('secret detail');
    const response = await post(
      json('dynamodb', 'DynamoDB_20120810.GetItem'),
      '{"TableName":"t","Key":{}}',
    );
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(warnings.at(-1)).toContain('secret detail');
  });

  test('wire: garbage on the socket is answered and harms nobody', async () => {
    const said = await new Promise<string>((resolve) => {
      const socket = createConnection(door.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.write('\u0000\u0001nonsense\r\n\r\n');
    });
    expect(said).toContain('400 Bad Request');
    expect((await fetch(`${door.url}/_local/health`)).status).toBe(200);
  });
});

describe('wire: door', () => {
  test('wire: door: paths of its own, exact and below', async () => {
    const health = await fetch(`${door.url}/_local/health?x=1`);
    expect([health.status, health.headers.get('x-said'), await health.text()]).toEqual([
      200,
      'yes',
      'fine',
    ]);
    expect(await (await post({}, 'body', '/_local/echo')).text()).toBe('POST body');
    const file = await fetch(`${door.url}/files/a/b`);
    expect([file.status, await file.text()]).toEqual([203, '/files/a/b']);
    expect((await fetch(`${door.url}/_local/other`)).status).toBe(403);
  });

  test('wire: door: a port in use is named', async () => {
    const opening = openDoor({ cloud, port: door.port });
    await expect(opening).rejects.toThrow(PortInUse);
    await expect(opening).rejects.toThrow(`port ${door.port} is in use`);
  });

  test('wire: door: listens on 127.0.0.1 unless told', () => {
    expect(door.url).toBe(`http://127.0.0.1:${door.port}`);
  });
});
