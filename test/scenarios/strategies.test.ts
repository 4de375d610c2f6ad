import { beforeAll, describe, expect, test } from 'vitest';
import { KilledInvocation } from '../../local/services/lambda/invocation.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import { type TargetView, targetView } from '../world/shiftable-target.ts';
import { type TrafficWatch, watchTraffic } from '../world/traffic-rules.ts';
import { launch, type World } from '../world/world.ts';

// Goal: each of the six strategies, and steps of one's own, takes a good release up and a bad one back, by CodeDeploy and alone.
// Method: one world for each of the two, an environment per strategy; a good release goes through all, bad ones each fail in another.

interface Row {
  readonly environment: string;
  /** What the candidate gets, one after the other; none where there is no second color. */
  readonly shares: readonly number[];
  /** Its pods never get ready, an alarm fires in the middle of it, or users get errors. */
  readonly bad: 'unready' | 'alarm' | 'errors';
}

const SHARED: readonly Row[] = [
  { environment: 'atonce', shares: [100], bad: 'alarm' },
  { environment: 'bluegreen', shares: [100], bad: 'alarm' },
  { environment: 'canary', shares: [20, 100], bad: 'alarm' },
  { environment: 'linear', shares: [40, 80, 100], bad: 'errors' },
];
const SETUPS: readonly { by: 'codeDeploy' | 'schedule'; config: string; rows: readonly Row[] }[] = [
  {
    by: 'codeDeploy',
    config: 'test/fixtures/configurations/strategies.config.ts',
    rows: [{ environment: 'rolling', shares: [], bad: 'unready' }, ...SHARED],
  },
  {
    by: 'schedule',
    config: 'test/fixtures/configurations/own-schedule.config.ts',
    rows: [
      { environment: 'recreate', shares: [], bad: 'unready' },
      ...SHARED.slice(0, 3),
      { environment: 'steps', shares: [10, 50, 100], bad: 'alarm' },
      ...SHARED.slice(3),
    ],
  },
];

const MODELS = {
  unready: 'ready:false',
  alarm: '',
  errors: 'errors:0;afterRequests:40,errors:0.3',
};

