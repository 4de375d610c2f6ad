import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { cloudformationModule } from '../../../local/services/cloudformation/module.ts';
import { kmsModule } from '../../../local/services/kms/module.ts';
import { deployStack } from '../../../local/template/deploy-stack.ts';
import type { StackStore } from '../../../local/template/stack.ts';
import { readTemplate } from '../../../local/template/template.ts';

const place = { account: '111111111111', region: 'eu-west-1' };

const make = async () => {
  const clock = new VirtualClock(0);
  const cloud = new Cloud({ clock, seed: 1, modules: [kmsModule, cloudformationModule] });
  const deploy = (Resources: Record<string, unknown>) =>
    deployStack(cloud, cloud.service<StackStore & { operations: never }>('cloudformation', place), {
      name: 'S',
      template: readTemplate({ Resources }),
    });
  const resources = {
    Key: { Type: 'AWS::KMS::Key', Properties: { Description: 'd', PendingWindowInDays: 7 } },
    Alias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/mine', TargetKeyId: { Ref: 'Key' } },
    },
  };
  const { stack } = await deploy(resources);
  const call = <T = Record<string, unknown>>(operation: string, input: unknown) =>
    cloud.call<T>('kms', operation, input, { ...place, principal: operatorOf(place.account) });
  const arn = String(stack.resources.get('Key')?.attributes['Arn']);
  return { clock, deploy, resources, call, arn };
};
const bytes = (text: string) => new TextEncoder().encode(text);

describe('kms', () => {
  test('kms: what is encrypted under an alias is decrypted, with the same context only', async () => {
    const { call, arn } = await make();
    const EncryptionContext = { a: '1', b: '2' };
    const { CiphertextBlob, KeyId } = await call<{ CiphertextBlob: Uint8Array; KeyId: string }>(
      'Encrypt',
      { KeyId: 'alias/mine', Plaintext: bytes('secret'), EncryptionContext },
    );
    expect(KeyId).toBe(arn);
    expect(Buffer.from(CiphertextBlob).includes('secret')).toBe(false);
    const { Plaintext } = await call<{ Plaintext: Uint8Array }>('Decrypt', {
      CiphertextBlob,
      EncryptionContext: { b: '2', a: '1' },
    });
    expect(Plaintext).toEqual(bytes('secret'));
    await expect(call('Decrypt', { CiphertextBlob })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    const changed = CiphertextBlob.map((byte, index) =>
      index === CiphertextBlob.length - 1 ? byte ^ 1 : byte,
    );
    await expect(
      call('Decrypt', { CiphertextBlob: changed, EncryptionContext }),
    ).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  test('kms: a data key comes plain and wrapped', async () => {
    const { call } = await make();
    const key = await call<{ Plaintext: Uint8Array; CiphertextBlob: Uint8Array }>(
      'GenerateDataKey',
      { KeyId: 'alias/mine', KeySpec: 'AES_256' },
    );
    expect(key.Plaintext).toHaveLength(32);
    expect(await call('Decrypt', { CiphertextBlob: key.CiphertextBlob })).toMatchObject({
      Plaintext: key.Plaintext,
    });
  });

  test('kms: a removed key waits for its end, unusable, then is gone', async () => {
    const { call, arn, deploy, clock } = await make();
    await deploy({});
    expect(await call('DescribeKey', { KeyId: arn })).toMatchObject({
      KeyMetadata: { KeyState: 'PendingDeletion', Enabled: false },
    });
    await expect(call('Encrypt', { KeyId: arn, Plaintext: bytes('x') })).rejects.toMatchObject({
      name: 'KMSInvalidStateException',
    });
    await clock.advance(7 * 86_400_000);
    await expect(call('DescribeKey', { KeyId: arn })).rejects.toThrow('does not exist');
  });

  test('kms: a disabled key refuses; an unknown alias is named', async () => {
    const { call, deploy, resources } = await make();
    await deploy({ ...resources, Key: { Type: 'AWS::KMS::Key', Properties: { Enabled: false } } });
    await expect(
      call('Encrypt', { KeyId: 'alias/mine', Plaintext: bytes('x') }),
    ).rejects.toMatchObject({ name: 'DisabledException' });
    await expect(call('DescribeKey', { KeyId: 'alias/other' })).rejects.toThrow(
      'Alias arn:aws:kms:eu-west-1:111111111111:alias/other is not found.',
    );
  });
});
