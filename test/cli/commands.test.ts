import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLaptopDoor } from '../../cli/laptop/laptop.ts';
import { deployVirtually, VirtualLaptop } from '../../cli/laptop/virtual.ts';
import type { Door } from '../../local/wire/door.ts';
import { type Ended, slipway } from './terminal.ts';

// Goal: every command against a deployed cloud, over HTTP as a user's would be: what it prints and its exit code.
// Method: the synthesized stacks on the virtual clock behind a real door; time passes only while a command waits.

const CONFIG = 'examples/shop/slipway.config.ts';
let laptop: VirtualLaptop;
let door: Door;
let ready = false;

/** A command of a user who has said where the cloud is. */
const at = (...args: string[]): Promise<Ended> =>
  laptop.during(slipway(...args, '--endpoint', door.url, '--config', CONFIG));
const json = async (...args: string[]) => {
  const { out, exitCode } = await at(...args, '--json');
  return { exitCode, said: JSON.parse(out) as never };
};

interface Target {
  environment: string;
  region: string;
  phase: string | null;
  live: { version: string } | null;
  weights: object;
  ruleArns: object | null;
}
const targets = async (): Promise<Target[]> =>
  (await json('status')).said['targets'] as unknown as Target[];
const live = async (): Promise<string[]> =>
  (await targets()).map((one) => `${one.environment} ${one.live?.version}`);

beforeAll(async () => {
  const parts = await deployVirtually({ config: CONFIG, seed: 11 });
  laptop = new VirtualLaptop(parts);
  door = await openLaptopDoor(parts.cloud, parts.configuration, 0, () => ready);
}, 60_000);
afterAll(() => door.close());

