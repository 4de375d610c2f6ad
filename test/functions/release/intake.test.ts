import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../../functions/domain/chain.ts';
import { releaseIdOf } from '../../../functions/domain/release.ts';
import { handler } from '../../../functions/release/intake.ts';
import { BUILT, CHECKOUT, digestOf, type PipelineWorld, pipelineWorld } from '../pipeline-world.ts';
import { batch, buildEnded, pushed, sample } from './events-of-images.ts';

// Goal: whatever events come, however often, late and in whatever order, each image gets exactly one release, and the newest wins.
// Method: the real handler over the local cloud's DynamoDB; registry, builds and Step Functions as tables of facts.

const A = digestOf('a');
const B = digestOf('b');
const idOf = (digest: string, service = CHECKOUT): string =>
  releaseIdOf(service.service, { digest, configDigest: service.configDigest });
const BUILD = 'arn:aws:codebuild:eu-west-1:999999999999:build/checkout:1';

const take = (world: PipelineWorld, ...events: unknown[]) =>
  world.invoke(handler, batch(...events));
const failedItems = async (world: PipelineWorld, ...events: unknown[]): Promise<string[]> =>
  (await take(world, ...events)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
const chainOf = async ({ ledger }: PipelineWorld, digest: string, service = CHECKOUT) => {
  const id = idOf(digest, service);
  return verifyChain(await ledger.events(id), await ledger.head(id));
};

describe('intake: pushes', () => {
  test('a push starts one release under a name that says which', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    expect(await failedItems(world, pushed(A, '1.1.0'))).toEqual([]);
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({
      digest: A,
      version: '1.1.0',
      phase: 'gating',
      outcome: null,
      startedBy: 'push',
      attempt: 1,
    });
    expect(await world.ledger.newest('checkout')).toMatchObject({ digest: A });
    expect(await chainOf(world, A)).toBeNull();
  });

  test('the same event three times, in one batch and in three, is one release', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await take(world, pushed(A, '1.1.0'), pushed(A, '1.1.0'), pushed(A, '1.1.0'));
    await take(world, pushed(A, '1.1.0'));
    await take(world, pushed(A, '1.1.0'));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
    expect(await world.ledger.events(idOf(A))).toHaveLength(1);
  });

  test('an event that comes again after its release has ended starts nothing', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await take(world, pushed(A, '1.1.0'));
    const execution = world.executions.get(`${idOf(A)}-1`);
    if (execution) execution.status = 'SUCCEEDED';
    await take(world, pushed(A, '1.1.0'));
    expect(world.starts).toHaveLength(1);
  });

  test('killed after StartExecution: the message comes again and ends in exactly one release', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    world.disturb((operation, moment) =>
      operation === 'StartExecution' && moment === 'after' ? new Error('killed') : undefined,
    );
    expect(await failedItems(world, pushed(A, '1.1.0'))).toEqual(['message-0']);
    world.calm();
    expect(await failedItems(world, pushed(A, '1.1.0'))).toEqual([]);
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('killed before StartExecution: the message comes again and starts the release', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    world.disturb((operation, moment) =>
      operation === 'StartExecution' && moment === 'before' ? new Error('killed') : undefined,
    );
    expect(await failedItems(world, pushed(A, '1.1.0'))).toEqual(['message-0']);
    expect(world.starts).toEqual([]);
    world.calm();
    await take(world, pushed(A, '1.1.0'));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('an execution that failed is followed by the next attempt, once', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await take(world, pushed(A, '1.1.0'));
    const execution = world.executions.get(`${idOf(A)}-1`);
    if (execution) execution.status = 'FAILED';
    await take(world, pushed(A, '1.1.0'), pushed(A, '1.1.0'));
    expect(world.starts).toEqual([`${idOf(A)}-1`, `${idOf(A)}-2`]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({ attempt: 2, outcome: null });
  });

  test('an event that arrives after a newer push: the older is recorded superseded and never starts', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0', 120);
    world.push(B, '1.2.0');
    await take(world, pushed(B, '1.2.0'));
    await take(world, pushed(A, '1.1.0'));
    expect(world.starts).toEqual([`${idOf(B)}-1`]);
    expect(await world.ledger.newest('checkout')).toMatchObject({ digest: B });
    expect(await world.ledger.release(idOf(A))).toMatchObject({
      phase: 'ended',
      outcome: 'superseded',
    });
    expect(await world.ledger.openReleaseIds()).toEqual([idOf(B)]);
  });

  test('any order and any repetition of the events leaves the newest push newest, each started at most once', async () => {
    const digests = ['a', 'b', 'c'].map(digestOf);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 7 }),
        async (order) => {
          const world = await pipelineWorld();
          digests.forEach((digest, index) => {
            world.push(digest, `1.${index}.0`, 300 - index * 60);
          });
          for (const index of order)
            expect(await failedItems(world, pushed(digests[index] ?? A, `1.${index}.0`))).toEqual(
              [],
            );
          const newest = digests[Math.max(...order)] ?? A;
          expect(await world.ledger.newest('checkout')).toMatchObject({ digest: newest });
          expect(new Set(world.starts).size).toBe(world.starts.length);
          expect(world.starts).toContain(`${idOf(newest)}-1`);
          for (const index of new Set(order))
            expect(await chainOf(world, digests[index] ?? A)).toBeNull();
        },
      ),
      { numRuns: 15, seed: 3 },
    );
  });

  test('a quarantined pair starts nothing, and that it came again is recorded', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.2.0');
    await world.ledger.quarantine({
      service: 'checkout',
      digest: A,
      configDigest: CHECKOUT.configDigest,
      reason: 'bad answers',
      rolloutId: 'r-1',
      at: '2026-01-01T00:00:00.000Z',
    });
    await take(world, pushed(A, '1.2.0'));
    expect(world.starts).toEqual([]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({ outcome: 'rejected' });
    const kinds = (await world.ledger.events(idOf(A))).map(({ kind }) => kind);
    expect(kinds).toContain('QuarantinedPairPushed');
  });

  test('what the event says is not believed: the tag and the time are the registry’s', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    await take(world, { ...pushed(A, 'stolen'), time: '2031-01-01T00:00:00Z' });
    expect(await world.ledger.release(idOf(A))).toMatchObject({
      version: '1.1.0',
      imagePushedAt: new Date(world.images.get(A)?.pushedAt ?? 0).toISOString(),
    });
  });
});

