import type { Place, Principal, Service } from '../../services/service.ts';
import { StateFailure } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { contextOf, type Integration, type TaskRequest } from './integration.ts';
import { withSdkMetadata } from './optimized.ts';
import { type OptimizedNames, optimizedFailure } from './service-error.ts';

/** What is asked of the Lambda service. */
interface LambdaService extends Service {
  invoke(
    functionArnOrName: string,
    payload: unknown,
    options?: { principal?: Principal; invocationType?: string; qualifier?: string },
  ): Promise<{ payload: unknown; functionError?: string; executedVersion: string }>;
}

const names: OptimizedNames = {
  prefix: 'Lambda',
  service: 'AWSLambda',
  fallback: 'AWSLambdaException',
};

const placeOf = (functionName: string, otherwise: Place): Place => {
  const [arn, , service, region, account] = functionName.split(':');
  if (arn !== 'arn' || service !== 'lambda' || region === undefined || account === undefined) {
    return otherwise;
  }
  return { account, region };
};

/** What a handler threw: its error's name is the state's error. */
const thrown = (payload: unknown): StateFailure => {
  const said = isObject(payload) ? payload : {};
  const { errorType } = said;
  return new StateFailure(
    typeof errorType === 'string' && errorType !== '' ? errorType : 'Lambda.Unknown',
    JSON.stringify(payload ?? null),
  );
};

const invoke = async (request: TaskRequest): Promise<Json> => {
  const args = request.args as JsonObject;
  const { FunctionName: name, InvocationType: type, Qualifier: qualifier } = args;
  const context = await contextOf(request);
  const service = request.cloud.service<LambdaService>('lambda', placeOf(String(name), context));
  const answer = await service.invoke(String(name), args['Payload'] ?? {}, {
    principal: context.principal,
    ...(typeof type === 'string' ? { invocationType: type } : {}),
    ...(typeof qualifier === 'string' ? { qualifier } : {}),
  });
  if (answer.functionError !== undefined) throw thrown(answer.payload);
  if (type === 'Event') return withSdkMetadata({ StatusCode: 202 }, request.cloud);
  return withSdkMetadata(
    {
      ExecutedVersion: answer.executedVersion,
      Payload: (answer.payload ?? null) as Json,
      StatusCode: 200,
    },
    request.cloud,
  );
};

/** `lambda:invoke`, with `.waitForTaskToken`. */
export const lambdaInvoke: Integration = {
  request: (request) =>
    invoke(request).catch((error: unknown) => {
      throw optimizedFailure(error, 'lambda', names, request.cloud);
    }),
};
