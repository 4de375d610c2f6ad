import { notImplemented } from '../aws-error.ts';
import type { CallContext, Place, Principal } from '../service.ts';
import type { LambdaCloud } from './lambda-cloud.ts';

const partsOf = (arn: string): { service: string; place: Place; resource: string } => {
  const [, , service = '', region = '', account = '', ...rest] = arn.split(':');
  return { service, place: { region, account }, resource: rest.join(':') };
};

/** Refuses a destination that Lambda, or the local cloud, does not know. */
export const checkDestination = (arn: string | undefined): void => {
  if (arn === undefined) return;
  const { service } = partsOf(arn);
  if (!['sqs', 'sns', 'lambda', 'events'].includes(service)) {
    throw notImplemented('lambda', `the destination ${arn}`);
  }
};

/** The record of an asynchronous invocation that a destination gets. */
export interface InvocationRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  readonly responseContext?: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError?: string;
  };
  readonly responsePayload?: unknown;
}

/** Sends a record to a destination, as the function's role. */
export const sendToDestination = async (
  cloud: LambdaCloud,
  principal: Principal,
  arn: string,
  record: InvocationRecord,
): Promise<void> => {
  const { service, place, resource } = partsOf(arn);
  const context: CallContext = { ...place, principal };
  const body = JSON.stringify(record);
  const call = (name: string, operation: string, input: object): Promise<unknown> =>
    cloud.call(name, operation, input, context);
  switch (service) {
    case 'sqs': {
      const QueueUrl = `https://sqs.${place.region}.amazonaws.com/${place.account}/${resource}`;
      await call('sqs', 'SendMessage', { QueueUrl, MessageBody: body });
      return;
    }
    case 'sns':
      await call('sns', 'Publish', { TopicArn: arn, Message: body });
      return;
    case 'lambda':
      await call('lambda', 'Invoke', {
        FunctionName: arn,
        InvocationType: 'Event',
        Payload: new TextEncoder().encode(body),
      });
      return;
    case 'events': {
      const isSuccess = record.requestContext.condition === 'Success';
      const entry = {
        Source: 'lambda',
        DetailType: `Lambda Function Invocation Result - ${isSuccess ? 'Success' : 'Failure'}`,
        Detail: body,
        Resources: [arn, record.requestContext.functionArn],
        EventBusName: arn,
      };
      await call('eventbridge', 'PutEvents', { Entries: [entry] });
      return;
    }
    default:
      throw notImplemented('lambda', `the destination ${arn}`);
  }
};

/** Sends what could not be processed to a function's dead-letter queue, with what went wrong as attributes. */
export const sendToDeadLetterQueue = async (
  cloud: LambdaCloud,
  principal: Principal,
  arn: string,
  failure: { readonly payload: string; readonly requestId: string; readonly message: string },
): Promise<void> => {
  const { service, place, resource } = partsOf(arn);
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const attributes = {
    RequestID: text(failure.requestId),
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ErrorMessage: text(failure.message.slice(0, 1_024) || 'none'),
  };
  const context: CallContext = { ...place, principal };
  if (service === 'sns') {
    const input = { TopicArn: arn, Message: failure.payload, MessageAttributes: attributes };
    await cloud.call('sns', 'Publish', input, context);
    return;
  }
  const QueueUrl = `https://sqs.${place.region}.amazonaws.com/${place.account}/${resource}`;
  const input = { QueueUrl, MessageBody: failure.payload, MessageAttributes: attributes };
  await cloud.call('sqs', 'SendMessage', input, context);
};