describe('intake: bad input', () => {
  test.each([
    ['no JSON', '{'],
    ['the documented sample, whose digest is no digest', sample('image-pushed.documented')],
    ['a deletion', sample('image-deleted')],
    ['an event of something else', sample('deployment-state-changed')],
    ['an empty object', {}],
  ])(
    '%s is reported as failed, so that the dead-letter queue keeps it, and starts nothing',
    async (_name, event) => {
      const world = await pipelineWorld();
      world.push(A, '1.1.0');
      expect(await failedItems(world, event, pushed(A, '1.1.0'))).toEqual(['message-0']);
      expect(world.starts).toHaveLength(1);
      expect(world.lines.join('\n')).toContain('InputRefused');
      expect(world.lines.join('\n')).toContain('EventMalformed');
    },
  );

  test.each([
    ['an unknown repository', pushed(A, '1.1.0', 'shop/unknown'), 'no service has this repository'],
    [
      'an image that the registry does not have',
      pushed(B, '9.9.9'),
      'the registry has no such image',
    ],
    [
      'another account’s registry',
      { ...pushed(A, '1.1.0'), account: '123456789012' },
      'the event is of another registry',
    ],
    [
      'a build of an unknown project',
      buildEnded(BUILD, 'SUCCEEDED', 'other'),
      'no service has this build project',
    ],
  ])('%s is ignored with a clear line, and not tried again', async (_name, event, line) => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    expect(await failedItems(world, event)).toEqual([]);
    expect(world.starts).toEqual([]);
    expect(world.lines.join('\n')).toContain(line);
  });

  test('throttling fails the message, which comes again; the others of the batch are done', async () => {
    const world = await pipelineWorld();
    world.push(A, '1.1.0');
    world.push(B, '1.2.0', -60);
    let first = true;
    world.disturb((operation, moment) => {
      if (operation !== 'StartExecution' || moment !== 'before' || !first) return undefined;
      first = false;
      return Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    });
    expect(await failedItems(world, pushed(A, '1.1.0'), pushed(B, '1.2.0'))).toEqual(['message-0']);
    expect(world.starts).toEqual([`${idOf(B)}-1`]);
  });
});

