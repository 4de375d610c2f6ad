import {
  CreateProjectCommand,
  CreateReportGroupCommand,
  StartBuildCommand,
} from '@aws-sdk/client-codebuild';
import { describe, expect, test } from 'vitest';
import type { BuildOutcome } from '../../local/services/codebuild/runner.ts';
import { around, byHand, executionsOf, traces } from '../world/doors.ts';
import { put, unpushed } from '../world/images.ts';
import { launch, type World } from '../world/world.ts';

// Goal: where a service names a build project, an image goes out once both are there, its push and a successful run that made it.
// Method: runs of a CodeBuild project and pushes in every order, through the rules of the templates, on the virtual clock.
const BUILT = 'test/fixtures/configurations/built.config.ts';
const MINUTE = 60_000;
const A = unpushed('1.0.0');
const B = unpushed('1.1.0');

const built = async (): Promise<World> => {
  const world = await launch({ config: BUILT });
  const client = world.client();
  await client.send(
    new CreateProjectCommand({
      name: 'checkout',
      source: { type: 'GITHUB', location: 'https://github.com/example/shop' },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'ARM_CONTAINER',
        image: 'aws/codebuild/amazonlinux2-aarch64-standard:3.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      },
      serviceRole: `arn:aws:iam::${world.home.account}:role/build`,
    }),
  );
  await client.send(
    new CreateReportGroupCommand({
      name: 'checkout-tests',
      type: 'TEST',
      exportConfig: { exportConfigType: 'NO_EXPORT' },
    }),
  );
  return world;
};

const tested = (status: 'SUCCEEDED' | 'FAILED') => [
  { group: 'checkout-tests', tests: [{ name: 'pays', status }] },
];

/** Runs the project for a minute, to this end; answers the run's id. */
const build = async (world: World, outcome: Partial<BuildOutcome>): Promise<string> => {
  around(world).builds.setRunner(() => ({
    status: 'SUCCEEDED',
    durationMs: MINUTE,
    reports: tested('SUCCEEDED'),
    ...outcome,
  }));
  const { build: run } = await world.during(
    world.client().send(new StartBuildCommand({ projectName: 'checkout' })),
  );
  await world.clock.advance(2 * MINUTE);
  return run.id as string;
};

const exporting = ({ digest }: { digest: string }): Partial<BuildOutcome> => ({
  exportedVariables: { IMAGE_DIGEST: digest },
});

/** The image is live, and one execution brought it there. */
const expectReleased = async (world: World, digest: string, attempt = 1): Promise<void> => {
  const record = await world.ended(digest);
  expect(record).toMatchObject({ outcome: 'released', attempt });
  for (const target of await world.status()) expect(target.live).toMatchObject({ digest });
  await world.clock.advance(20 * MINUTE);
  expect(await executionsOf(world, 'release')).toEqual([`${record.releaseId}-${attempt}`]);
};

describe('build: with its push', () => {
  test('it ends before the push: the push starts the release', async () => {
    const world = await built();
    await build(world, exporting(A));
    expect(await world.releases()).toEqual([]);
    await put(world, A, '1.0.0');
    await expectReleased(world, A.digest);
    expect(await world.release(A.digest)).toMatchObject({ startedBy: 'push' });
  });

  test('it ends after the push: until then the release waits, then the build starts it', async () => {
    const world = await built();
    await put(world, A, '1.0.0');
    await world.clock.advance(20 * MINUTE);
    expect(await world.release(A.digest)).toMatchObject({
      phase: 'waitingForBuild',
      reason: `waiting for a successful run of checkout that exports ${A.digest}`,
    });
    expect(await executionsOf(world, 'release')).toEqual([]);
    const id = await build(world, exporting(A));
    await expectReleased(world, A.digest);
    const { releaseId = '' } = (await world.release(A.digest)) ?? {};
    const proven = (await world.ledger.events(releaseId)).find(
      ({ kind }) => kind === 'BuildProven',
    );
    expect(String(proven?.facts['buildId'])).toContain(id);
  });

  test('both events come three times: one release', async () => {
    const world = await built();
    around(world).bus.interceptDeliveries(() => ({ copies: 3 }));
    await put(world, A, '1.0.0');
    await build(world, exporting(A));
    await expectReleased(world, A.digest);
    expect(await world.releases()).toHaveLength(1);
  });

  test('both events are lost: the sweep finds push and run', async () => {
    const world = await built();
    around(world).bus.interceptDeliveries(({ ruleName }) =>
      ['slipway-image-pushed', 'slipway-build-ended'].includes(ruleName)
        ? { copies: 0 }
        : undefined,
    );
    await build(world, exporting(A));
    await put(world, A, '1.0.0');
    await expectReleased(world, A.digest);
    expect(await world.release(A.digest)).toMatchObject({ startedBy: 'reconciler' });
  });

  test('a run that exports only its tag proves the image that has the tag', async () => {
    const world = await built();
    around(world).builds.setRunner(() => undefined);
    const { build: run } = await world
      .client()
      .send(new StartBuildCommand({ projectName: 'checkout' }));
    await world.clock.advance(MINUTE);
    await put(world, A, '1.0.0');
    await world.clock.advance(MINUTE);
    around(world).builds.complete(run.id, {
      status: 'SUCCEEDED',
      exportedVariables: { IMAGE_TAG: '1.0.0' },
      reports: tested('SUCCEEDED'),
    });
    await expectReleased(world, A.digest);
  });
});

