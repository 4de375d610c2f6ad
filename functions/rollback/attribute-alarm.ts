import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { alarmEffects } from '../adapters/alarm-effects.ts';
import { busOf } from '../adapters/bus.ts';
import { executionsOf } from '../adapters/executions.ts';
import { guardSight } from '../adapters/guard-sight.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { InputRefused } from '../domain/errors.ts';
import { type Attribution, type FiredAlarm, firedAlarm } from '../domain/fired-alarm.ts';
import { decideGuard, subjectOf } from '../domain/guard-decision.ts';
import { lastPaged, pagedRecently } from '../domain/guard-page.ts';
import { isoOf } from '../domain/instant.ts';
import type { Target } from '../domain/target.ts';
import { AlarmFired } from '../events/alarm-fired.ts';
import type { Ledger } from '../ports/ledger.ts';
import { environments } from '../runtime/env.ts';
import { handle, misfits, type World } from '../runtime/handle.ts';

const Input = z.object({
  Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })),
});
const Output = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })),
});

type Env = z.output<(typeof environments)['rollback/attribute-alarm']>;

/** Says whose alarm it is that fired after a rollout's end, and does what follows: last good comes back, a person is called, or neither. */
const attributeAlarm = (world: World<Env>) => {
  const ledger = ledgerOf(world);
  const effects = alarmEffects({
    ...world,
    ledger,
    executions: executionsOf(world),
    bus: busOf(world),
    rollbackMachineArn: world.env.ROLLBACK_MACHINE_ARN,
  });
  return async ({ messageId, body }: SQSRecord): Promise<void> => {
    try {
      const event = alarmIn(body);
      const target = await ledger.target(event.detail.targetId);
      if (target === null) {
        world.log.warn('an alarm of a target that is not registered', { ...event.detail });
        return;
      }
      if (target.account !== event.account) {
        throw new InputRefused(
          `an alarm of ${target.targetId} was told by account ${event.account}; the target is in ${target.account}`,
        );
      }
      const alarm = await ledger.recordAlarm(firedAlarm(event.detail));
      const attribution = alarm.attribution ?? (await attributed(world, ledger, alarm, target));
      if (attribution.settled) return;
      world.log.info(`${alarm.alarmName}: ${attribution.act}: ${attribution.reason}`, {
        targetId: alarm.targetId,
        ...attribution.guarded,
      });
      await effects(alarm, attribution);
      await ledger.settle(alarm, attribution);
    } catch (error) {
      const named = error instanceof Error ? error : new Error(String(error));
      world.log.error(`message ${messageId}: ${named.message}`, named);
      world.metrics.add(named.name === 'InputRefused' ? 'EventMalformed' : 'EventFailed');
      throw error;
    }
  };
};

/** Decides once; of two who decide at the same time, the first is right. */
const attributed = async (
  { runtime }: World<Env>,
  ledger: Ledger,
  alarm: FiredAlarm,
  target: Target,
): Promise<Attribution> => {
  const sight = await guardSight({ runtime, ledger }, alarm, target);
  const decision = decideGuard(sight);
  const subject = subjectOf(sight);
  const now = runtime.now();
  const guarded =
    sight.guard === null
      ? null
      : { releaseId: sight.guard.releaseId, rolloutId: sight.guard.rolloutId };
  const paged =
    decision.act === 'page' && guarded !== null
      ? lastPaged(await ledger.events(guarded.releaseId), subject)
      : null;
  const again = pagedRecently(paged, now)
    ? { act: 'record' as const, reason: `a person was called for it at ${paged?.at}` }
    : decision;
  return ledger.attribute(alarm, { ...again, at: isoOf(now), guarded, subject, settled: false });
};

/** A body that is no such event. It is reported as failed, so that the dead-letter queue keeps it. */
const alarmIn = (body: string): AlarmFired => {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch (error) {
    throw new InputRefused(`the message is no JSON: ${(error as Error).message}`);
  }
  const result = AlarmFired.safeParse(event);
  if (result.success) return result.data;
  throw new InputRefused(`the event is refused: ${misfits(result.error, event)}`);
};

/** A message that fails is tried again, then kept by the dead-letter queue. */
export const handler = handle({
  input: Input,
  output: Output,
  env: environments['rollback/attribute-alarm'],
  run: (world) => async (batch) => {
    const processor = new BatchProcessor(EventType.SQS);
    // One after another: alarms of one batch are often of one moment.
    return processPartialResponse(batch, attributeAlarm(world), processor, {
      processInParallel: false,
      throwOnFullBatchFailure: false,
    });
  },
});
