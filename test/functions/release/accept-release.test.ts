import { describe, expect, test } from 'vitest';
import { releaseIdOf } from '../../../functions/domain/release.ts';
import { handler } from '../../../functions/release/accept-release.ts';
import { handler as conclude } from '../../../functions/release/conclude-release.ts';
import { handler as intake } from '../../../functions/release/intake.ts';
import { BUILT, CHECKOUT, digestOf, type PipelineWorld, pipelineWorld } from '../pipeline-world.ts';
import { batch, pushed } from './events-of-images.ts';

// Goal: a release begins only with what its sources confirm, and one execution carries it.

const A = digestOf('a');
const B = digestOf('b');
const idOf = (digest: string): string =>
  releaseIdOf('checkout', { digest, configDigest: CHECKOUT.configDigest });

/** Starts an execution by hand and has it accepted. */
const accept = (world: PipelineWorld, request: unknown, name = 'by-hand') => {
  const executionArn = world.arnOf(name);
  if (!world.executions.has(name))
    world.executions.set(name, { input: '', executionArn, status: 'RUNNING' });
  return world.invoke(handler, { request, executionArn, executionName: name });
};
const end = (world: PipelineWorld, name: string, outcome: string, release: unknown) =>
  world.invoke(conclude, {
    release,
    ending: { outcome, reason: 'it ended' },
    heldLocks: [],
    executionArn: world.arnOf(name),
  });

describe('accept-release: by hand', () => {
  test.each([
    ['a tag', { service: 'checkout', tag: '1.1.0' }],
    ['a digest', { service: 'checkout', digest: A }],
  ])('with %s is looked up and accepted, with its whole way', async (_name, request) => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    const answer = await accept(world, request);
    expect(answer).toMatchObject({
      decision: 'accepted',
      outcome: null,
      reason: null,
      release: { releaseId: idOf(A), digest: A, version: '1.1.0', attempt: 1 },
    });
    expect(answer.steps).toEqual([
      { environment: 'dev', region: 'eu-west-1', targetId: 'checkout/dev/eu-west-1', first: true },
      {
        environment: 'production',
        region: 'eu-west-1',
        targetId: 'checkout/production/eu-west-1',
        first: true,
      },
      {
        environment: 'production',
        region: 'eu-central-1',
        targetId: 'checkout/production/eu-central-1',
        first: false,
      },
    ]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({
      executionArn: world.arnOf('by-hand'),
      startedBy: 'hand',
    });
  });

  test.each([
    [
      'an unknown service',
      { service: 'chekout', tag: '1.1.0' },
      /no service "chekout"; registered are checkout/,
    ],
    [
      'an unknown tag',
      { service: 'checkout', tag: '9.9.9' },
      /no image tagged 9\.9\.9; its newest tags are 1\.1\.0/,
    ],
    ['an unknown digest', { service: 'checkout', digest: B }, /no image sha256:bbbb/],
    [
      'half a digest',
      { service: 'checkout', digest: 'sha256:12' },
      /digest: must be sha256: and 64/,
    ],
    ['neither tag nor digest', { service: 'checkout' }, /needs exactly one of digest and tag/],
    [
      'both',
      { service: 'checkout', tag: '1.1.0', digest: A },
      /needs exactly one of digest and tag/,
    ],
    ['a misspelt key', { service: 'checkout', tagg: '1.1.0' }, /tagg/],
    ['nothing', {}, /service/],
    ['a word', 'release it', /expected object/],
    [
      'a release that the ledger does not have',
      { service: 'checkout', digest: A, releaseId: 'x' },
      /no release x/,
    ],
  ])(
    '%s is refused in words that name it, and nothing is written',
    async (_name, request, words) => {
      const world = await pipelineWorld();
      world.push(A, '1.1.0');
      await expect(accept(world, request)).rejects.toMatchObject({
        name: 'ReleaseRefused',
        message: expect.stringMatching(words),
      });
      expect(await world.ledger.openReleaseIds()).toEqual([]);
      expect(await world.ledger.newest('checkout')).toBeNull();
    },
  );

  test('a target that is not registered is named', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await world.ledger.removeTarget('checkout/dev/eu-west-1');
    await expect(accept(world, { service: 'checkout', tag: '1.1.0' })).rejects.toThrow(
      'no target checkout/dev/eu-west-1; deploy its stack first',
    );
  });

  test('an older image is refused as superseded, and goes with a reason: an explicit, recorded act', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0', 600);
    world.push(B, '1.2.0');
    await world.invoke(intake, batch(pushed(B, '1.2.0')));
    const refused = await accept(world, { service: 'checkout', tag: '1.1.0' }, 'one');
    expect(refused).toMatchObject({ decision: 'refused', outcome: 'superseded' });
    expect(refused.reason).toContain('give a reason');
    await end(world, 'one', 'superseded', refused.release);
    const request = { service: 'checkout', tag: '1.1.0', reason: '1.2.0 loses orders' };
    const accepted = await accept(world, request, 'two');
    expect(accepted).toMatchObject({ decision: 'accepted', release: { attempt: 2 } });
    expect(await world.ledger.newest('checkout')).toMatchObject({ digest: A });
  });

  test('a quarantined pair is refused before anything is written; one that intake started ends rejected', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    const bad = { service: 'checkout', digest: A, configDigest: CHECKOUT.configDigest };
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    const started = JSON.parse(world.executions.get(`${idOf(A)}-1`)?.input ?? '');
    await world.ledger.quarantine({
      ...bad,
      reason: 'bad answers',
      rolloutId: 'r-1',
      at: '2026-01-01T00:00:00.000Z',
    });
    const before = await world.ledger.release(idOf(A));
    await expect(accept(world, { service: 'checkout', digest: A })).rejects.toThrow(/bad answers/);
    expect(await world.ledger.release(idOf(A))).toEqual(before);
    const answer = await accept(world, started, `${idOf(A)}-1`);
    expect(answer).toMatchObject({ decision: 'refused', outcome: 'rejected' });
    expect(answer.reason).toContain('bad answers');
  });

  test('a service with a build project needs a run that proves the image; it is looked up', async () => {
    const world = await pipelineWorld(BUILT);
    world.push(A, '1.1.0');
    await expect(accept(world, { service: 'checkout', digest: A }, 'one')).rejects.toThrow(
      /no successful run of checkout exports/,
    );
    expect(await world.ledger.release(idOf(A))).toBeNull();
    world.runs.set('checkout:1', { status: 'SUCCEEDED', exported: { IMAGE_DIGEST: A } });
    const proven = await accept(world, { service: 'checkout', digest: A }, 'two');
    expect(proven).toMatchObject({ decision: 'accepted', release: { attempt: 1 } });
  });

  test('a release that had its time goes out once more over a newer one, with a reason', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.0.0', 120);
    world.push(B, '1.1.0');
    for (const [digest, name] of [
      [A, 'one'],
      [B, 'two'],
    ] as const) {
      const { release } = await accept(world, { service: 'checkout', digest }, name);
      await end(world, name, 'released', release);
    }
    const request = { service: 'checkout', digest: A };
    expect(await accept(world, request, 'bare')).toMatchObject({ decision: 'joined' });
    const back = await accept(world, { ...request, reason: 'orders fail' }, 'reasoned');
    expect(back).toMatchObject({ decision: 'accepted', release: { attempt: 2 } });
    expect(await world.ledger.newest('checkout')).toMatchObject({ digest: A });
  });
});

