import type { Resource } from '../resource.ts';
import { awsSdk, isSdkService } from './aws-sdk.ts';
import type { Integration, Integrations } from './integration.ts';
import { lambdaInvoke } from './lambda.ts';
import { optimized } from './optimized.ts';
import { startExecution } from './start-execution.ts';

const tokenless: ReadonlySet<string> = new Set([
  'dynamodb:deleteItem',
  'dynamodb:getItem',
  'dynamodb:putItem',
  'dynamodb:updateItem',
]);

const sdkIntegrations = new Map<string, Integration>();

const found = (key: string): Integration | undefined => {
  if (key === 'lambda:invoke') return lambdaInvoke;
  if (key === 'states:startExecution') return startExecution;
  if (Object.hasOwn(optimized, key)) return optimized[key];
  const [head, service = '', action = ''] = key.split(':');
  if (head !== 'aws-sdk' || !isSdkService(service)) return undefined;
  let integration = sdkIntegrations.get(key);
  if (integration === undefined) {
    integration = awsSdk(service, action);
    sdkIntegrations.set(key, integration);
  }
  return integration;
};

/** Finds the integration for a resource, if it is one that Step Functions has and the local cloud does. */
export const integrations: Integrations = (resource: Resource) => {
  const key = `${resource.resourceType}:${resource.action}`;
  const integration = found(key);
  if (resource.pattern === 'sync' && integration?.follow === undefined) return undefined;
  if (resource.pattern === 'token' && tokenless.has(key)) return undefined;
  return integration;
};
