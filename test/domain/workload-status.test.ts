import { describe, expect, test } from 'vitest';
import { APPLIED_AT, ROLLOUT } from '../../functions/domain/manifests.ts';
import {
  type DeploymentView,
  judgeCompanion,
  judgeWorkload,
  type PodView,
  together,
} from '../../functions/domain/workload-status.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const wanted = {
  name: 'checkout-green',
  digest: `sha256:${'a'.repeat(64)}`,
  rolloutId: 'r1',
  readyDeadlineSeconds: 600,
};
const deployment = (
  status: Partial<NonNullable<DeploymentView['status']>> = {},
  over: { appliedAt?: number; rolloutId?: string; replicas?: number } = {},
): DeploymentView => ({
  metadata: {
    generation: 3,
    annotations: {
      [APPLIED_AT]: new Date(over.appliedAt ?? NOW - 60_000).toISOString(),
      [ROLLOUT]: over.rolloutId ?? 'r1',
    },
  },
  spec: { replicas: over.replicas ?? 2 },
  status: {
    observedGeneration: 3,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    conditions: [],
    ...status,
  },
});
const pod = (over: Partial<PodView> = {}): PodView => ({
  metadata: { name: 'p' },
  spec: { containers: [{ image: `registry/checkout@${wanted.digest}` }] },
  ...over,
});
const judge = (of: DeploymentView | null, pods: PodView[] = [pod(), pod()]) =>
  judgeWorkload(wanted, { deployment: of, pods }, NOW);

describe('workload', () => {
  test('all of it, of the right digest, passes', () => {
    expect(judge(deployment()).verdict).toBe('pass');
  });

  test('a cluster that has no room is named, apart from the version', () => {
    const message = 'pods "checkout-green-1" is forbidden: exceeded quota: small';
    const refused = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
    const quota = judge(deployment({ updatedReplicas: 0, conditions: [refused] }), []);
    expect(quota.reason).toContain('exceeded quota: small');
    expect(quota.evidence).toMatchObject({ noRoom: true });
    const unplaced = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };
    const full = judge(deployment({ availableReplicas: 1 }), [
      pod(),
      pod({ status: { conditions: [unplaced] } }),
    ]);
    expect(full.evidence).toMatchObject({ noRoom: true });
    expect(judge(deployment({ availableReplicas: 1 })).evidence).not.toHaveProperty('noRoom');
  });

  test.each([
    ['the controller has not looked', deployment({ observedGeneration: 2 }), 'not looked'],
    ['some are old', deployment({ updatedReplicas: 1 }), '1 of 2 pods are of this release'],
    ['old ones remain', deployment({ replicas: 3 }), 'older pods'],
    ['some are unavailable', deployment({ availableReplicas: 1 }), '1 of 2 pods are available'],
    ['it is scaled to nothing', deployment({ replicas: 0 }, { replicas: 0 }), 'scaled to 0'],
    ["another rollout's", deployment({}, { rolloutId: 'r0' }), 'filled by r0'],
  ])('%s: wait', (_name, of, words) => {
    const { verdict, reason } = judge(of);
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain(words);
  });

  test('a pod of another image is not ready, one that is going does not count', () => {
    const foreign = pod({
      spec: { containers: [{ image: `registry/checkout@sha256:${'b'.repeat(64)}` }] },
    });
    expect(judge(deployment(), [pod(), pod(), foreign]).reason).toContain('another image');
    const going = { ...foreign, metadata: { name: 'p', deletionTimestamp: 'now' } };
    expect(judge(deployment(), [pod(), pod(), going]).verdict).toBe('pass');
  });

  test('past the deadline it fails with the words of its pods', () => {
    const crashing = pod({
      status: {
        containerStatuses: [
          { state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } } },
        ],
      },
    });
    const late = deployment({ availableReplicas: 0 }, { appliedAt: NOW - 601_000 });
    const { verdict, reason } = judge(late, [crashing, crashing]);
    expect(verdict).toBe('fail');
    expect(reason).toContain('CrashLoopBackOff (back-off 5m0s)');
    expect(reason.match(/CrashLoopBackOff/g)).toHaveLength(1);
  });

  test('what Kubernetes gave up is not waited for', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
    ];
    expect(judge(deployment({ availableReplicas: 0, conditions })).verdict).toBe('fail');
    const older = deployment({ availableReplicas: 0, conditions, observedGeneration: 2 });
    expect(judge(older).verdict).toBe('inconclusive');
  });

  test('unready pods say why', () => {
    const unready = pod({
      status: {
        conditions: [
          { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'not yet' },
        ],
      },
    });
    expect(judge(deployment({ availableReplicas: 0 }), [unready]).reason).toContain(
      'Ready is False, ContainersNotReady, not yet',
    );
  });

  test('a Deployment that is gone was taken away', () => {
    expect(judge(null)).toMatchObject({ verdict: 'fail' });
  });
});

describe('workload: with others beside it', () => {
  const worker = (status: object = {}, rolloutId = 'r1'): DeploymentView => {
    const one = deployment(status, { rolloutId });
    return { ...one, metadata: { ...one.metadata, name: 'worker-green' } };
  };
  const foreign = pod({
    spec: { containers: [{ image: `registry/redis@sha256:${'b'.repeat(64)}` }] },
  });
  const beside = (of: DeploymentView, pods = [foreign, foreign]) =>
    together([judge(deployment()), judgeCompanion(wanted, { deployment: of, pods }, NOW)]);

  test('ready when all are, whatever image the others run', () => {
    const { verdict, reason } = beside(worker());
    expect(verdict).toBe('pass');
    expect(reason).toMatch(/^checkout-green runs 2 pods of sha256:a+; worker-green runs 2 pods$/);
  });

  test.each([
    [
      'not ready',
      worker({ availableReplicas: 0 }),
      /worker-green is not ready: 0 of 2 pods are available/,
    ],
    ['of another rollout', worker({}, 'r0'), /worker-green is not ready: it was filled by r0/],
  ])('waits for one that is %s, and says which', (_name, of, words) => {
    expect(beside(of)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(words),
    });
  });

  test('one that failed decides, whatever still waits', () => {
    const waiting = judge(deployment({ availableReplicas: 0 }));
    const failed = judge(deployment({ availableReplicas: 0 }, { appliedAt: NOW - 700_000 }));
    expect(together([waiting, failed])).toBe(failed);
  });
});