describe('accept-release: one execution carries a release', () => {
  const request = { service: 'checkout', tag: '1.1.0' };

  test('a second execution joins while the first is alive', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await accept(world, request, 'one');
    const second = await accept(world, request, 'two');
    expect(second).toMatchObject({ decision: 'joined', release: { releaseId: idOf(A) } });
    expect(await world.ledger.release(idOf(A))).toMatchObject({ executionArn: world.arnOf('one') });
  });

  test('the step retried by the same execution is accepted again, under the same attempt', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await accept(world, request, 'one');
    expect(await accept(world, request, 'one')).toMatchObject({
      decision: 'accepted',
      release: { attempt: 1 },
    });
  });

  test('a dead execution’s release is taken on as the next attempt', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await accept(world, request, 'one');
    const one = world.executions.get('one');
    if (one) one.status = 'ABORTED';
    expect(await accept(world, request, 'two')).toMatchObject({
      decision: 'accepted',
      release: { attempt: 2 },
    });
  });

  test.each([
    ['released', 'joined'],
    ['stuck', 'joined'],
    ['failed', 'accepted'],
    ['rejected', 'accepted'],
    ['rolledBack', 'accepted'],
  ])('one that has ended %s is %s when asked for by hand again', async (outcome, decision) => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    const { release } = await accept(world, request, 'one');
    await end(world, 'one', outcome, release);
    expect(await accept(world, request, 'two')).toMatchObject({ decision });
  });

  test('intake’s own execution is accepted; an obsolete attempt joins', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    const first = JSON.parse(world.executions.get(`${idOf(A)}-1`)?.input ?? '');
    const one = world.executions.get(`${idOf(A)}-1`);
    if (one) one.status = 'FAILED';
    await world.invoke(intake, batch(pushed(A, '1.1.0')));
    const second = JSON.parse(world.executions.get(`${idOf(A)}-2`)?.input ?? '');
    expect(await accept(world, first, `${idOf(A)}-1`)).toMatchObject({ decision: 'joined' });
    expect(await accept(world, second, `${idOf(A)}-2`)).toMatchObject({
      decision: 'accepted',
      release: { attempt: 2 },
    });
  });
});
