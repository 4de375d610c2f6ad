import { StopDeploymentCommand } from '@aws-sdk/client-codedeploy';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import { expectLastGood, pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';

// Goal: an alarm on the candidate gets users back to last good at once and for good, whoever else asks for the same.
// Method: one world in which 1.0.0 is live and users come; each test pushes a version of its own and ends with 1.0.0 live.
let shifting: Shifting;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

beforeAll(async () => {
  shifting = await shiftingWorld();
}, 120_000);

const alarmOf = (kind: string): string => `slipway-checkout-production-${kind}`;

/** Every AWS call of the fast path, by invocation. */
const fastPathCalls = () => {
  const { world, production } = shifting;
  const invocations = new Map<string, string[]>();
  const stop = world.cloud
    .service<LambdaService>('lambda', production.target)
    .interceptCalls(({ functionName, requestId, operation, phase }) => {
      if (phase !== 'before' || functionName !== alarmOf('alarm-fast-path')) return;
      invocations.set(requestId, [...(invocations.get(requestId) ?? []), operation]);
    });
  return { invocations, stop };
};

describe('alarm: in the middle of a shift', () => {
  test('override, stop, last good, quarantine; no request is lost on the way', async () => {
    const { world, production, users } = shifting;
    const rollout = await pushedTo(shifting, '1.1.0', 40);
    const { invocations, stop } = fastPathCalls();
    const failedBefore = users.summary().failed;
    const at = world.clock.now();
    await production.setAlarm(alarmOf('green-errors'), 'ALARM');
    await world.until('the override', async () => (await production.overrideOn()) || undefined, 1);
    expect(world.clock.now() - at).toBeLessThanOrEqual(30 * SECOND);
    expect(await production.weights('override')).toEqual({ blue: 100, green: 0 });
    const [first = []] = invocations.values();
    expect(first.indexOf('ModifyRule')).toBeGreaterThan(0);
    expect(first.indexOf('ModifyRule')).toBeLessThanOrEqual(3);
    expect((await production.rollout())?.phase).not.toBe('rolledBack');

    const release = await world.ended(rollout.digest);
    stop();
    expect(release).toMatchObject({ outcome: 'rolledBack' });
    expect(release.reason).toContain('green-errors');
    await expectLastGood(shifting, rollout);
    const ended = await production.rollout();
    expect(ended?.rollback?.cause).toBe('alarm');
    const { status } = await production.deployment(ended?.deploymentId ?? '');
    expect(status).toBe('Stopped');
    expect(await world.ledger.quarantine(release)).toMatchObject({ digest: rollout.digest });
    expect(users.summary().failed).toBe(failedBefore);
    const kinds = (await world.ledger.events(release.releaseId)).map(({ kind }) => kind);
    expect(kinds.at(-1)).toBe('ReleaseConcluded');
    expect(kinds).toContain('RolledBack');
  });

  test('the quarantined pair is refused to a person too, and no target is touched', async () => {
    const { production } = shifting;
    const before = await production.rollout();
    const request = {
      service: 'checkout',
      digest: before?.digest,
      reason: 'try again',
      startedBy: 'ada',
    };
    const ended = await production.ended(await production.startByHand('release', request));
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'ReleaseRefused',
      cause: expect.stringContaining('the pair is quarantined'),
    });
    expect(await production.rollout()).toEqual(before);
  });

  test('a second alarm during the rollback, and a third after it, change nothing', async () => {
    const { world, production } = shifting;
    const rollout = await pushedTo(shifting, '1.2.0', 40);
    await production.setAlarm(alarmOf('green-errors'), 'ALARM');
    await world.until('the claim', async () =>
      (await production.rollout())?.phase === 'rollingBack' ? true : undefined,
    );
    await production.setAlarm(alarmOf('green-latency'), 'ALARM');
    await world.clock.advance(5 * SECOND);
    await production.setAlarm(alarmOf('green-errors'), 'OK');
    await production.setAlarm(alarmOf('green-errors'), 'ALARM');
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, rollout);
    await production.setAlarm(alarmOf('green-faults'), 'ALARM');
    await world.clock.advance(20 * MINUTE);
    await expectLastGood(shifting, rollout);
    expect(await production.rollbacksOf(rollout.rolloutId)).toMatchObject([
      { status: 'SUCCEEDED' },
    ]);
  });
});

describe('alarm: ten who ask at once', () => {
  test('alarms, a person, a stopped execution and a stopped deployment make one rollback', async () => {
    const { world, production } = shifting;
    const { executionArn, deploymentId, rolloutId, ...rollout } = await pushedTo(
      shifting,
      '1.3.0',
      80,
    );
    const before = (await production.executions('rollback')).length;
    const home = world.client();
    await world.during(
      Promise.all([
        ...['green-errors', 'green-latency', 'green-faults', 'blue-errors', 'hurting'].map((kind) =>
          production.setAlarm(alarmOf(kind), 'ALARM'),
        ),
        production.rollBackByHand('orders look wrong'),
        production.rollBackByHand('orders look wrong'),
        production.rollBackByHand('orders look wrong'),
        home.send(new StopExecutionCommand({ executionArn: executionArn ?? '' })),
        production.client.send(
          new StopDeploymentCommand({
            deploymentId: deploymentId ?? '',
            autoRollbackEnabled: true,
          }),
        ),
      ]),
    );
    expect(await world.ended(rollout.digest)).toMatchObject({ outcome: 'rolledBack' });
    await world.clock.advance(10 * MINUTE);
    await expectLastGood(shifting, { ...rollout, executionArn, deploymentId, rolloutId });
    expect(await production.rollbacksOf(rolloutId)).toHaveLength(1);
    const claims = (await production.executions('rollback')).slice(before);
    expect(claims.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
    const events = await world.ledger.events(rollout.releaseId);
    expect(events.filter(({ kind }) => kind === 'RollbackStarted')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'RolledBack')).toHaveLength(1);
  });
});

describe('alarm: after the shift', () => {
  test('while baking it rolls back; when the rollout has ended it starts nothing', async () => {
    const { world, production } = shifting;
    const baking = await pushedTo(shifting, '1.4.0', 100);
    await world.until('the bake', async () =>
      (await production.rollout())?.phase === 'baking' ? true : undefined,
    );
    await production.setAlarm(alarmOf('green-latency'), 'ALARM');
    expect(await world.ended(baking.digest)).toMatchObject({ outcome: 'rolledBack' });
    await expectLastGood(shifting, baking);

    await world.clock.advance(5 * MINUTE);
    const good = await world.push({ version: '1.5.0' });
    expect(await world.ended(good)).toMatchObject({ outcome: 'released' });
    const rollbacks = await production.executions('rollback');
    await production.setAlarm(alarmOf('green-errors'), 'ALARM');
    await world.clock.advance(20 * MINUTE);
    expect(await production.executions('rollback')).toEqual(rollbacks);
    expect(await production.weights()).toEqual({ blue: 0, green: 100 });
    expect(await production.overrideOn()).toBe(false);
    expect(await production.rollout()).toMatchObject({ phase: 'completed', rollback: null });
    expect(shifting.watch.broken).toEqual([]);
  });
});
