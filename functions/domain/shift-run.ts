import { z } from 'zod';

/** A shift under way: what its rollout's execution carries from tick to tick, and its record keeps. */
export const ShiftRun = z.object({
  /** CodeDeploy's; null where the rollout keeps the schedule itself. */
  deploymentId: z.string().nullable(),
  /** From when the schedule counts; null in a record of before it was kept. */
  startedAt: z.iso.datetime().nullable().default(null),
});
export type ShiftRun = z.infer<typeof ShiftRun>;

/** A rollout's shift as its record knows it. */
export const shiftRunOf = (record: {
  readonly deploymentId: string | null;
  readonly shiftStartedAt?: string | undefined;
}): ShiftRun => ({
  deploymentId: record.deploymentId,
  startedAt: record.shiftStartedAt ?? null,
});
