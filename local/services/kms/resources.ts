import { AwsError, notImplemented } from '../aws-error.ts';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { KmsService } from './kms.ts';

const DAY = 86_400_000;

interface KeyProperties {
  readonly Description?: string;
  readonly Enabled?: boolean;
  readonly EnableKeyRotation?: boolean;
  readonly KeyPolicy?: unknown;
  readonly KeySpec?: string;
  readonly KeyUsage?: string;
  readonly MultiRegion?: boolean;
  readonly PendingWindowInDays?: number;
}

interface AliasProperties {
  readonly AliasName: string;
  readonly TargetKeyId: string;
}

const kms = ({ cloud, account, region }: ResourceContext): KmsService =>
  cloud.service<KmsService>('kms', { account, region });

const settings = (properties: KeyProperties) => ({
  description: properties.Description ?? '',
  enabled: properties.Enabled ?? true,
  rotation: properties.EnableKeyRotation ?? false,
  policy: properties.KeyPolicy,
});

/** `AWS::KMS::Key`: symmetric keys. */
export const keyResource: ResourceProvider = {
  create: (properties: KeyProperties, context) => {
    const { KeySpec = 'SYMMETRIC_DEFAULT', KeyUsage = 'ENCRYPT_DECRYPT' } = properties;
    if (KeySpec !== 'SYMMETRIC_DEFAULT') throw notImplemented('kms', `KeySpec ${KeySpec}`);
    if (KeyUsage !== 'ENCRYPT_DECRYPT') throw notImplemented('kms', `KeyUsage ${KeyUsage}`);
    const multiRegion = properties.MultiRegion ?? false;
    const key = kms(context).newKey({ ...settings(properties), multiRegion });
    return { physicalId: key.id, attributes: { Arn: key.arn, KeyId: key.id } };
  },
  update: (properties: KeyProperties, previous, context) => {
    const before: KeyProperties = previous.properties;
    for (const name of ['MultiRegion', 'KeySpec', 'KeyUsage'] as const) {
      if (properties[name] !== before[name]) {
        throw new AwsError('ValidationException', `${name} of a key cannot be changed`);
      }
    }
    const key = kms(context).find(previous.physicalId);
    if (key) Object.assign(key, settings(properties));
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: (previous, context) => {
    const { PendingWindowInDays: days = 30 } = previous.properties as KeyProperties;
    const service = kms(context);
    const key = service.find(previous.physicalId);
    if (key === undefined) return;
    key.deletionAt = context.cloud.clock.now() + days * DAY;
    context.cloud.clock.at(key.deletionAt, () => service.keys.delete(key.id));
  },
};

const target = ({ TargetKeyId }: AliasProperties, context: ResourceContext): string => {
  const key = kms(context).find(TargetKeyId);
  if (key) return key.id;
  throw new AwsError('NotFoundException', `Key '${TargetKeyId}' does not exist`);
};

/** `AWS::KMS::Alias`: its name replaces it. */
export const aliasResource: ResourceProvider = {
  create: (properties: AliasProperties, context) => {
    const { aliases } = kms(context);
    const { AliasName } = properties;
    if (aliases.has(AliasName)) {
      throw new AwsError(
        'AlreadyExistsException',
        `An alias with the name ${AliasName} already exists`,
      );
    }
    aliases.set(AliasName, target(properties, context));
    return { physicalId: AliasName, attributes: { AliasName } };
  },
  update: (properties: AliasProperties, previous, context) => {
    if (properties.AliasName !== previous.physicalId)
      return aliasResource.create(properties, context);
    kms(context).aliases.set(previous.physicalId, target(properties, context));
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: (previous, context) => {
    kms(context).aliases.delete(previous.physicalId);
  },
};
