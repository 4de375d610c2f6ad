import type { Place } from '../../services/service.ts';
import { StateFailure } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { contextOf, type Integration, type TaskRequest } from './integration.ts';
import { withSdkMetadata } from './optimized.ts';
import { type OptimizedNames, optimizedFailure } from './service-error.ts';

/** Lambda's Invoke, as far as it is read here. */
interface Invoked {
  readonly StatusCode?: number;
  readonly FunctionError?: string;
  readonly ExecutedVersion?: string;
  readonly Payload?: Uint8Array;
}

const names: OptimizedNames = {
  prefix: 'Lambda',
  service: 'AWSLambda',
  fallback: 'AWSLambdaException',
};

/** A function's own place, where it is named by its ARN. */
const placeOf = (functionName: string, otherwise: Place): Place => {
  const [arn, , service, region, account] = functionName.split(':');
  if (arn !== 'arn' || service !== 'lambda' || region === undefined || account === undefined) {
    return { account: otherwise.account, region: otherwise.region };
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

const decode = (payload: Uint8Array | undefined): Json =>
  payload === undefined || payload.length === 0
    ? null
    : (JSON.parse(new TextDecoder().decode(payload)) as Json);

const invoke = async (request: TaskRequest): Promise<Json> => {
  const { cloud } = request;
  const args = request.args as JsonObject & { readonly FunctionName?: string };
  const context = await contextOf(request);
  const answer = await cloud.call<Invoked>(
    'lambda',
    'Invoke',
    { ...args, Payload: new TextEncoder().encode(JSON.stringify(args['Payload'] ?? {})) },
    { ...context, ...placeOf(args.FunctionName ?? '', context) },
  );
  const { FunctionError, ExecutedVersion, StatusCode = 200 } = answer;
  if (FunctionError !== undefined) throw thrown(decode(answer.Payload));
  if (answer.Payload === undefined) return withSdkMetadata({ StatusCode }, cloud);
  return withSdkMetadata(
    {
      ExecutedVersion: ExecutedVersion ?? '$LATEST',
      Payload: decode(answer.Payload),
      StatusCode,
    },
    cloud,
  );
};

/** `lambda:invoke`, with `.waitForTaskToken`. */
export const lambdaInvoke: Integration = {
  request: (request) =>
    invoke(request).catch((error: unknown) => {
      throw optimizedFailure(error, 'lambda', names, request.cloud);
    }),
};
