import { createCipheriv, createDecipheriv } from 'node:crypto';
import type {
  DecryptCommandInput,
  DescribeKeyCommandInput,
  EncryptCommandInput,
  GenerateDataKeyCommandInput,
  KeyMetadata,
} from '@aws-sdk/client-kms';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { CloudContext, Operation, Place, Service } from '../service.ts';

/** A key and what it encrypts with. */
export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly secret: Uint8Array;
  readonly multiRegion: boolean;
  description: string;
  enabled: boolean;
  rotation: boolean;
  policy: unknown;
  /** When it will be gone, where its deletion is scheduled. */
  deletionAt: number | undefined;
}

/** KMS as its neighbours use it. */
export interface KmsService extends Service {
  readonly keys: Map<string, KmsKey>;
  /** Alias name (`alias/x`) to key id. */
  readonly aliases: Map<string, string>;
  /** By id, ARN, alias name or alias ARN. */
  find(reference: string): KmsKey | undefined;
  newKey(properties: {
    description: string;
    policy: unknown;
    enabled: boolean;
    rotation: boolean;
    multiRegion: boolean;
  }): KmsKey;
}

const ID_LENGTH = 36;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;

const contextBytes = (context: Record<string, string> | undefined): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(Object.entries(context ?? {}).sort()));

const invalidCiphertext = (): AwsError => new AwsError('InvalidCiphertextException', '');

/** KMS of one account and Region. */
export class Kms implements KmsService {
  readonly keys = new Map<string, KmsKey>();
  readonly aliases = new Map<string, string>();
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #cloud: CloudContext;
  readonly #place: Place;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
    this.operations = {
      DescribeKey: ({ KeyId }: DescribeKeyCommandInput) => ({
        KeyMetadata: this.#metadata(this.#key(KeyId)),
      }),
      Encrypt: (input: EncryptCommandInput) => {
        const key = this.#usable(input.KeyId);
        this.#onlyDefault(input.EncryptionAlgorithm, 'Encrypt.EncryptionAlgorithm');
        return {
          CiphertextBlob: this.#encrypt(
            key,
            input.Plaintext ?? new Uint8Array(),
            input.EncryptionContext,
          ),
          KeyId: key.arn,
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      },
      Decrypt: (input: DecryptCommandInput) => this.#decrypt(input),
      GenerateDataKey: (input: GenerateDataKeyCommandInput) => {
        const key = this.#usable(input.KeyId);
        const length = input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32);
        const Plaintext = this.#bytes(length);
        const CiphertextBlob = this.#encrypt(key, Plaintext, input.EncryptionContext);
        return { Plaintext, CiphertextBlob, KeyId: key.arn };
      },
      ListAliases: () => ({
        Aliases: [...this.aliases].map(([AliasName, TargetKeyId]) => ({
          AliasName,
          AliasArn: this.#arn(AliasName),
          TargetKeyId,
        })),
        Truncated: false,
      }),
    };
  }

  find(reference: string): KmsKey | undefined {
    const name = reference.replace(/^arn:[^:]+:kms:[^:]*:[^:]*:/, '').replace(/^key\//, '');
    return this.keys.get(name.startsWith('alias/') ? (this.aliases.get(name) ?? '') : name);
  }

  newKey(properties: Parameters<KmsService['newKey']>[0]): KmsKey {
    const uuid = this.#cloud.uuid();
    const id = properties.multiRegion ? `mrk-${uuid.replaceAll('-', '')}` : uuid;
    const key: KmsKey = {
      ...properties,
      id,
      arn: this.#arn(`key/${id}`),
      createdAt: this.#cloud.clock.now(),
      secret: this.#bytes(32),
      deletionAt: undefined,
    };
    this.keys.set(id, key);
    return key;
  }

  #arn(resource: string): string {
    return `arn:aws:kms:${this.#place.region}:${this.#place.account}:${resource}`;
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.#cloud.random() * 256));
  }

  #onlyDefault(algorithm: string | undefined, field: string): void {
    if (algorithm !== undefined && algorithm !== 'SYMMETRIC_DEFAULT')
      throw notImplemented('kms', field);
  }

  #key(reference: string | undefined): KmsKey {
    const key = this.find(reference ?? '');
    if (key) return key;
    const shown = reference?.startsWith('alias/') ? this.#arn(reference) : reference;
    throw new AwsError(
      'NotFoundException',
      reference?.includes('alias/')
        ? `Alias ${shown} is not found.`
        : `Key '${shown}' does not exist`,
    );
  }

  #usable(reference: string | undefined): KmsKey {
    const key = this.#key(reference);
    if (key.deletionAt !== undefined) {
      throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
    }
    if (!key.enabled) throw new AwsError('DisabledException', `${key.arn} is disabled.`);
    return key;
  }

  /** Key id, nonce, tag, then the text: the real blob's form is AWS's own. */
  #encrypt(key: KmsKey, plaintext: Uint8Array, context?: Record<string, string>): Uint8Array {
    const iv = this.#bytes(IV_LENGTH);
    const cipher = createCipheriv('aes-256-gcm', key.secret, iv).setAAD(contextBytes(context));
    const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const id = Buffer.from(key.id.padEnd(ID_LENGTH));
    return Uint8Array.from(Buffer.concat([id, iv, cipher.getAuthTag(), text]));
  }

  #decrypt(input: DecryptCommandInput) {
    this.#onlyDefault(input.EncryptionAlgorithm, 'Decrypt.EncryptionAlgorithm');
    const blob = Buffer.from(input.CiphertextBlob ?? []);
    const known = this.keys.get(blob.subarray(0, ID_LENGTH).toString().trim());
    if (known === undefined) throw invalidCiphertext();
    if (input.KeyId !== undefined && this.#key(input.KeyId) !== known) {
      throw new AwsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    }
    const key = this.#usable(known.id);
    const iv = blob.subarray(ID_LENGTH, ID_LENGTH + IV_LENGTH);
    const tag = blob.subarray(ID_LENGTH + IV_LENGTH, ID_LENGTH + IV_LENGTH + TAG_LENGTH);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.secret, iv, {
        authTagLength: TAG_LENGTH,
      })
        .setAAD(contextBytes(input.EncryptionContext))
        .setAuthTag(tag);
      const text = blob.subarray(ID_LENGTH + IV_LENGTH + TAG_LENGTH);
      const Plaintext = Uint8Array.from(Buffer.concat([decipher.update(text), decipher.final()]));
      return { Plaintext, KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    } catch {
      throw invalidCiphertext();
    }
  }

  #metadata(key: KmsKey): KeyMetadata {
    const pending = key.deletionAt !== undefined;
    return {
      AWSAccountId: this.#place.account,
      KeyId: key.id,
      Arn: key.arn,
      CreationDate: new Date(key.createdAt),
      Enabled: key.enabled && !pending,
      Description: key.description,
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: pending ? 'PendingDeletion' : key.enabled ? 'Enabled' : 'Disabled',
      ...(key.deletionAt !== undefined && { DeletionDate: new Date(key.deletionAt) }),
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: key.multiRegion,
    };
  }
}
