/*
 * Imitates Lambda: functions whose code runs in this process (a published asset on disk, or text inline), each
 * invocation with its own runtime under `Symbol.for('lambda.runtime')`, credentials of the function's role, log
 * stream, time limit on the cloud's clock, and Lambda's words for what went wrong; versions, aliases with weights,
 * RevisionId, resource policies, reserved concurrency, asynchronous invocation with retries, destinations and dead
 * letters, event source mappings of SQS.
 * Does not: images, layers, function URLs, provisioned concurrency (it starts at once anyway), SnapStart, code from
 * ZIP bytes, streaming answers, mappings of streams, memory limits, cold starts; `process.env` and `console` of
 * handlers are this process's own.
 */
import { notImplemented } from '../aws-error.ts';
import type { ResourceProvider, ServiceModule } from '../service.ts';
import { Lambda } from './lambda-service.ts';
import { functionResource } from './resources/function.ts';
import {
  eventInvokeConfigResource,
  eventSourceMappingResource,
  permissionResource,
} from './resources/invocation.ts';
import { aliasResource, versionResource } from './resources/version-and-alias.ts';

const refused = (type: string): ResourceProvider => ({
  create() {
    throw notImplemented('lambda', `the resource type ${type}`);
  },
});

/** Lambda as the cloud loads it. */
export const lambdaModule: ServiceModule<Lambda> = {
  name: 'lambda',
  create: (cloud, place) => new Lambda(cloud, place),
  resources: {
    'AWS::Lambda::Function': functionResource,
    'AWS::Lambda::Version': versionResource,
    'AWS::Lambda::Alias': aliasResource,
    'AWS::Lambda::Permission': permissionResource,
    'AWS::Lambda::EventSourceMapping': eventSourceMappingResource,
    'AWS::Lambda::EventInvokeConfig': eventInvokeConfigResource,
    'AWS::Lambda::Url': refused('AWS::Lambda::Url'),
    'AWS::Lambda::LayerVersion': refused('AWS::Lambda::LayerVersion'),
  },
};
