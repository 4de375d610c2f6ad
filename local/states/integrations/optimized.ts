import type { CallContext, CloudContext } from '../../services/service.ts';
import { StateFailure } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { contextOf, type Integration, type TaskRequest, toJson } from './integration.ts';
import { type OptimizedNames, optimizedFailure } from './service-error.ts';

/** Optimized integrations answer with the SDK's own remarks; of the HTTP headers only the status is told here. */
export const withSdkMetadata = (response: JsonObject, cloud: CloudContext): Json => ({
  ...response,
  SdkHttpMetadata: { HttpStatusCode: 200 },
  SdkResponseMetadata: { RequestId: cloud.uuid() },
});

/** What optimized integrations answer for an instant. */
export const epochMilliseconds = (date: Date): Json => date.getTime();

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly names: OptimizedNames;
  /** Arguments that the integration puts into another form first. */
  readonly prepare?: (args: JsonObject, request: TaskRequest) => JsonObject;
  /** A response that is a failure all the same. */
  readonly check?: (response: JsonObject) => void;
}

/** An integration that is one API call. */
const call = ({ service, operation, names, prepare, check }: Call): Integration => ({
  request: async (request) => {
    const { cloud } = request;
    try {
      const context: CallContext = await contextOf(request);
      const args = request.args as JsonObject;
      const input = prepare === undefined ? args : prepare(args, request);
      const response = toJson(
        (await cloud.call(service, operation, input, context)) ?? {},
        epochMilliseconds,
      ) as JsonObject;
      check?.(response);
      return withSdkMetadata(response, cloud);
    } catch (error) {
      throw optimizedFailure(error, service, names, cloud);
    }
  },
});

const asText = (value: Json | undefined): Json =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);

const sqs: OptimizedNames = {
  prefix: 'SQS',
  service: 'AmazonSQS',
  fallback: 'AmazonSQSException',
};

const sns: OptimizedNames = {
  prefix: 'SNS',
  service: 'AmazonSNS',
  fallback: 'AmazonSNSException',
};

const events: OptimizedNames = {
  prefix: 'EventBridge',
  service: 'AmazonEventBridge',
  fallback: 'AmazonEventBridgeException',
};

const dynamodb: OptimizedNames = {
  prefix: 'DynamoDB',
  service: 'AmazonDynamoDBv2',
  fallback: 'AmazonDynamoDBException',
};

const sendMessage = call({
  service: 'sqs',
  operation: 'SendMessage',
  names: sqs,
  prepare: (args) => ({ ...args, MessageBody: asText(args['MessageBody']) }),
});

const publish = call({
  service: 'sns',
  operation: 'Publish',
  names: sns,
  prepare: (args) => ({ ...args, Message: asText(args['Message']) }),
});

/** Step Functions adds itself to each event's resources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html */
const putEvents = call({
  service: 'eventbridge',
  operation: 'PutEvents',
  names: events,
  prepare: (args, { executionArn, stateMachineArn }) => ({
    ...args,
    Entries: ((args['Entries'] ?? []) as readonly JsonObject[]).map((entry) => ({
      ...entry,
      Detail: asText(entry['Detail'] ?? {}),
      Resources: [
        ...((entry['Resources'] ?? []) as readonly Json[]),
        executionArn,
        stateMachineArn,
      ],
    })),
  }),
  check: (response) => {
    if (response['FailedEntryCount']) {
      throw new StateFailure('EventBridge.FailedEntry', JSON.stringify(response));
    }
  },
});

const dynamo = (operation: string): Integration =>
  call({ service: 'dynamodb', operation, names: dynamodb });

/** The optimized integrations that are one API call each, by type and action. */
export const optimized: Readonly<Record<string, Integration>> = {
  'dynamodb:deleteItem': dynamo('DeleteItem'),
  'dynamodb:getItem': dynamo('GetItem'),
  'dynamodb:putItem': dynamo('PutItem'),
  'dynamodb:updateItem': dynamo('UpdateItem'),
  'events:putEvents': putEvents,
  'sns:publish': publish,
  'sqs:sendMessage': sendMessage,
};
