import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideIntake, type Knowledge } from '../../functions/domain/intake.ts';
import { pushedAfter, pushOrder } from '../../functions/domain/order.ts';
import type { Evidence } from '../../functions/domain/provenance.ts';
import {
  type ReleaseRecord,
  releaseIdOf,
  type ServiceRecord,
} from '../../functions/domain/release.ts';

// Goal: the decision about an image depends on what is known, never on how often or in which order it is asked.

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const service: ServiceRecord = {
  service: 'checkout',
  repository: 'shop/checkout',
  registryId: '999999999999',
  region: 'eu-west-1',
  workload: { port: 8080, replicas: { min: 1, max: 1 }, readiness: '/', env: {} },
  configDigest: digest('0'),
  scan: { failOn: 'HIGH', epssMax: null, exceptions: [] },
  build: null,
  environments: [{ environment: 'dev', waves: [['eu-west-1']] }],
};
const built: ServiceRecord = {
  ...service,
  build: { project: 'p', testsMustPass: false, lineCoveragePercentMin: null },
};
const at = (minute: number): string => `2026-01-15T12:${String(minute).padStart(2, '0')}:00.000Z`;
const pushed = { digest: digest('a'), imagePushedAt: at(10) };
const releaseId = releaseIdOf('checkout', { digest: pushed.digest, configDigest: digest('0') });
const release = (changes: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  releaseId,
  service: 'checkout',
  digest: pushed.digest,
  configDigest: digest('0'),
  version: null,
  imagePushedAt: pushed.imagePushedAt,
  attempt: 1,
  phase: 'gating',
  outcome: null,
  reason: null,
  startedBy: 'push',
  startedAt: at(11),
  endedAt: null,
  executionArn: 'arn:one',
  ...changes,
});
const half: Evidence = {
  service: 'checkout',
  digest: pushed.digest,
  push: { imagePushedAt: at(10), tag: null, seenAt: at(10) },
  build: null,
  overdueAt: null,
};
const whole: Evidence = { ...half, build: { buildId: 'p:1', tag: null, seenAt: at(10) } };
const newerOne = { releaseId: 'other', digest: digest('b'), imagePushedAt: at(20) };
const olderOne = { releaseId: 'other', digest: digest('b'), imagePushedAt: at(1) };
const quarantine = {
  service: 'checkout',
  digest: pushed.digest,
  configDigest: digest('0'),
  reason: 'bad',
  rolloutId: 'r',
  at: at(0),
};
const nothing: Knowledge = {
  service,
  pushed,
  release: null,
  newest: null,
  quarantine: null,
  evidence: null,
};
const decide = (changes: Partial<Knowledge>) => decideIntake({ ...nothing, ...changes });

describe('intake decision', () => {
  test.each<[string, Partial<Knowledge>, string, number?]>([
    ['a new image', {}, 'start', 1],
    ['newer than the newest', { newest: olderOne }, 'start', 1],
    ['older than the newest', { newest: newerOne }, 'supersede'],
    ['it is the newest itself', { newest: { ...pushed, releaseId } }, 'start', 1],
    ['quarantined', { quarantine }, 'refuse'],
    ['quarantined and older', { quarantine, newest: newerOne }, 'refuse'],
    ['under way already', { release: release() }, 'start', 1],
    ['released', { release: release({ phase: 'ended', outcome: 'released' }) }, 'leave'],
    ['rolled back', { release: release({ phase: 'ended', outcome: 'rolledBack' }) }, 'leave'],
    [
      'rejected by its scan',
      { release: release({ phase: 'ended', outcome: 'rejected' }) },
      'leave',
    ],
    ['stuck', { release: release({ phase: 'ended', outcome: 'stuck' }) }, 'leave'],
    ['superseded', { release: release({ phase: 'ended', outcome: 'superseded' }) }, 'leave'],
    ['failed', { release: release({ phase: 'ended', outcome: 'failed', attempt: 2 }) }, 'start', 3],
    [
      'failed, and a newer one is there',
      { release: release({ phase: 'ended', outcome: 'failed' }), newest: newerOne },
      'leave',
    ],
    ['pushed, not built', { service: built, evidence: half }, 'wait'],
    ['nothing known of its build', { service: built, evidence: null }, 'wait'],
    [
      'built, not confirmed as pushed',
      { service: built, evidence: { ...whole, push: null } },
      'wait',
    ],
    ['pushed and built', { service: built, evidence: whole }, 'start', 1],
    ['older, not built', { service: built, evidence: half, newest: newerOne }, 'supersede'],
    [
      'its build failed before anything carried it, and another proves it',
      {
        service: built,
        evidence: whole,
        release: release({ phase: 'ended', outcome: 'rejected', executionArn: null }),
      },
      'start',
      2,
    ],
    [
      'its build failed, and it is pushed again',
      {
        service: built,
        evidence: half,
        release: release({ phase: 'ended', outcome: 'rejected', executionArn: null }),
      },
      'leave',
    ],
  ])('%s: %s', (_name, knowledge, act, attempt) => {
    const decision = decide(knowledge);
    expect(decision.act).toBe(act);
    expect(decision.releaseId).toBe(releaseId);
    expect('attempt' in decision ? decision.attempt : undefined).toBe(attempt);
  });

  test('nothing starts that is quarantined or older than the newest, whatever else is known', () => {
    const anything = fc.record({
      release: fc.constantFrom<ReleaseRecord | null>(
        null,
        release(),
        release({ phase: 'waitingForBuild', executionArn: null }),
        release({ phase: 'ended', outcome: 'failed' }),
        release({ phase: 'ended', outcome: 'rejected', executionArn: null }),
        release({ phase: 'ended', outcome: 'released' }),
      ),
      service: fc.constantFrom(service, built),
      evidence: fc.constantFrom<Evidence | null>(null, half, whole),
      quarantine: fc.constantFrom(null, quarantine),
      newest: fc.constantFrom(null, olderOne, newerOne),
    });
    fc.assert(
      fc.property(anything, (knowledge) => {
        const decision = decide(knowledge);
        expect(decide(knowledge)).toEqual(decision);
        const unfit =
          knowledge.quarantine !== null ||
          knowledge.newest === newerOne ||
          (knowledge.service === built && knowledge.evidence !== whole);
        expect(unfit && decision.act === 'start').toBe(false);
      }),
    );
  });
});

describe('order of pushes', () => {
  const some = fc.record({
    digest: fc.constantFrom('a', 'b', 'c').map(digest),
    imagePushedAt: fc.integer({ min: 0, max: 3 }).map(at),
  });

  test('is total: no two different images are alike, and it never turns in a circle', () => {
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        expect(Math.sign(pushOrder(a, b)) + Math.sign(pushOrder(b, a))).toBe(0);
        expect(pushOrder(a, b) === 0).toBe(
          a.digest === b.digest && a.imagePushedAt === b.imagePushedAt,
        );
        expect(pushedAfter(a, b) && pushedAfter(b, c) && !pushedAfter(a, c)).toBe(false);
      }),
    );
  });

  test('a fraction of a second written or not makes no difference', () => {
    const a = { digest: digest('a'), imagePushedAt: '2026-01-15T12:00:00Z' };
    const b = { digest: digest('a'), imagePushedAt: '2026-01-15T12:00:00.000Z' };
    expect(pushOrder(a, b)).toBe(0);
  });
});
