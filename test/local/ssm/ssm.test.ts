import { expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { ssmModule } from '../../../local/services/ssm/module.ts';

const place = { account: '111111111111', region: 'eu-west-1' };
const make = () => {
  const cloud = new Cloud({ clock: new VirtualClock(0), seed: 1, modules: [ssmModule] });
  return <T = Record<string, unknown>>(operation: string, input: object) =>
    cloud.call<T>('ssm', operation, input, { ...place, principal: operatorOf(place.account) });
};

test('ssm: versions: the newest unless one is asked for; nothing is overwritten unasked', async () => {
  const call = make();
  await call('PutParameter', { Name: '/a/b', Value: '1', Type: 'String' });
  const again = { Name: '/a/b', Value: '2', Type: 'String' };
  await expect(call('PutParameter', again)).rejects.toMatchObject({
    name: 'ParameterAlreadyExists',
  });
  expect(await call('PutParameter', { ...again, Overwrite: true })).toMatchObject({ Version: 2 });
  expect(await call('GetParameter', { Name: '/a/b' })).toMatchObject({
    Parameter: { Value: '2', ARN: 'arn:aws:ssm:eu-west-1:111111111111:parameter/a/b' },
  });
  expect(await call('GetParameter', { Name: '/a/b:1' })).toMatchObject({
    Parameter: { Value: '1', Selector: ':1' },
  });
});

test('ssm: GetParameters: tells which are not there; GetParameter fails', async () => {
  const call = make();
  await call('PutParameter', { Name: 'x', Value: '1', Type: 'String' });
  expect(await call('GetParameters', { Names: ['x', 'y'] })).toMatchObject({
    Parameters: [{ Name: 'x' }],
    InvalidParameters: ['y'],
  });
  await expect(call('GetParameter', { Name: 'y' })).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
});

test('ssm: SecureString: is given out only when decryption is asked for', async () => {
  const call = make();
  await call('PutParameter', { Name: 's', Value: 'secret', Type: 'SecureString' });
  const read = (WithDecryption: boolean) =>
    call<{ Parameter: { Value: string } }>('GetParameter', { Name: 's', WithDecryption });
  expect((await read(false)).Parameter.Value).not.toContain('secret');
  expect((await read(true)).Parameter.Value).toBe('secret');
});
