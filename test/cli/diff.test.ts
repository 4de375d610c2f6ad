import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLaptopDoor } from '../../cli/laptop/laptop.ts';
import { deployVirtually, VirtualLaptop } from '../../cli/laptop/virtual.ts';
import { settingChanges } from '../../cli/view/planned.ts';
import { readConfiguration } from '../../config/read.ts';
import { targetsOf } from '../../config/targets.ts';
import type { Door } from '../../local/wire/door.ts';
import { configuration } from '../fixtures/configurations/manifests.config.ts';
import { type Ended, slipway } from './terminal.ts';

// Goal: what a release would change is known before it is promoted: image, configuration, every object, and how it is shifted.
// Method: manifests of a service's own, released once, behind a real door; then files and releases that differ from what is live.

const FOLDER = 'test/fixtures/configurations';
const KUSTOMIZED = `${FOLDER}/manifests.config.ts`;
const MORE = `${FOLDER}/k8s/more.config.ts`;
const HELM = `${FOLDER}/k8s/helm.config.ts`;
let laptop: VirtualLaptop;
let door: Door;

const diff = (config: string, ...args: string[]): Promise<Ended> =>
  laptop.during(slipway('diff', ...args, '--endpoint', door.url, '--config', config));

beforeAll(async () => {
  const parts = await deployVirtually({ config: KUSTOMIZED, seed: 12 });
  laptop = new VirtualLaptop(parts);
  door = await openLaptopDoor(parts.cloud, parts.configuration, 0, () => true);
}, 60_000);
afterAll(() => door.close());

describe('cli: diff', () => {
  test('before the first release it says what to do', async () => {
    const { exitCode, err } = await diff(KUSTOMIZED);
    expect(exitCode).toBe(2);
    expect(err).toContain('checkout has no release yet');
  });

  test('what is live and what would come are the same: 0', async () => {
    expect(await laptop.ended(await laptop.push({ version: '1.0.0' }))).toMatchObject({
      outcome: 'released',
    });
    const { exitCode, out, err } = await diff(KUSTOMIZED);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toBe(
      'checkout dev eu-west-1: no difference, 1.0.0 is live\n\ncheckout production eu-west-1: no difference, 1.0.0 is live\n',
    );
  });

  test('a configuration that changed: 1, with a unified difference of each object', async () => {
    const { exitCode, out } = await diff(MORE, 'checkout', '--environment', 'production');
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /^checkout production eu-west-1\n {2}image {3}1\.0\.0 \(sha256:.{12}\), unchanged\n {2}config {2}sha256:.{12} → sha256:.{12}\n/,
    );
    expect(out).toContain(
      '  NetworkPolicy checkout added\n--- /dev/null\n+++ NetworkPolicy/checkout\n',
    );
    // The hash in the name is of the content: one object, not one gone and one come.
    expect(out).toContain(
      '  ConfigMap checkout-settings-h5f9t6g2cb changed\n--- ConfigMap/checkout-settings-7b8c2kd4mh\n',
    );
    expect(out).toMatch(/^- {2}SHOP_CURRENCY: EUR\n\+ {2}SHOP_CURRENCY: CHF$/m);
    expect(out).not.toMatch(/slipway\.dev\/applied-at|\[3\dm/);
    expect(out).not.toContain('checkout dev');
  });

  test('for machines: the same, as data', async () => {
    const { exitCode, out } = await diff(HELM, '--json');
    const { different, targets } = JSON.parse(out) as {
      different: boolean;
      targets: { objects: { kind: string; name: string; change: string }[] }[];
    };
    expect({ exitCode, different }).toEqual({ exitCode: 1, different: true });
    expect(targets).toHaveLength(2);
    expect(
      targets[0]?.objects.map(({ kind, name, change }) => `${change} ${kind} ${name}`),
    ).toEqual([
      'changed Service checkout',
      'added ConfigMap shop-checkout',
      'changed Deployment checkout',
      'added Deployment shop-checkout-worker',
      'added HorizontalPodAutoscaler checkout',
      'removed ConfigMap checkout-settings-7b8c2kd4mh',
      'removed PodDisruptionBudget checkout',
    ]);
  });

  test('of a release that was there before: only its image', async () => {
    await laptop.ended(await laptop.push({ version: '1.1.0' }));
    const { exitCode, out } = await diff(MORE, '--release', '1.0.0', '--environment', 'dev');
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /image {3}1\.1\.0 \(sha256:.{12}\) → 1\.0\.0 \(sha256:.{12}\)\n {2}config .*, unchanged/,
    );
    expect(out.match(/^\+ .*/gm)).toEqual([
      expect.stringMatching(/^\+ +image: .*shop\/checkout@sha256:[0-9a-f]{64}$/),
    ]);
  });

  test.each([
    [['nobody'], 'there is no service "nobody"'],
    [['--environment', 'nowhere'], 'there is no environment "nowhere"'],
    [['--release', '9.9.9'], 'no release "9.9.9"'],
  ])('refuses %j with 2', async (args, words) => {
    const { exitCode, err } = await diff(KUSTOMIZED, ...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(words);
  });

  test('how it would be shifted and watched, where the target’s stack is not yet as configured', async () => {
    const registered = await laptop.ledger.targets();
    const production = registered.find(({ environment }) => environment === 'production');
    const [checkout] = Object.values(configuration.services);
    const planned = targetsOf(
      readConfiguration(
        {
          ...configuration,
          services: {
            checkout: {
              ...checkout,
              route: { ...checkout?.route, paths: ['/orders'] },
              analysis: { ...checkout?.analysis, errorRate: { max: 0.05 } },
            },
          },
          environments: {
            ...configuration.environments,
            production: { ...configuration.environments['production'], strategy: 'blueGreen' },
          },
        },
        FOLDER,
      ),
    ).find(({ environment }) => environment === 'production');
    if (production === undefined) throw new Error('production is not registered');
    expect(settingChanges(production, planned)).toEqual([
      {
        setting: 'strategy',
        from: { kind: 'linear', stepPercent: 40, everySeconds: 120 },
        to: { kind: 'blueGreen' },
      },
      { setting: 'route.paths', from: [], to: ['/orders'] },
      { setting: 'analysis.errorRatioMax', from: 0.01, to: 0.05 },
    ]);
  });
});
