import type { Cloud } from '../cloud.ts';
import { AwsError, notImplemented } from '../services/aws-error.ts';
import { callerOf, scopeOf } from './caller.ts';
import { CBOR_PATH, cborProtocol } from './cbor-protocol.ts';
import { jsonProtocol } from './json-protocol.ts';
import { asWireError, type Protocol, type WireRequest, type WireResponse } from './message.ts';
import { queryProtocol } from './query-protocol.ts';
import { checkRequired } from './required.ts';
import { restJsonProtocol } from './rest-json-protocol.ts';
import { type ServiceModel, serviceModel } from './service-model.ts';

const json10 = jsonProtocol('1.0');
const json11 = jsonProtocol('1.1');

/** The protocol that a request speaks, as its own marks say: services take more than one. */
export const protocolOf = (request: WireRequest): Protocol => {
  const type = request.headers['content-type'] ?? '';
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor' || CBOR_PATH.test(request.path)) {
    return cborProtocol;
  }
  if (request.headers['x-amz-target'] !== undefined || type.includes('x-amz-json')) {
    return type.includes('1.0') ? json10 : json11;
  }
  if (type.startsWith('application/x-www-form-urlencoded') || request.query.has('Action')) {
    return queryProtocol;
  }
  return restJsonProtocol;
};

const unsigned = (): AwsError =>
  new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', {
    status: 403,
  });

/** Answers one request of any service. */
export const answer = async (
  cloud: Cloud,
  request: WireRequest,
  account: string,
  requestId: string,
): Promise<WireResponse> => {
  const protocol = protocolOf(request);
  let model: ServiceModel | undefined;
  try {
    const scope = scopeOf(request);
    if (scope === undefined) throw unsigned();
    model = await serviceModel(scope.service);
    if (model === undefined) throw notImplemented(scope.service, 'anything over HTTP');
    const caller = callerOf(cloud, scope, account);
    const { operation, input } = protocol.read(request, model);
    checkRequired(operation.input, input);
    const output = await cloud.call(model.service, operation.name, input, caller);
    return protocol.write(operation, output, model, requestId);
  } catch (error) {
    if (!(error instanceof AwsError)) {
      const said = error instanceof Error ? error.stack : String(error);
      cloud.warn(`door: ${request.method} ${request.path}: ${said}`);
    }
    return protocol.fail(asWireError(error), model, requestId);
  }
};
