import { describe, expect, test } from 'vitest';
import { handler as checkScan } from '../../../functions/gate/check-scan.ts';
import { handler as resolveImage } from '../../../functions/gate/resolve-image.ts';
import { handler as accept } from '../../../functions/release/accept-release.ts';
import { CHECKOUT, digestOf, type PipelineWorld, pipelineWorld } from '../pipeline-world.ts';

// Goal: what would be deployed is what was scanned, every platform of it, and nothing passes that was not looked at.

const A = digestOf('a');
const INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';

const accepted = async (world: PipelineWorld) => {
  world.push(A, '1.1.0');
  const executionArn = world.arnOf('one');
  world.executions.set('one', { input: '', executionArn, status: 'RUNNING' });
  const request = { service: 'checkout', digest: A };
  const { release } = await world.invoke(accept, { request, executionArn, executionName: 'one' });
  return release;
};

const index = (world: PipelineWorld) => {
  const image = world.images.get(A);
  if (!image) throw new Error('the image is pushed first');
  image.mediaType = INDEX;
  image.manifest = {
    mediaType: INDEX,
    manifests: [
      { digest: digestOf('1'), mediaType: IMAGE, platform: { os: 'linux', architecture: 'amd64' } },
      { digest: digestOf('2'), mediaType: IMAGE, platform: { os: 'linux', architecture: 'arm64' } },
      {
        digest: digestOf('3'),
        mediaType: IMAGE,
        platform: { os: 'unknown', architecture: 'unknown' },
      },
    ],
  };
};

describe('resolve-image', () => {
  test('an index is resolved to its platforms, attestations skipped; the index is what is deployed', async () => {
    const world = await pipelineWorld();
    const release = await accepted(world);
    index(world);
    expect(await world.invoke(resolveImage, { release })).toEqual({
      digest: A,
      mediaType: INDEX,
      children: [
        { digest: digestOf('1'), platform: 'linux/amd64' },
        { digest: digestOf('2'), platform: 'linux/arm64' },
      ],
      skipped: [{ digest: digestOf('3'), why: 'attestation' }],
    });
  });

  test('an image that was deleted meanwhile is named', async () => {
    const world = await pipelineWorld();
    const release = await accepted(world);
    world.images.delete(A);
    await expect(world.invoke(resolveImage, { release })).rejects.toMatchObject({
      name: 'ImageNotFound',
      message: expect.stringContaining('push it again'),
    });
  });
});

describe('check-scan', () => {
  const image = {
    digest: A,
    mediaType: IMAGE,
    children: [{ digest: A, platform: 'single' }],
    skipped: [],
  };
  const check = (world: PipelineWorld, release: unknown, earlier: unknown = null) =>
    world.invoke(checkScan, { release, image, earlier });

  test('a clean, complete scan passes at the second reading, with its evidence on record', async () => {
    const world = await pipelineWorld();
    const release = await accepted(world);
    const first = await check(world, release);
    expect(first).toMatchObject({ verdict: 'inconclusive', waitSeconds: 30 });
    await world.clock.advance(first.waitSeconds * 1_000);
    expect(await check(world, release, first)).toMatchObject({ verdict: 'pass' });
    const kinds = (await world.ledger.events(release.releaseId)).map(({ kind }) => kind);
    expect(kinds).toEqual(['ReleaseStarted', 'ReleaseAccepted', 'ScanJudged']);
  });

  test('findings that come between the two readings are seen', async () => {
    const world = await pipelineWorld();
    const release = await accepted(world);
    const first = await check(world, release);
    await world.clock.advance(first.waitSeconds * 1_000);
    const registered = world.images.get(A);
    if (registered)
      registered.scan = { status: 'COMPLETE', findings: [{ name: 'CVE-1', severity: 'CRITICAL' }] };
    expect(await check(world, release, first)).toMatchObject({
      verdict: 'fail',
      reason: 'scan gate: the image: CVE-1 is CRITICAL',
    });
  });

  test('an image that has no scan is waited for, then fails', async () => {
    const world = await pipelineWorld();
    const release = await accepted(world);
    const registered = world.images.get(A);
    if (registered) registered.scan = null;
    const first = await check(world, release);
    expect(first.verdict).toBe('inconclusive');
    await world.clock.advance(10 * 60_000);
    expect(await check(world, release, first)).toMatchObject({ verdict: 'fail' });
  });

  test('EPSS scores are asked of Inspector only where the policy wants them', async () => {
    const policy = { ...CHECKOUT.scan, epssMax: 0.5 };
    for (const [scan, verdict] of [
      [CHECKOUT.scan, 'pass'],
      [policy, 'fail'],
    ] as const) {
      const world = await pipelineWorld({ ...CHECKOUT, scan });
      const release = await accepted(world);
      const registered = world.images.get(A);
      if (registered)
        registered.scan = { status: 'ACTIVE', findings: [{ name: 'CVE-1', severity: 'LOW' }] };
      world.scores.push({ id: 'CVE-1', score: 0.9 });
      expect(await check(world, release)).toMatchObject({ verdict });
      const asked = world.cloud.calls.some(({ operation }) => operation === 'ListFindings');
      expect(asked).toBe(scan === policy);
    }
  });
});