describe.each(SETUPS)('strategies by $by', ({ by, config, rows }) => {
  let world: World;
  const views = new Map<string, TargetView>();
  const watches = new Map<string, TrafficWatch>();
  let serial = 0;

  const push = (model: string): Promise<string> => {
    serial += 1;
    const labels = model === '' ? {} : { 'org.example.model': model };
    return world.push({ version: `1.${serial}.0`, labels });
  };

  /** What was written of one environment's rollout. */
  const told = async (releaseId: string, environment: string) =>
    (await world.ledger.events(releaseId)).filter(({ facts }) =>
      String(facts['rolloutId'] ?? '').includes(`-${environment}-`),
    );
  const versionIn = async (environment: string): Promise<string | null | undefined> =>
    (await world.ledger.live(`checkout/${environment}/eu-west-1`))?.version;

  beforeAll(async () => {
    world = await launch({ config });
    for (const { environment, shares } of rows) {
      if (shares.length === 0) continue;
      const view = await targetView(world, environment);
      views.set(environment, view);
      watches.set(environment, watchTraffic(view));
    }
    expect(await world.ended(await push(''))).toMatchObject({ outcome: 'released' });
    await world.users('linear', 10);
    await world.clock.advance(120_000);
  }, 120_000);

  test('a good release goes through all of them, each by its own steps', async () => {
    const release = await world.ended(await push(''));
    expect(release).toMatchObject({ outcome: 'released' });
    for (const { environment, shares } of rows) {
      const events = await told(release.releaseId, environment);
      const kinds = events.map(({ kind }) => kind);
      const of = (kind: string) => events.filter((event) => event.kind === kind);
      expect(of('WeightShifted').map(({ facts }) => facts['percent'])).toEqual(shares);
      expect(of('ShiftStarted').map(({ facts }) => facts['by'])).toEqual(
        shares.length === 0 ? [] : [by],
      );
      expect(kinds).toEqual(expect.arrayContaining(['RolloutStarted', 'RolloutCompleted']));
      expect(await versionIn(environment)).toBe(release.version);
      expect(watches.get(environment)?.broken ?? []).toEqual([]);
    }
  });

  test.each([...rows].reverse())(
    '$environment: a bad release goes back, and last good serves alone',
    async ({ environment, shares, bad }) => {
      const before = await versionIn(environment);
      const view = views.get(environment);
      const digest = await push(MODELS[bad]);
      if (bad === 'alarm') {
        await view?.untilShare(shares[0] ?? 100);
        await view?.setAlarm(`slipway-checkout-${environment}-green-errors`, 'ALARM');
      }
      const release = await world.ended(digest);
      expect(release).toMatchObject({ outcome: 'rolledBack' });
      await world.clock.advance(180_000);

      const kinds = (await told(release.releaseId, environment)).map(({ kind }) => kind);
      expect(kinds).toContain('RollbackStarted');
      expect(kinds.filter((kind) => kind === 'RolledBack')).toHaveLength(1);
      expect(kinds).not.toContain('RolloutCompleted');
      expect(await versionIn(environment)).toBe(before);
      expect(await world.ledger.rollout(`checkout/${environment}/eu-west-1`)).toMatchObject({
        version: release.version,
        phase: 'rolledBack',
        rollback: { outcome: 'rolledBack' },
      });
      if (view === undefined) return;
      const live = await world.ledger.live(view.target.targetId);
      const weights = { blue: 0, green: 0, [live?.color ?? 'blue']: 100 };
      expect(await view.weights()).toEqual(weights);
      expect(await view.alias()).toEqual({ version: live?.pointerVersion, additional: {} });
      expect(await view.overrideOn()).toBe(false);
      expect(await view.lockOwner()).toBeNull();
      expect(await view.chainFault(release.releaseId)).toBeNull();
      expect(watches.get(environment)?.broken).toEqual([]);
    },
  );

  const rule = [
    ['ModifyRule', 'before'],
    ['ModifyRule', 'after'],
  ] as const;
  const alias = [
    ['UpdateAlias', 'before'],
    ['UpdateAlias', 'after'],
  ] as const;
  test.each(by === 'schedule' ? [...alias, ...rule] : rule)(
    'a tick whose process dies at %s, %s it, changes nothing',
    async (call, moment) => {
      const home = world.cloud.service<LambdaService>('lambda', world.home);
      let calls = 0;
      let deaths = 0;
      const stop = home.interceptCalls(({ functionName, operation, phase }) => {
        if (functionName !== 'slipway-tick' || operation !== call || phase !== moment) return;
        calls += 1;
        if (calls !== 1 && calls !== 4) return;
        deaths += 1;
        throw new KilledInvocation(`it dies ${moment} ${call} ${calls}`);
      });
      const digest = await push('');
      const release = await world.ended(digest);
      stop();
      expect(deaths).toBe(2);
      expect(release).toMatchObject({ outcome: 'released' });
      for (const { environment, shares } of rows) {
        const events = await told(release.releaseId, environment);
        const percents = events
          .filter(({ kind }) => kind === 'WeightShifted')
          .map(({ facts }) => facts['percent']);
        expect(percents).toEqual(shares);
        expect(watches.get(environment)?.broken ?? []).toEqual([]);
      }
    },
  );

  test(`CodeDeploy ${by === 'schedule' ? 'has nothing here' : 'shifted every one of them'}`, async () => {
    for (const view of views.values()) {
      const { codeDeploy } = view.target.shiftable;
      expect(codeDeploy === null).toBe(by === 'schedule');
      expect((await view.deployments()).length > 0).toBe(by === 'codeDeploy');
    }
  });
});
