import { beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../local/services/aws-error.ts';
import type { CloudWatchService } from '../../local/services/cloudwatch/cloudwatch.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import { expectLastGood, pushedTo, type Shifting, shiftingWorld } from '../world/shifting.ts';

// Goal: metrics that are missing, partial or refused never move a weight; what comes late is counted, and in the end patience decides.
// Method: two colors, users on the virtual clock; CloudWatch answers partially, refuses, or has nothing to say in the middle of a shift.
const MINUTE = 60_000;
const PATIENCE_MINUTES = 30;
let shifting: Shifting;

beforeAll(async () => {
  shifting = await shiftingWorld();
}, 120_000);

const cloudWatch = () =>
  shifting.world.cloud.service<CloudWatchService>('cloudwatch', shifting.production.target);

/** The tick's reads of metrics are throttled until the answer is called. */
const throttled = (): { readonly count: () => number; stop(): void } => {
  let count = 0;
  const stop = shifting.world.cloud
    .service<LambdaService>('lambda', shifting.world.home)
    .interceptCalls(({ functionName, operation, phase }) => {
      const meant = functionName.includes('tick') && operation === 'GetMetricData';
      if (!meant || phase !== 'before') return;
      count += 1;
      throw new AwsError('ThrottlingException', 'Rate exceeded', { status: 400 });
    });
  return { count: () => count, stop };
};

const candidateWeight = async (): Promise<number> => {
  const { production } = shifting;
  const live = await production.world.ledger.live(production.target.targetId);
  return (await production.weights())[live?.color === 'green' ? 'blue' : 'green'];
};

describe('no evidence: for a while', () => {
  test.each<[string, string, () => { stop(): void }]>([
    [
      'partial answers',
      '1.1.0',
      () => {
        const { settings } = cloudWatch();
        settings.incomplete = 'PartialData';
        return {
          stop: () => {
            settings.incomplete = undefined;
          },
        };
      },
    ],
    ['throttled reads', '1.2.0', () => throttled()],
  ])(
    '%s hold the weight; what they kept back is counted afterwards',
    async (_name, version, hold) => {
      const { world } = shifting;
      const rollout = await pushedTo(shifting, version, 40);
      const held = hold();
      await world.clock.advance(12 * MINUTE);
      expect(await candidateWeight()).toBe(40);
      held.stop();
      const record = await world.ended(rollout.digest);
      expect(record).toMatchObject({ outcome: 'released' });
      const events = await world.ledger.events(record.releaseId);
      const next = events.find(
        ({ kind, facts }) =>
          kind === 'WeightShifted' &&
          facts['rolloutId'] === rollout.rolloutId &&
          facts['fromPercent'] === 40,
      );
      // Ten minutes of 10 requests a second, 40 % of them the candidate's: nothing of it was lost.
      const judgement = next?.facts['judgement'] as {
        evidence: { ticks: { known: number }; step: { candidate: { requests: number } } };
      };
      expect(judgement.evidence.ticks.known).toBeGreaterThanOrEqual(9);
      expect(judgement.evidence.step.candidate.requests).toBeGreaterThan(9 * 200);
      expect(shifting.watch.broken).toEqual([]);
    },
  );
});

describe('no evidence: at all', () => {
  test('the weight stays, never a higher one, and when patience ends it goes back unjudged', async () => {
    const { world, users } = shifting;
    const live = (await shifting.production.world.ledger.live(shifting.production.target.targetId))
      ?.version;
    const rollout = await pushedTo(shifting, '1.3.0', 40);
    const written = shifting.watch.written.length;
    users.stop();
    await world.clock.advance((PATIENCE_MINUTES - 1) * MINUTE);
    expect(await candidateWeight()).toBe(40);
    const record = await world.ended(rollout.digest);
    expect(record).toMatchObject({
      outcome: 'rolledBack',
      reason: expect.stringMatching(
        /^no pass within 1800 s at 40 %: the candidate had \d+ of the 100 requests/,
      ),
    });
    expect(shifting.watch.written.slice(written).filter((percent) => percent > 40)).toEqual([]);
    expect((await shifting.production.rollout())?.rollback?.cause).toBe('noEvidence');
    expect(await world.ledger.quarantine(record)).toBeNull();
    await expectLastGood(shifting, rollout, live ?? '');
  });
});
