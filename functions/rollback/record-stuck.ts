import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { changeRollout } from '../adapters/rollout-change.ts';
import { isoOf } from '../domain/instant.ts';
import { Claimed, plainReason, RollbackStart, Unclaimed } from '../domain/rollback.ts';
import type { RolloutRecord } from '../domain/rollout.ts';
import { rolloutTold } from '../events/rollout-told.ts';
import type { Ledger } from '../ports/ledger.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.object({
  request: z.record(z.string(), z.unknown()),
  claim: z.union([Claimed, Unclaimed, z.null()]),
  reason: z.string().nullish(),
  executionArn: z.string(),
});
const Output = z.object({ recorded: z.boolean(), reason: z.string() });

type Env = z.output<(typeof environments)['rollback/record-stuck']>;

/** The undo failed. Nothing is touched any more: the override stays as it is, and a person is called. */
export const recordStuck =
  (world: World<Env>) =>
  async ({
    request,
    claim,
    reason: given,
    executionArn,
  }: z.output<typeof Input>): Promise<z.input<typeof Output>> => {
    const ledger = ledgerOf(world);
    const reason = plainReason(given ?? 'no reason given');
    const now = isoOf(world.runtime.now());
    const record = await recordOf(ledger, request, claim);
    if (record === null) {
      world.log.error('a rollback failed that names no rollout', { request, reason, executionArn });
      return { recorded: false, reason };
    }
    const token = claim?.decision === 'claimed' ? claim.lock.token : record.token;
    const { targetId, rolloutId } = record;
    const stuck = await changeRollout(ledger, { targetId, rolloutId, token }, (newest) => ({
      ...newest,
      phase: 'stuck',
      endedAt: now,
      rollback: {
        attempt: newest.rollback?.attempt ?? 1,
        executionArn,
        reason: newest.rollback?.reason ?? reason,
        cause: newest.rollback?.cause ?? 'pipelineFailure',
        requestedAt: newest.rollback?.requestedAt ?? now,
        outcome: 'stuck',
        ...(newest.rollback?.to === undefined ? {} : { to: newest.rollback.to }),
      },
    }));
    await ledger.append(stuck.releaseId, {
      at: now,
      kind: 'RollbackStuck',
      facts: { rolloutId, targetId, reason, executionArn },
      once: `${rolloutId}#stuck#${stuck.rollback?.attempt ?? 1}`,
    });
    await busOf(world).tell(
      rolloutTold('slipway.rollback', 'Rollback Stuck', stuck, { reason, executionArn }),
    );
    return { recorded: true, reason };
  };

/** A claim that failed half-way left nothing but the request. */
const recordOf = async (
  ledger: Ledger,
  request: Record<string, unknown>,
  claim: z.output<typeof Input>['claim'],
): Promise<RolloutRecord | null> => {
  if (claim?.decision === 'claimed') return claim.rollout;
  const start = RollbackStart.safeParse(request);
  if (!start.success) return null;
  const record = await ledger.rollout(start.data.targetId);
  return record?.rolloutId === start.data.rolloutId ? record : null;
};

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/record-stuck'],
  run: recordStuck,
});
