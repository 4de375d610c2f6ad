import { notImplemented } from '../aws-error.ts';
import type { CallContext, CloudContext, Place, Principal } from '../service.ts';
import type { EventEnvelope } from './event-envelope.ts';

/** A call that carries an event on to another bus keeps the event as it was. */
export interface ForwardingContext extends CallContext {
  readonly forwardedEvent?: EventEnvelope;
  /** The resource on whose behalf an AWS service calls, for `aws:SourceArn`. */
  readonly sourceArn?: string;
}

/** A target and what it shall get. */
export interface TargetCall {
  readonly arn: string;
  /** JSON, or any text where the target takes that. */
  readonly input: string;
  readonly principal: Principal;
  /** The rule or schedule. */
  readonly sourceArn: string;
  readonly messageGroupId?: string | undefined;
  /** For buses: the event itself. */
  readonly event?: EventEnvelope | undefined;
  /** For state machines. */
  readonly executionName: string;
}

/** What a target's ARN says. */
const partsOf = (arn: string): { service: string; place: Place; resource: string } => {
  const [, , service = '', region = '', account = '', ...rest] = arn.split(':');
  return { service, place: { region, account }, resource: rest.join(':') };
};

/** Gives `call.input` to a target, through its API, as `call.principal`. */
export const callTarget = async (cloud: CloudContext, call: TargetCall): Promise<void> => {
  const { service, place, resource } = partsOf(call.arn);
  const context: ForwardingContext = {
    ...place,
    principal: call.principal,
    sourceArn: call.sourceArn,
    ...(call.event === undefined ? {} : { forwardedEvent: call.event }),
  };
  const invoke = (name: string, operation: string, input: object): Promise<unknown> =>
    cloud.call(name, operation, input, context);
  switch (service) {
    case 'lambda':
      await invoke('lambda', 'Invoke', {
        FunctionName: call.arn,
        InvocationType: 'Event',
        Payload: new TextEncoder().encode(call.input),
      });
      return;
    case 'sqs':
      await invoke('sqs', 'SendMessage', {
        QueueUrl: `https://sqs.${place.region}.amazonaws.com/${place.account}/${resource}`,
        MessageBody: call.input,
        ...(call.messageGroupId === undefined ? {} : { MessageGroupId: call.messageGroupId }),
      });
      return;
    case 'sns':
      await invoke('sns', 'Publish', { TopicArn: call.arn, Message: call.input });
      return;
    case 'states':
      await invoke('sfn', 'StartExecution', {
        stateMachineArn: call.arn,
        name: call.executionName,
        input: call.input,
      });
      return;
    case 'events':
      await putOnBus(call, invoke);
      return;
    case 'logs': {
      const logGroupName = resource.replace(/^log-group:/, '').replace(/:\*$/, '');
      const logStreamName = call.executionName;
      await invoke('cloudwatchlogs', 'CreateLogStream', { logGroupName, logStreamName }).catch(
        (error: Error) => {
          if (error.name !== 'ResourceAlreadyExistsException') throw error;
        },
      );
      await invoke('cloudwatchlogs', 'PutLogEvents', {
        logGroupName,
        logStreamName,
        logEvents: [{ timestamp: cloud.clock.now(), message: call.input }],
      });
      return;
    }
    default:
      throw notImplemented('events', `the target ${call.arn}`);
  }
};

const putOnBus = async (
  call: TargetCall,
  invoke: (name: string, operation: string, input: object) => Promise<unknown>,
): Promise<void> => {
  const { event } = call;
  if (event === undefined) {
    throw notImplemented('events', `the target ${call.arn} without an event to forward`);
  }
  const entry = {
    Source: event.source,
    DetailType: event['detail-type'],
    Detail: JSON.stringify(event.detail),
    Resources: [...event.resources],
    Time: new Date(event.time),
    EventBusName: call.arn,
  };
  const answer = (await invoke('eventbridge', 'PutEvents', { Entries: [entry] })) as {
    Entries?: { ErrorCode?: string; ErrorMessage?: string }[];
  };
  const failed = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
  if (failed !== undefined) {
    const error = new Error(failed.ErrorMessage ?? '');
    error.name = failed.ErrorCode ?? '';
    throw error;
  }
};
