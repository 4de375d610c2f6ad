import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLaptopDoor } from '../../cli/laptop/laptop.ts';
import { deployVirtually, VirtualLaptop } from '../../cli/laptop/virtual.ts';
import type { Door } from '../../local/wire/door.ts';
import { type Ended, slipway } from './terminal.ts';

// Goal: what a person does after a rollback: read why, go further back, lift the quarantine and release again.
// Method: the commands over HTTP against the synthesized stacks on the virtual clock, one after another in one cloud.

const CONFIG = 'test/fixtures/configurations/shifting.config.ts';
let laptop: VirtualLaptop;
let door: Door;

const at = (...args: string[]): Promise<Ended> =>
  laptop.during(slipway(...args, '--endpoint', door.url, '--config', CONFIG));
const json = async (...args: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await at(...args, '--json')).out);
const released = async (version: string): Promise<void> => {
  const digest = await laptop.push({ version });
  expect(await laptop.ended(digest)).toMatchObject({ outcome: 'released' });
};
const live = async (): Promise<string | undefined> => {
  const { targets } = (await json('status')) as {
    targets: { environment: string; live: { version: string } | null }[];
  };
  return targets.find(({ environment }) => environment === 'production')?.live?.version;
};

beforeAll(async () => {
  const parts = await deployVirtually({ config: CONFIG, seed: 3 });
  laptop = new VirtualLaptop(parts);
  door = await openLaptopDoor(parts.cloud, parts.configuration, 0, () => true);
  const released100 = await laptop.push({ version: '1.0.0' });
  await laptop.ended(released100);
  await laptop.users('production', 10);
  await released('1.1.0');
  await released('1.4.0');
}, 120_000);
afterAll(() => door.close());

describe('cli: rollback --to', () => {
  test('a name that never ran there, with what did', async () => {
    const { exitCode, err } = await at('rollback', 'checkout', '--to', '9.9.9', '--reason', 'x');
    expect(exitCode).toBe(2);
    expect(err).toMatch(/"9\.9\.9" never ran on checkout\/production\/eu-west-1/);
    expect(err).toMatch(/1\.4\.0 checkout-[\s\S]*1\.1\.0 checkout-[\s\S]*1\.0\.0 checkout-/);
  });

  test('by version: that release serves again', async () => {
    const { exitCode, out } = await at(
      ...['rollback', 'checkout', '--to', '1.0.0', '--by', 'ada', '--reason', 'orders fail'],
    );
    expect(out).toBe('checkout production: 1.0.0 serves again, verified (ada: orders fail)\n');
    expect(exitCode).toBe(0);
    expect(await live()).toBe('1.0.0');
  });
});

describe('cli: quarantine', () => {
  test('list: for people and for scripts', async () => {
    const { out, exitCode } = await at('quarantine', 'list');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/│ checkout │ 1\.4\.0 +│ sha256:[0-9a-f]{12} │ [0-9a-f]{6} +│ 2026-03-02/);
    expect(out).toContain('ada: orders fail');
    expect(out).not.toContain('lifted');
    const { quarantines } = await json('quarantine', 'list', '--service', 'checkout');
    expect(quarantines).toEqual([
      expect.objectContaining({ version: '1.4.0', why: 'ada: orders fail', lifted: null }),
    ]);
  });

  test.each<[string, string[], RegExp]>([
    [
      'unknown',
      ['1.0.7'],
      /nothing in quarantine that is called 1\.0\.7; in quarantine are: check/,
    ],
    ['never condemned', ['1.1.0'], /nothing in quarantine that is called 1\.1\.0/],
    ['no reason', ['1.4.0', '--reason', ' '], /why\? --reason is empty/],
    ['no such service', ['1.4.0', '--service', 'nobody'], /there is no service "nobody"/],
  ])('lift: %s: refused', async (_name, args, words) => {
    const given = ['--service', 'checkout', '--reason', 'it was the database'];
    const { exitCode, err } = await at('quarantine', 'lift', ...given, ...args);
    expect(err).toMatch(words);
    expect(exitCode).toBe(2);
  });

  test('lift: recorded, and the same pair is released again; the next rollback condemns it anew', async () => {
    const lift = [
      ...['quarantine', 'lift', '1.4.0', '--service', 'checkout'],
      ...['--by', 'bea', '--reason', 'it was the database'],
    ];
    const { exitCode, out } = await at(...lift);
    expect(out).toMatch(/^checkout-\S+ is out of quarantine since 2026-/);
    expect(exitCode).toBe(0);
    expect((await at('quarantine', 'list')).out).toBe('nothing is in quarantine\n');
    expect((await at(...lift)).err).toMatch(/is not in quarantine: it was lifted at .* by bea/);
    expect((await at('quarantine', 'list', '--all')).out).toMatch(/bea: it/);

    const again = await at(
      ...['release', 'checkout', '--tag', '1.4.0', '--reason', 'once more', '--wait'],
    );
    expect(again.out).toBe('released\n');
    expect(await live()).toBe('1.4.0');
    await at('rollback', 'checkout', '--by', 'ada', '--reason', 'it fails again');
    const { quarantines } = await json('quarantine', 'list', '--all');
    expect(quarantines).toEqual([
      expect.objectContaining({ why: 'ada: it fails again', lifted: null }),
      expect.objectContaining({
        why: 'ada: orders fail',
        lifted: expect.objectContaining({ by: 'bea', reason: 'it was the database' }),
      }),
    ]);
    const { chain } = await json('history', '1.4.0');
    expect(chain).toEqual({ valid: true, problem: null });
  });
});

describe('cli: explain', () => {
  test('the whole story, and what can be done', async () => {
    const { out, exitCode } = await at('explain', '1.4.0');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^checkout 1\.4\.0: released\n/);
    expect(out).toMatch(/production eu-west-1\n {2}\d\d:\d\d:\d\d {2}rollout started/);
    expect(out).toMatch(/traffic 40 % → 80 %: /);
    expect(out).toMatch(/went back: a person asked: ada: orders fail/);
    expect(out).toMatch(/1\.0\.0 serves again, verified, /);
    expect(out).toMatch(/in quarantine since .*ada: it fails again/);
    expect(out).toMatch(/slipway quarantine lift checkout-\S+ --service checkout/);
    const story = await json('explain', '1.4.0');
    expect(story).toMatchObject({
      version: '1.4.0',
      attempts: 2,
      chain: { valid: true, problem: null },
    });
  });

  test('one that was rejected by its scan', async () => {
    const labels = { 'org.example.cve.CVE-2026-0001': 'CRITICAL' };
    const record = await laptop.ended(await laptop.push({ version: '1.3.0', labels }));
    expect(record).toMatchObject({ outcome: 'rejected' });
    const { out } = await at('explain', record.digest);
    expect(out).toMatch(/^checkout 1\.3\.0: rejected\n {2}.*CVE-2026-0001/);
    expect(out).toMatch(/✗ scan: fail, .*CVE-2026-0001.*1 CRITICAL/);
    expect(out).toMatch(/rebuild on a mended base image/);
    expect(out).not.toContain('rollout started');
  });

  test('nobody knows it', async () => {
    expect((await at('explain', 'nope')).err).toMatch(/no release "nope"/);
  });
});
