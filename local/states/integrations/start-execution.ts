import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import type { CallContext, Service } from '../../services/service.ts';
import { StateFailure, StatesError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Resource } from '../resource.ts';
import {
  accountOf,
  contextOf,
  type Integration,
  type JobEnd,
  type TaskRequest,
  toJson,
} from './integration.ts';
import { upperFirst } from './member-names.ts';
import { epochMilliseconds, withSdkMetadata } from './optimized.ts';
import { type OptimizedNames, optimizedFailure } from './service-error.ts';

/** What is asked of the Step Functions service that a child runs in: to be told of its end. */
interface ExecutionsService extends Service {
  whenEnded(executionArn: string, listener: () => void): () => void;
}

const names: OptimizedNames = {
  prefix: 'StepFunctions',
  service: 'AWSStepFunctions',
  fallback: 'AWSStepFunctionsException',
};

const failure = (error: unknown, { cloud }: TaskRequest): StateFailure =>
  optimizedFailure(error, 'sfn', names, cloud);

const start = async (request: TaskRequest): Promise<Json> => {
  const { StateMachineArn, Name, Input, TraceHeader } = request.args as JsonObject;
  const started = await request.cloud.call(
    'sfn',
    'StartExecution',
    {
      stateMachineArn: StateMachineArn,
      ...(Name === undefined ? {} : { name: Name }),
      ...(TraceHeader === undefined ? {} : { traceHeader: TraceHeader }),
      input: typeof Input === 'string' ? Input : JSON.stringify(Input ?? {}),
    },
    await contextOf(request),
  );
  return withSdkMetadata(pascal(toJson(started, epochMilliseconds)), request.cloud);
};

const pascal = (value: Json): JsonObject =>
  Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, member]) => [
      upperFirst(name),
      name === 'inputDetails' || name === 'outputDetails' ? pascal(member) : member,
    ]),
  );

/** How the child ended, in the words of DescribeExecution. */
const outcome = (described: DescribeExecutionOutput, resource: Resource, end: JobEnd): void => {
  const output = pascal(toJson(described, epochMilliseconds));
  if (described.status !== 'SUCCEEDED') {
    end.failed(new StateFailure(StatesError.TaskFailed, JSON.stringify(output)));
    return;
  }
  end.succeeded(
    resource.parsesOutput
      ? {
          ...output,
          Input: JSON.parse(described.input ?? '{}') as Json,
          Output: JSON.parse(described.output ?? 'null') as Json,
        }
      : output,
  );
};

const follow: Integration['follow'] = (request, response, resource, end) => {
  const { cloud, region } = request;
  const executionArn = (response as { readonly ExecutionArn: string }).ExecutionArn;
  const place = { account: accountOf(executionArn), region };
  let over = false;
  const asRole = (work: (context: CallContext) => Promise<void>): void => {
    contextOf(request)
      .then(work)
      .catch((error: unknown) => end.failed(failure(error, request)));
  };
  const forget = cloud.service<ExecutionsService>('sfn', place).whenEnded(executionArn, () => {
    over = true;
    asRole(async (context) => {
      const described = await cloud.call<DescribeExecutionOutput>(
        'sfn',
        'DescribeExecution',
        { executionArn },
        context,
      );
      outcome(described, resource, end);
    });
  });
  return () => {
    if (over) return;
    over = true;
    forget();
    asRole(async (context) => {
      try {
        await cloud.call('sfn', 'StopExecution', { executionArn }, context);
      } catch (error) {
        // a child that cannot be stopped goes on by itself: AWS promises its best effort only
        cloud.warn(
          `${executionArn} outlives its parent: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    });
  };
};

/** `states:startExecution`, with `.sync`, `.sync:2` and `.waitForTaskToken`. */
export const startExecution: Integration = {
  request: (request) =>
    start(request).catch((error: unknown) => {
      throw failure(error, request);
    }),
  follow,
};