describe('cli: commands', () => {
  test('cli: commands: a cloud that still deploys says so', async () => {
    const { exitCode, err } = await at('status');
    expect(exitCode).toBe(3);
    expect(err).toContain('is still deploying');
    ready = true;
  });

  test('cli: commands: before the first release', async () => {
    const status = await json('status');
    expect(status.exitCode).toBe(0);
    expect((status.said['targets'] as object[])[4]).toEqual({
      service: 'checkout',
      environment: 'production',
      region: 'eu-central-1',
      phase: null,
      live: null,
      candidate: null,
      weights: { stable: 100, candidate: 0 },
      ruleArns: {
        weighted: expect.stringMatching(/^arn:/),
        override: expect.stringMatching(/^arn:/),
      },
      alarms: expect.arrayContaining(['slipway-checkout-production-hurting']),
      guard: null,
      waiting: null,
    });
    expect((await at('history', '1.0.0')).err).toContain('there is none yet: push an image');
  });

  test('cli: commands: push and release --wait bring a version everywhere', async () => {
    const pushed = await at('push', 'checkout', '1.0.0');
    expect(pushed).toMatchObject({ exitCode: 0, err: '' });
    expect(pushed.out).toMatch(/^pushed shop\/checkout:1\.0\.0 sha256:[0-9a-f]{64}\n/);
    // The push has started it already; whoever waits, waits for that one.
    const { exitCode, said } = await json('release', 'checkout', '--tag', '1.0.0', '--wait');
    expect(exitCode).toBe(0);
    expect(said).toMatchObject({ outcome: 'released', reason: null });
    expect(await live()).toEqual([
      'dev 1.0.0',
      'test 1.0.0',
      'staging 1.0.0',
      'production 1.0.0',
      'production 1.0.0',
    ]);
    expect((await at('push', 'checkout', '1.0.0')).out).toContain('is already there');
  }, 60_000);

  test('cli: commands: status for people', async () => {
    const { out, exitCode } = await at('status');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/│ checkout │ dev +│ eu-west-1 +│ 1\.0\.0 +│ — +│ one color │ completed │/);
    expect(out).toMatch(
      /│ checkout │ production +│ eu-central-1 │ 1\.0\.0 +│ — +│ 100 \/ 0 +│ completed │/,
    );
    expect(out).toContain('newest release: checkout 1.0.0, released');
    expect(out).toMatch(/^production eu-west-1: guarded until .* UTC: an alarm calls a person$/m);
  });

  test('cli: commands: a vulnerable version is rejected; release --wait ends with 1', async () => {
    await at('push', 'checkout', '1.3.0');
    const { exitCode, out } = await at('release', 'checkout', '--tag', '1.3.0', '--wait');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^rejected: .*CVE-2026-0001 is CRITICAL/);
    expect(await live()).not.toContain('dev 1.3.0');
  }, 60_000);

  test('cli: commands: history by version, by release and by its beginning; the chain is verified', async () => {
    const { said } = await json('history', '1.0.0');
    expect(said['chain']).toEqual({ valid: true, problem: null });
    const { releaseId } = said['release'] as { releaseId: string };
    for (const asked of ['1.0.0', releaseId, releaseId.slice(0, 14)]) {
      const { out, exitCode } = await at('history', asked);
      expect(exitCode).toBe(0);
      expect(out).toContain(`${releaseId}: released`);
      expect(out).toMatch(/ {2}\d\d:\d\d:\d\d {2}scan gate: pass/);
      expect(out).toMatch(/ {2}chain of \d+ events: whole\n$/);
    }
  });

  test('cli: commands: rollback after the end goes back to last good and quarantines', async () => {
    const traffic = await laptop.users('production', 20);
    await at('push', 'checkout', '1.1.0');
    const released = await json('release', 'checkout', '--tag', '1.1.0', '--wait');
    expect(released.said).toMatchObject({ outcome: 'released' });
    const { exitCode, out } = await at(
      'rollback',
      'checkout',
      '--reason',
      'orders fail',
      '--by',
      'ada',
    );
    expect(exitCode).toBe(0);
    const production = (await targets()).filter((one) => one.environment === 'production');
    expect(production.map(({ region }) => region)).toEqual(['eu-west-1', 'eu-central-1']);
    for (const target of production) {
      expect(out).toContain(
        `checkout production ${target.region}: last good serves again, verified (ada: orders fail)`,
      );
      expect(target).toMatchObject({
        phase: 'rolledBack',
        live: { version: '1.0.0' },
        weights: { stable: 100, candidate: 0 },
      });
    }
    const again = await json('rollback', 'checkout', '--reason', 'orders fail');
    expect(again).toMatchObject({ exitCode: 0, said: { outcome: 'nothingToDo' } });
    const refused = await at('release', 'checkout', '--tag', '1.1.0', '--wait');
    expect(refused.exitCode).toBe(1);
    expect(refused.out).toMatch(/^refused: .*quarantined/);
    traffic.stop();
  }, 60_000);

  test('cli: commands: without --wait the execution is named and nothing waited for', async () => {
    const { exitCode, said } = await json(
      'rollback',
      'checkout',
      'dev',
      '--reason',
      'x',
      '--no-wait',
    );
    expect(exitCode).toBe(0);
    const executionArn = expect.stringContaining(':execution:slipway-rollback:');
    expect(said).toEqual({
      executionArn,
      targets: [{ targetId: 'checkout/dev/eu-west-1', executionArn }],
    });
  });

  test.each<[string, string[], number, RegExp]>([
    [
      'push: service',
      ['push', 'chekout', '1.1.0'],
      2,
      /there is no service "chekout"\n.*→ choose one of checkout/,
    ],
    [
      'push: version',
      ['push', 'checkout', '9.9'],
      2,
      /the sample has no version "9\.9"\n.*1\.0\.0, 1\.1\.0/,
    ],
    ['release: service', ['release', 'nope', '--tag', '1'], 2, /there is no service "nope"/],
    ['release: no image named', ['release', 'checkout'], 2, /neither --tag nor --digest/],
    [
      'release: digest',
      ['release', 'checkout', '--digest', 'sha256:zz'],
      2,
      /"sha256:zz" is no digest/,
    ],
    [
      'release: both',
      ['release', 'checkout', '--tag', 'a', '--digest', 'b'],
      2,
      /cannot be used with/,
    ],
    ['history: release', ['history', 'nope'], 2, /no release "nope"\n {2}checkout-/],
    [
      'rollback: environment',
      ['rollback', 'checkout', 'prod', '--reason', 'x'],
      2,
      /has no target "prod eu-west-1"\n.*dev eu-west-1/,
    ],
    [
      'rollback: Region',
      ['rollback', 'checkout', '--region', 'eu-west-9', '--reason', 'x'],
      2,
      /has no target "production eu-west-9"/,
    ],
    ['rollback: why', ['rollback', 'checkout'], 2, /--reason/],
  ])('cli: bad input: %s', async (_name, args, exitCode, page) => {
    const ended = await at(...args);
    expect(ended).toMatchObject({ exitCode, out: '' });
    expect(ended.err).toMatch(page);
    expect(ended.err).not.toMatch(/\n\s+at /);
  });

  test('cli: bad input: a tag that the registry does not have', async () => {
    const { exitCode, out } = await at('release', 'checkout', '--tag', '7.7.7', '--wait');
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /^refused: shop\/checkout has no image tagged 7\.7\.7; its newest tags are /,
    );
  });
});
