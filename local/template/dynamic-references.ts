import type { CallContext, CloudContext } from '../services/service.ts';
import { isObject, type Json } from './json.ts';
import { TemplateError } from './template.ts';

const REFERENCE = /\{\{resolve:([a-z-]+):([^}]+)\}\}/g;

const fromParameterStore = async (
  key: string,
  cloud: CloudContext,
  context: CallContext,
  decrypt: boolean,
): Promise<string> => {
  const answer = await cloud.call<{ Parameter: { Value: string } }>(
    'ssm',
    'GetParameter',
    { Name: key, WithDecryption: decrypt },
    context,
  );
  return answer.Parameter.Value;
};

/** `secret-id:SecretString:json-key:version-stage:version-id`, of which the id may be an ARN with colons. */
const fromSecretsManager = async (
  reference: string,
  cloud: CloudContext,
  context: CallContext,
): Promise<string> => {
  const parts = reference.split(':');
  const idLength = reference.startsWith('arn:') ? 7 : 1;
  const SecretId = parts.slice(0, idLength).join(':');
  const [, jsonKey, VersionStage, VersionId] = parts.slice(idLength);
  const answer = await cloud.call<{ SecretString: string }>(
    'secretsmanager',
    'GetSecretValue',
    { SecretId, ...(VersionStage && { VersionStage }), ...(VersionId && { VersionId }) },
    context,
  );
  if (!jsonKey) return answer.SecretString;
  const value = (JSON.parse(answer.SecretString) as Record<string, unknown>)[jsonKey];
  if (value === undefined) throw new TemplateError(`${SecretId} has no key ${jsonKey}`);
  return String(value);
};

const lookUp = (
  service: string,
  reference: string,
  cloud: CloudContext,
  context: CallContext,
): Promise<string> => {
  switch (service) {
    case 'ssm':
      return fromParameterStore(reference, cloud, context, false);
    case 'ssm-secure':
      return fromParameterStore(reference, cloud, context, true);
    case 'secretsmanager':
      return fromSecretsManager(reference, cloud, context);
    default:
      throw new TemplateError(
        `{{resolve:${service}:…}} is not known; known are ssm, ssm-secure, secretsmanager`,
      );
  }
};

/** Replaces `{{resolve:…}}` in all text of a value. */
export const resolveDynamicReferences = async (
  value: Json,
  cloud: CloudContext,
  context: CallContext,
): Promise<Json> => {
  if (typeof value === 'string') {
    if (!value.includes('{{resolve:')) return value;
    let text = value;
    for (const [whole, service = '', reference = ''] of value.matchAll(REFERENCE)) {
      const found = await lookUp(service, reference, cloud, context);
      text = text.replace(whole, () => found);
    }
    return text;
  }
  if (Array.isArray(value)) {
    return Promise.all(value.map((item) => resolveDynamicReferences(item, cloud, context)));
  }
  if (!isObject(value)) return value;
  const resolved: Record<string, Json> = {};
  for (const [name, child] of Object.entries(value)) {
    resolved[name] = await resolveDynamicReferences(child, cloud, context);
  }
  return resolved;
};