describe('build: without what it takes', () => {
  test('a run without a push, and a push without a run: nothing starts, and after a day it is said what is missing', async () => {
    const world = await built();
    const before = (await traces(world)).objects;
    await build(world, exporting(B));
    await put(world, A, '1.0.0');
    await world.clock.advance(25 * 60 * MINUTE);
    expect(await executionsOf(world, 'release')).toEqual([]);
    const { ledger, held, objects } = await traces(world);
    expect(objects).toEqual(before);
    expect(held).toEqual([]);
    const overdue = ledger.filter((row) => row.includes('EVIDENCE#') && row.includes('overdueAt'));
    for (const { digest } of [A, B]) expect(overdue.some((row) => row.includes(digest))).toBe(true);
    const events = await world.ledger.events((await world.release(A.digest))?.releaseId ?? '');
    expect(events.at(-1)).toMatchObject({
      kind: 'EvidenceOverdue',
      facts: { missing: 'successful run of checkout' },
    });
  });

  test.each<[string, Partial<BuildOutcome>, RegExp]>([
    ['fails', { status: 'FAILED' }, /ended FAILED/],
    ['is broken off by CodeBuild', { status: 'FAULT' }, /ended FAULT/],
    ['succeeds with failed tests', { reports: tested('FAILED') }, /test reports .* FAILED/],
    ['succeeds without a test report', { reports: [] }, /no test report/],
  ])(
    'a run that %s rejects its image; a good run of the same image releases it',
    async (_how, outcome, reason) => {
      const world = await built();
      await put(world, A, '1.0.0');
      await build(world, { ...outcome, ...exporting(A) });
      const rejected = await world.ended(A.digest);
      expect(rejected).toMatchObject({ outcome: 'rejected', executionArn: null });
      expect(rejected.reason).toMatch(reason);
      expect(await executionsOf(world, 'release')).toEqual([]);
      for (const target of await world.status()) expect(target).toMatchObject({ phase: null });
      await build(world, exporting(A));
      await expectReleased(world, A.digest, 2);
    },
  );

  test('a run that exports another digest proves nothing of this one, by hand neither; it goes on waiting for its own', async () => {
    const world = await built();
    await put(world, A, '1.0.0');
    await build(world, exporting(B));
    await world.clock.advance(20 * MINUTE);
    const before = await traces(world);
    const end = await byHand(world, 'release', { service: 'checkout', tag: '1.0.0' });
    expect(end).toMatchObject({ status: 'FAILED', error: 'ReleaseRefused' });
    expect(end.cause).toContain(`no successful run of checkout exports ${A.digest}`);
    expect(await traces(world)).toEqual(before);
    expect(await world.release(A.digest)).toMatchObject({ phase: 'waitingForBuild' });
    await build(world, exporting(A));
    expect(await world.ended(A.digest)).toMatchObject({ outcome: 'released', attempt: 1 });
  });
});
