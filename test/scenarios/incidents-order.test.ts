import { PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { executionsOf } from '../world/doors.ts';
import { put, unpushed } from '../world/images.ts';
import { pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';
import { faultsOf } from '../world/soundness.ts';

// Goal: one release's trouble is not the next one's, and what is released is what was tested: docs/incidents.md says whose trouble.
// Method: one world in which 1.0.0 is live; releases that are stopped, that follow each other, and a tag that moves.
const MINUTE = 60_000;
let shifting: Shifting;
vi.setConfig({ testTimeout: 120_000 });

beforeAll(async () => {
  shifting = await shiftingWorld();
}, 120_000);

const live = () => shifting.world.ledger.live(shifting.production.target.targetId);

describe('incident: one failed promotion blocks all that follow', () => {
  test('a release and its rollout are stopped and nobody helps: the next digest is released', async () => {
    const { world } = shifting;
    const rollout = await pushedTo(shifting, '1.1.0', 40);
    const release = await world.release(rollout.digest);
    for (const executionArn of [release?.executionArn ?? '', rollout.executionArn ?? '']) {
      await world.client().send(new StopExecutionCommand({ executionArn }));
    }
    const next = await world.push({ version: '1.2.0' });
    expect(await world.ended(next, 60)).toMatchObject({ outcome: 'released' });
    expect(await live()).toMatchObject({ digest: next });
    await world.clock.advance(20 * MINUTE);
    expect(await faultsOf(world)).toEqual([]);
  });
});

describe('incident: a train of releases', () => {
  test('five pushed while one shifts: it ends undisturbed, the newest follows, the four between never start', async () => {
    const { world } = shifting;
    const first = await pushedTo(shifting, '2.0.0', 40);
    const digests: string[] = [];
    for (const version of ['2.1.0', '2.2.0', '2.3.0', '2.4.0', '2.5.0']) {
      digests.push(await world.push({ version }));
      await world.clock.advance(20_000);
    }
    expect(await world.ended(first.digest)).toMatchObject({ outcome: 'released' });
    const newest = digests.at(-1) ?? '';
    expect(await world.ended(newest)).toMatchObject({ outcome: 'released' });
    for (const digest of digests.slice(0, -1)) {
      expect(await world.ended(digest)).toMatchObject({ outcome: 'superseded' });
    }
    expect(await live()).toMatchObject({ digest: newest, lastGood: { digest: first.digest } });
    const rollouts = await executionsOf(world, 'rollout');
    expect(rollouts.filter((name) => name.includes('-production-')).slice(-2)).toHaveLength(2);
    expect(await faultsOf(world)).toEqual([]);
  });
});

describe('incident: the tag moved', () => {
  test('while its release shifts, its tag is put on another image: what was tested goes on, the other is its own release', async () => {
    const { world } = shifting;
    const tested = unpushed('3.0.0');
    const other = unpushed('3.0.0-moved');
    await put(world, tested, 'v9');
    const rollout = await shifting.production.untilShare(40);
    expect(rollout.digest).toBe(tested.digest);
    await expect(put(world, other, 'v9')).rejects.toThrow(/immutable/);
    const repositoryName = 'shop/checkout';
    await world
      .client()
      .send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'MUTABLE' }));
    await put(world, other, 'v9');
    expect(await world.ended(tested.digest)).toMatchObject({ outcome: 'released' });
    const pods = shifting.production.kubernetes.store.list('Pod', 'checkout');
    const serving = pods.filter(({ metadata }) =>
      metadata.name.startsWith(`checkout-${rollout.color}-`),
    );
    expect(serving.length).toBeGreaterThan(0);
    for (const pod of serving) expect(JSON.stringify(pod)).toContain(tested.digest);

    const second = await world.ended(other.digest);
    expect(second).toMatchObject({ outcome: 'released', digest: other.digest });
    const kinds = (await world.ledger.events(second.releaseId)).map(({ kind }) => kind);
    expect(kinds).toContain('ScanJudged');
    expect(await live()).toMatchObject({
      digest: other.digest,
      lastGood: { digest: tested.digest },
    });
  });
});