describe('intake: a service with a build project', () => {
  const built = () => pipelineWorld(BUILT);
  const succeeded = (digest: string) => ({
    status: 'SUCCEEDED',
    exported: { IMAGE_DIGEST: digest },
  });

  test('push, then build: the build starts it', async () => {
    const world = await built();
    world.push(A, '1.1.0');
    await take(world, pushed(A, '1.1.0'));
    expect(world.starts).toEqual([]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({ phase: 'waitingForBuild' });
    world.runs.set(BUILD, succeeded(A));
    await take(world, buildEnded(BUILD));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
    expect(await world.ledger.pendingEvidence()).toEqual([]);
  });

  test('build, then push: the push starts it', async () => {
    const world = await built();
    world.runs.set(BUILD, succeeded(A));
    await take(world, buildEnded(BUILD));
    expect(world.starts).toEqual([]);
    expect(await world.ledger.pendingEvidence()).toEqual([{ service: 'checkout', digest: A }]);
    world.push(A, '1.1.0');
    await take(world, pushed(A, '1.1.0'), pushed(A, '1.1.0'));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('a build whose image is already in the registry starts it: the push is confirmed there', async () => {
    const world = await built();
    world.push(A, '1.1.0');
    world.runs.set(BUILD, succeeded(A));
    await take(world, buildEnded(BUILD));
    await take(world, pushed(A, '1.1.0'));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('a build without a push starts nothing and waits on record', async () => {
    const world = await built();
    world.runs.set(BUILD, succeeded(A));
    await take(world, buildEnded(BUILD), buildEnded(BUILD));
    expect(world.starts).toEqual([]);
    expect(await world.ledger.evidence({ service: 'checkout', digest: A })).toMatchObject({
      push: null,
      build: { buildId: BUILD },
    });
  });

  test('a build that only exports its tag is matched by what the registry says of the tag', async () => {
    const world = await built();
    world.push(A, '1.1.0');
    world.runs.set(BUILD, { status: 'SUCCEEDED', exported: { IMAGE_TAG: '1.1.0' } });
    await take(world, buildEnded(BUILD));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
  });

  test('a build of another digest does not prove this image', async () => {
    const world = await built();
    world.push(A, '1.1.0');
    world.runs.set(BUILD, succeeded(B));
    await take(world, pushed(A, '1.1.0'), buildEnded(BUILD));
    expect(world.starts).toEqual([]);
  });

  test('the event says SUCCEEDED, CodeBuild says FAILED: CodeBuild is believed', async () => {
    const world = await built();
    world.push(A, '1.1.0');
    world.runs.set(BUILD, { status: 'FAILED', exported: { IMAGE_DIGEST: A } });
    await take(world, buildEnded(BUILD, 'SUCCEEDED'));
    expect(world.starts).toEqual([]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({
      outcome: 'rejected',
      reason: `${BUILD} ended FAILED`,
    });
  });

  test('a failed build rejects the waiting release; a later good run of the same digest starts it', async () => {
    const world = await built();
    world.push(A, '1.1.0');
    world.runs.set(BUILD, { status: 'FAILED', exported: { IMAGE_DIGEST: A } });
    await take(world, pushed(A, '1.1.0'), buildEnded(BUILD, 'FAILED'));
    expect(await world.ledger.release(idOf(A))).toMatchObject({ outcome: 'rejected' });
    expect(await world.ledger.openReleaseIds()).toEqual([]);
    world.runs.set(`${BUILD}-again`, succeeded(A));
    await take(world, buildEnded(`${BUILD}-again`));
    expect(world.starts).toEqual([`${idOf(A)}-2`]);
  });

  test('a failed build after a good one of the same digest changes nothing', async () => {
    const world = await built();
    world.push(A, '1.1.0');
    world.runs.set(BUILD, succeeded(A));
    world.runs.set(`${BUILD}-bad`, { status: 'FAILED', exported: { IMAGE_DIGEST: A } });
    await take(world, pushed(A, '1.1.0'), buildEnded(BUILD), buildEnded(`${BUILD}-bad`, 'FAILED'));
    expect(world.starts).toEqual([`${idOf(A)}-1`]);
    expect(await world.ledger.release(idOf(A))).toMatchObject({ outcome: null });
  });

  test('a failed build without a digest is only told', async () => {
    const world = await built();
    world.runs.set(BUILD, { status: 'FAILED' });
    expect(await failedItems(world, buildEnded(BUILD, 'FAILED'))).toEqual([]);
    expect(world.lines.join('\n')).toContain('exports neither IMAGE_DIGEST');
  });

  test('any order of two pushes and two builds, repeated at will, ends in the same: the newest started once', async () => {
    const events = [
      pushed(A, '1.1.0'),
      pushed(B, '1.2.0'),
      buildEnded(BUILD),
      buildEnded(`${BUILD}-b`),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
        async (order, again) => {
          const world = await built();
          world.push(A, '1.1.0', 120);
          world.push(B, '1.2.0', 60);
          world.runs.set(BUILD, succeeded(A));
          world.runs.set(`${BUILD}-b`, succeeded(B));
          for (const index of [...order, ...again])
            expect(await failedItems(world, events[index])).toEqual([]);
          expect(await world.ledger.newest('checkout')).toMatchObject({ digest: B });
          expect(world.starts.filter((name) => name === `${idOf(B)}-1`)).toHaveLength(1);
          expect(new Set(world.starts).size).toBe(world.starts.length);
        },
      ),
      { numRuns: 15, seed: 5 },
    );
  });
});
