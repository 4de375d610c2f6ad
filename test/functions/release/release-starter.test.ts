import { expect, test } from 'vitest';
import { executionsOf } from '../../../functions/adapters/executions.ts';
import { releaseStarter } from '../../../functions/adapters/release-starter.ts';
import { releaseIdOf } from '../../../functions/domain/release.ts';
import { CHECKOUT, digestOf, pipelineWorld, RELEASE_MACHINE } from '../pipeline-world.ts';

// Goal: a decision taken on what was true a moment ago is taken back by the conditional write that follows it.

test('release starter: a newer push between the decision and the write supersedes the older', async () => {
  const world = await pipelineWorld();
  const { ledger, runtime } = world;
  const starter = releaseStarter({
    runtime,
    env: { RELEASE_MACHINE_ARN: RELEASE_MACHINE },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    // What was read before the newer one came.
    ledger: { ...ledger, newest: async () => null },
    executions: executionsOf(world),
  });
  const image = (letter: string, pushedAt: string) => ({
    digest: digestOf(letter),
    tags: [letter],
    pushedAt,
    mediaType: null,
  });
  const occasion = { startedBy: 'push' as const, tag: null };
  await starter.consider(CHECKOUT, image('b', '2026-01-15T12:02:00.000Z'), occasion);
  await starter.consider(CHECKOUT, image('a', '2026-01-15T12:01:00.000Z'), occasion);
  const { configDigest } = CHECKOUT;
  const older = releaseIdOf('checkout', { digest: digestOf('a'), configDigest });
  const newer = releaseIdOf('checkout', { digest: digestOf('b'), configDigest });
  expect(world.starts).toEqual([`${newer}-1`]);
  expect(await ledger.release(older)).toMatchObject({ phase: 'ended', outcome: 'superseded' });
  expect(await ledger.newest('checkout')).toMatchObject({ releaseId: newer });
});
