import { PutRegistryScanningConfigurationCommand } from '@aws-sdk/client-ecr';
import { describe, expect, test } from 'vitest';
import { around, executionEnd, traces } from '../world/doors.ts';
import { indexOver, put, unpushed } from '../world/images.ts';
import { launch, type World } from '../world/world.ts';

// Goal: only an image whose every deployable part was scanned and found clean goes on, and one that is found bad later goes no further.
// Method: pushes with findings in their labels; scans that race, hang, fail, or learn of a finding between two environments.
const SHORT = 'test/fixtures/configurations/short.config.ts';
const MINUTE = 60_000;
const CRITICAL = { 'org.example.cve.CVE-2026-1234': 'CRITICAL;package=openssl@3.0.1;fixed=3.0.2' };
const HARMLESS = { 'org.example.cve.CVE-2026-2': 'LOW' };

/** The image was rejected for this reason and nothing of it is anywhere: no environment entered, no object, no lock. */
const expectRejected = async (world: World, digest: string, reason: RegExp): Promise<void> => {
  const before = (await traces(world)).objects;
  const record = await world.ended(digest);
  expect(record).toMatchObject({ outcome: 'rejected' });
  expect(record.reason).toMatch(reason);
  const events = await world.ledger.events(record.releaseId);
  expect(events.map(({ kind }) => kind)).not.toContain('EnvironmentEntered');
  for (const target of await world.status()) expect(target).toMatchObject({ phase: null });
  const { objects, held } = await traces(world);
  expect(objects).toEqual(before);
  expect(held).toEqual([]);
  const arn = record.executionArn ?? '';
  expect(await executionEnd(world, arn)).toMatchObject({
    status: 'SUCCEEDED',
    output: { outcome: 'rejected', reason: record.reason },
  });
};

/** How long the gate took, in minutes. */
const minutesOf = ({ startedAt, endedAt }: { startedAt: string; endedAt: string | null }): number =>
  (Date.parse(endedAt ?? '') - Date.parse(startedAt)) / MINUTE;

describe('scan gate: before any environment', () => {
  test('a CRITICAL finding stops the image, with the finding as evidence; a LOW one lets it go', async () => {
    const world = await launch({ config: SHORT });
    const bad = await put(world, unpushed('1.3.0', CRITICAL), '1.3.0');
    await expectRejected(world, bad, /CVE-2026-1234 is CRITICAL/);
    const { releaseId = '' } = (await world.release(bad)) ?? {};
    const judged = (await world.ledger.events(releaseId)).find(({ kind }) => kind === 'ScanJudged');
    expect(JSON.stringify(judged?.facts)).toContain('CVE-2026-1234');
    const good = await put(world, unpushed('1.4.0', HARMLESS), '1.4.0');
    expect(await world.ended(good)).toMatchObject({ outcome: 'released' });
  });

  test('a scan that says it is complete before its findings are there is not believed', async () => {
    const world = await launch({ config: SHORT });
    around(world).registry.setScanOptions({ findingsDelayMs: 20_000 });
    const bad = await put(world, unpushed('1.3.0', CRITICAL), '1.3.0');
    await expectRejected(world, bad, /CVE-2026-1234 is CRITICAL/);
  });

  test('a scan that never ends fails at its deadline', async () => {
    const world = await launch({ config: SHORT });
    around(world).registry.setScanOptions({ durationMs: () => 48 * 60 * MINUTE });
    const image = await put(world, unpushed('1.0.0'), '1.0.0');
    await expectRejected(world, image, /IN_PROGRESS.*60 min/);
    const record = await world.ended(image);
    expect(minutesOf(record)).toBeGreaterThanOrEqual(60);
    expect(minutesOf(record)).toBeLessThan(63);
  });

  test.each([
    ['FAILED', 'the scanner broke'],
    ['UNSUPPORTED_IMAGE', 'the operating system is not supported'],
    ['SCAN_ELIGIBILITY_EXPIRED', 'too old'],
    ['SOME_NEW_STATUS', 'never heard of'],
  ])('a scan that ends %s fails closed', async (status, description) => {
    const world = await launch({ config: SHORT });
    around(world).registry.setScanner(() => ({ status: status as never, description }));
    const image = await put(world, unpushed('1.0.0'), '1.0.0');
    await expectRejected(world, image, new RegExp(`scan is ${status}: ${description}`));
  });

  test('of an index every deployable image counts: one bad one stops it, good ones let it go', async () => {
    const world = await launch({ config: SHORT });
    const arm = unpushed('1.3.0', {}, 'arm64');
    const intel = unpushed('1.3.0', CRITICAL, 'amd64');
    for (const image of [arm, intel]) await put(world, image);
    const bad = await put(world, indexOver([arm, intel]), '1.3.0');
    await expectRejected(world, bad, /linux\/amd64.*CVE-2026-1234 is CRITICAL/);
    const clean = unpushed('1.4.0', {}, 'amd64');
    await put(world, clean);
    const good = await put(world, indexOver([arm, clean]), '1.4.0');
    expect(await world.ended(good)).toMatchObject({ outcome: 'released' });
    for (const { live } of await world.status()) expect(live).toMatchObject({ digest: good });
    expect(await world.releases()).toHaveLength(2);
  });
});

describe('scan gate: between environments', () => {
  test('a finding that gets known after staging stops the image before production', async () => {
    const world = await launch();
    await world.client().send(
      new PutRegistryScanningConfigurationCommand({
        scanType: 'ENHANCED',
        rules: [
          {
            scanFrequency: 'CONTINUOUS_SCAN',
            repositoryFilters: [{ filter: '*', filterType: 'WILDCARD' }],
          },
        ],
      }),
    );
    const first = await world.push({ version: '1.0.0' });
    expect(await world.ended(first)).toMatchObject({ outcome: 'released' });
    const second = await world.push({ version: '1.1.0' });
    await world.until('staging bakes', async () =>
      (await world.target('staging')).phase === 'baking' ? true : undefined,
    );
    const { registry } = around(world);
    registry.setScanner(({ digest }) =>
      digest === second ? [{ id: 'CVE-2026-9', severity: 'CRITICAL' }] : [],
    );
    registry.rescan();
    const record = await world.ended(second);
    expect(record).toMatchObject({ outcome: 'rejected' });
    expect(record.reason).toMatch(/before production: .*CVE-2026-9 is CRITICAL/);
    expect(await world.target('staging')).toMatchObject({ live: { digest: second } });
    for (const region of ['eu-west-1', 'eu-central-1']) {
      expect(await world.target('production', region)).toMatchObject({
        phase: 'completed',
        live: { digest: first },
        candidate: null,
      });
    }
    expect((await traces(world)).held).toEqual([]);
  });
});
