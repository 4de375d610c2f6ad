import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { expect } from 'vitest';
import type { FiredAlarm } from '../../functions/domain/fired-alarm.ts';
import type { GuardRecord } from '../../functions/domain/guard.ts';
import type { ReleaseRecord } from '../../functions/domain/release.ts';
import { otherColor } from '../../functions/domain/target.ts';
import type { ModelledTraffic } from '../../local/traffic/modelled-traffic.ts';
import { TargetView } from './shiftable-target.ts';
import { launch, type World } from './world.ts';

/** Three services in two Regions. */
export const GUARDED = 'test/fixtures/configurations/guarded.config.ts';

const MINUTE = 60_000;

/** A world in which 1.0.0 of checkout serves both Regions, and what tests ask of it after a rollout. */
export interface Guarded {
  readonly world: World;
  readonly primary: TargetView;
  readonly standby: TargetView;
  readonly users: ModelledTraffic;
}

/** Launches one. */
export const guardedWorld = async (): Promise<Guarded> => {
  const world = await launch({ config: GUARDED });
  const targets = await world.ledger.targets();
  const view = (region: string): TargetView => {
    const found = targets.find((one) => one.service === 'checkout' && one.region === region);
    if (found?.shiftable == null) throw new Error(`checkout has no target in ${region}`);
    return new TargetView(world, { ...found, shiftable: found.shiftable });
  };
  const { primary = '', standby = '' } = world.configuration.regions;
  const guarded = { world, primary: view(primary), standby: view(standby) };
  // It keeps the state that a test gives it: there is no data, and what is missing is ignored.
  for (const view of [guarded.primary, guarded.standby]) {
    await view.client.send(
      new PutMetricAlarmCommand({
        AlarmName: 'payments-down',
        Namespace: 'Payments',
        MetricName: 'Down',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 0,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'ignore',
      }),
    );
    await view.setAlarm('payments-down', 'OK');
  }
  expect(await world.ended(await world.push({ version: '1.0.0' }))).toMatchObject({
    outcome: 'released',
  });
  const users = await world.users('production', 10);
  await world.clock.advance(5 * MINUTE);
  return { ...guarded, users };
};

/** Releases a version whose pods fail from one minute of their life to another; answers its release, live in both Regions. */
export const releasedThenBad = async (
  { world }: Guarded,
  version: string,
  bad: { readonly fromMinute: number; readonly toMinute?: number } | null,
): Promise<ReleaseRecord> => {
  const until = bad?.toMinute === undefined ? '' : `; afterSeconds:${bad.toMinute * 60},errors:0`;
  const model =
    bad === null ? 'errors:0' : `errors:0; afterSeconds:${bad.fromMinute * 60},errors:0.3${until}`;
  const labels = { 'org.example.model': model };
  const record = await world.ended(await world.push({ version, labels }));
  expect(record).toMatchObject({ outcome: 'released' });
  return record;
};

/** The alarms of production that were told after a shift, oldest first. */
export const firedIn = ({ world }: Guarded): Promise<FiredAlarm[]> =>
  world.ledger.firedAlarms('production');

/** The open guard of a target. */
export const guardOf = (view: TargetView): Promise<GuardRecord | null> =>
  view.world.ledger.guard(view.target.targetId);

/** The kinds of a release's events. */
export const kindsOf = async ({ world }: Guarded, releaseId: string): Promise<string[]> =>
  (await world.ledger.events(releaseId)).map(({ kind }) => kind);

/** What goes to the topic that pages people, from now on. */
export const pagesOf = ({ world }: Guarded): { readonly pages: string[]; stop: () => void } => {
  const pages: string[] = [];
  const stop = world.cloud.onCall(({ service, operation, input }) => {
    if (service !== 'sns' || operation !== 'Publish') return;
    const { TopicArn = '', Message = '' } = input as { TopicArn?: string; Message?: string };
    if (TopicArn.endsWith(':slipway-pages')) pages.push(Message);
  });
  return { pages, stop };
};

/** Last good serves alone, nothing is left over, and the target is watched no more. */
export const expectBack = async (view: TargetView, version: string): Promise<void> => {
  const live = await view.world.ledger.live(view.target.targetId);
  expect(live).toMatchObject({ version, lastGood: null });
  const good = live?.color ?? 'blue';
  expect(await view.weights()).toEqual({ [good]: 100, [otherColor(good)]: 0 });
  expect(await view.alias()).toEqual({ version: live?.pointerVersion, additional: {} });
  expect(await view.overrideOn()).toBe(false);
  expect(await view.lockOwner()).toBeNull();
  expect(view.pods(otherColor(good))).toEqual([]);
  expect(await view.rollout()).toMatchObject({
    phase: 'rolledBack',
    rollback: { outcome: 'rolledBack', cause: 'alarm' },
  });
  expect(await guardOf(view)).toBeNull();
};

/** Lets time pass until both Regions have gone back and nobody holds them. */
export const goneBack = async ({ world, primary, standby }: Guarded): Promise<void> => {
  for (const view of [primary, standby]) {
    await world.until(`${view.target.targetId} has gone back`, async () => {
      const rollout = await view.rollout();
      const back = rollout?.phase === 'rolledBack' && (await view.lockOwner()) === null;
      return back || undefined;
    });
  }
};
