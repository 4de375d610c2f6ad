import { describe, expect, test } from 'vitest';
import { decideEarlier, earlierReleases } from '../../functions/domain/earlier.ts';
import type { LiveRecord, RolloutPhase, RolloutRecord } from '../../functions/domain/rollout.ts';

// Goal: a rollback to a named release begins only where what is live is whole, and goes only to what ran there as one.

const digest = (name: string): string =>
  `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`;
const rollout = (
  version: string,
  phase: RolloutPhase,
  more: Partial<RolloutRecord> = {},
): RolloutRecord => ({
  rolloutId: `r-${version}`,
  releaseId: `rel-${version}`,
  targetId: 'checkout/production/eu-west-1',
  digest: digest(version),
  configDigest: digest('config'),
  version,
  phase,
  color: 'blue',
  pointerVersion: '7',
  deploymentId: null,
  executionArn: null,
  lastGood: null,
  token: 3,
  startedAt: '2026-03-02T09:00:00.000Z',
  endedAt: phase === 'shifting' ? null : '2026-03-02T09:30:00.000Z',
  yieldedAt: null,
  rollback: null,
  ...more,
});
const liveOf = ({ version, releaseId, rolloutId, ...record }: RolloutRecord): LiveRecord => ({
  version,
  releaseId,
  rolloutId,
  digest: record.digest,
  configDigest: record.configDigest,
  color: record.color ?? 'blue',
  pointerVersion: record.pointerVersion,
  since: record.startedAt,
  lastGood: record.lastGood,
  token: record.token,
});

const [one, two, three] = [
  rollout('1', 'completed'),
  rollout('2', 'completed', { color: 'green' }),
  rollout('3', 'completed'),
];
const decide = (to: string, newest: RolloutRecord | null, twoColors = true) =>
  decideEarlier({
    to: `rel-${to}`,
    live: liveOf(three),
    newest,
    history: [...(newest === null || newest === three ? [] : [newest]), three, two, one],
    twoColors,
  });
const refusal = (decision: ReturnType<typeof decideEarlier>): string =>
  decision.act === 'refuse' ? decision.reason : 'it goes back';

describe('earlier: where it goes', () => {
  test('into the slot that does not serve, whichever it ran in', () => {
    expect(decide('1', three)).toMatchObject({
      act: 'goBack',
      record: { rolloutId: 'r-3' },
      to: { releaseId: 'rel-1', color: 'green', pointerVersion: '7' },
    });
    expect(decide('1', three, false)).toMatchObject({ to: { color: 'blue' } });
  });

  test('last good by its name is the rollback that there is anyway', () => {
    const lastGood = { ...liveOf(two), color: 'green' as const };
    const newest = { ...three, lastGood };
    const decision = decideEarlier({
      to: 'rel-2',
      live: { ...liveOf(three), lastGood },
      newest,
      history: [newest, two, one],
      twoColors: true,
    });
    expect(decision).toMatchObject({ act: 'goBack', to: null });
  });

  test('a newest rollout that went back or was refused stands in nobody’s way', () => {
    for (const phase of ['rolledBack', 'preparing'] as const) {
      expect(decide('1', rollout('4', phase))).toMatchObject({ record: { rolloutId: 'r-3' } });
    }
  });

  test('what completed and was taken back later ran there; what never completed did not', () => {
    const taken = rollout('5', 'rolledBack', { completedAt: '2026-03-02T09:20:00.000Z' });
    const never = rollout('6', 'rolledBack');
    expect(earlierReleases([never, taken, one, one]).map(({ version }) => version)).toEqual([
      '5',
      '1',
    ]);
  });
});

test.each([
  ['9', three, /rel-9 never ran on this target.*3 \(rel-3\), 2 \(rel-2\), 1 \(rel-1\)/],
  ['3', three, /is live already/],
  ['1', null, /nothing has run/],
  ['1', rollout('4', 'shifting'), /under way \(shifting\): go back to last good first/],
  ['1', rollout('4', 'baking', { endedAt: null }), /under way \(baking\)/],
  ['1', rollout('4', 'preparing', { endedAt: null }), /under way \(preparing\)/],
  ['1', rollout('4', 'rollingBack', { endedAt: null }), /is being rolled back/],
  ['1', rollout('4', 'stuck'), /the rollback of r-4 is stuck/],
])('earlier: to %s: refused', (to, newest, words) => {
  expect(refusal(decide(to, newest))).toMatch(words);
});

test('earlier: one that is stuck goes on to where it was going; on one color anywhere', () => {
  const rollback = {
    attempt: 1,
    executionArn: null,
    reason: 'x',
    cause: 'person',
    requestedAt: '2026-03-02T09:00:00.000Z',
    outcome: 'stuck' as const,
    to: { ...liveOf(one), color: 'green' as const },
  };
  const stuck = { ...three, phase: 'stuck' as const, rollback };
  expect(decide('1', stuck)).toMatchObject({ act: 'goBack', to: { releaseId: 'rel-1' } });
  expect(refusal(decide('2', stuck))).toMatch(/is stuck/);
  expect(decide('2', stuck, false)).toMatchObject({ to: { releaseId: 'rel-2' } });
});
