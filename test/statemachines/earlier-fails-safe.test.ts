import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, expect, test } from 'vitest';
import { otherColor } from '../../functions/domain/target.ts';
import { byHand } from '../world/doors.ts';
import { failAt } from '../world/machine-faults.ts';
import { type Shifting, shiftingWorld } from '../world/shifting.ts';

// Goal: whatever step of a rollback to a named release dies, one color serves all users, and asking again leads where it was to go.
// Method: one world; each step that only this way has is killed at every try, then the same is asked again.
let shifting: Shifting;
let serial = 0;

const released = async (): Promise<string> => {
  const { world } = shifting;
  serial += 1;
  const record = await world.ended(await world.push({ version: `1.${serial}.0` }));
  expect(record).toMatchObject({ outcome: 'released' });
  return record.releaseId;
};

beforeAll(async () => {
  shifting = await shiftingWorld();
}, 120_000);

test.each([
  { dying: ['ApplyLastGood'], ends: 'abandoned', named: true },
  { dying: ['CheckLastGood'], ends: 'abandoned', named: true },
  { dying: ['CheckLastGood', 'AbandonRollback'], ends: 'stuck', named: true },
  // From here on it is under way: whoever asks for a rollback carries it on.
  { dying: ['PublishEarlier'], ends: 'stuck', named: false },
  { dying: ['RestoreStable'], ends: 'stuck', named: false },
])('fails safe: rollback --to: $dying', async ({ dying, ends, named }) => {
  const { world, production, users, watch } = shifting;
  const to = await released();
  await released();
  const live = await released();
  const failed = users.summary().failed;
  const request = {
    service: 'checkout',
    environment: 'production',
    to,
    reason: 'orders fail',
    by: 'ada',
  };
  const fault = failAt(world, {
    noun: 'rollback',
    states: dying,
    target: production.target,
    named: '',
  });
  const end = await byHand(world, 'rollback', request);
  fault.end();
  for (const state of dying) expect(fault.struck.get(state), state).toBeGreaterThan(0);
  if (ends === 'stuck') expect(end).toMatchObject({ status: 'FAILED', error: 'RolloutStuck' });
  else expect(end).toMatchObject({ output: { outcome: ends } });
  const { ledger } = world;
  expect(await ledger.live(production.target.targetId)).toMatchObject({ releaseId: live });
  expect(await production.rollout()).toMatchObject({
    phase: ends === 'stuck' ? 'stuck' : 'completed',
  });

  const { to: _, ...plain } = request;
  expect(await byHand(world, 'rollback', named ? request : plain)).toMatchObject({
    output: { outcome: 'rolledBack' },
  });
  const now = await ledger.live(production.target.targetId);
  expect(now).toMatchObject({ releaseId: to, lastGood: null });
  const good = now?.color ?? 'blue';
  expect(await production.weights()).toEqual({ [good]: 100, [otherColor(good)]: 0 });
  expect(await production.alias()).toEqual({ version: now?.pointerVersion, additional: {} });
  expect(await production.overrideOn()).toBe(false);
  expect(await production.lockOwner()).toBeNull();
  expect(await production.chainFault(live)).toBeNull();
  expect(users.summary().failed).toBe(failed);
  expect(watch.broken).toEqual([]);
});

test('rollback --to: an execution that is killed on the way is carried on by the next request', async () => {
  const { world, production } = shifting;
  const to = await released();
  await released();
  await released();
  const { targetId } = production.target;
  const request = { service: 'checkout', environment: 'production', reason: 'x', by: 'ada' };
  const arn = await production.startByHand('rollback', { ...request, to });
  await world.until('the claim', async () =>
    (await production.rollout())?.phase === 'rollingBack' ? true : undefined,
  );
  await world.client().send(new StopExecutionCommand({ executionArn: arn }));
  const end = await byHand(world, 'rollback', request);
  expect(end).toMatchObject({ output: { outcome: 'rolledBack' } });
  expect(await world.ledger.live(targetId)).toMatchObject({ releaseId: to });
});
