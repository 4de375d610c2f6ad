import { z } from 'zod';
import { Color } from './target.ts';

/** A listener rule's condition as Elastic Load Balancing takes it; kept as it was read. */
export const RuleCondition = z.looseObject({ Field: z.string().optional() });
export type RuleCondition = z.infer<typeof RuleCondition>;

/** A hook that CodeDeploy called and that the tick answers. */
export const PendingHook = z.object({
  id: z.string(),
  deploymentId: z.string(),
  calledAt: z.iso.datetime(),
});
export type PendingHook = z.infer<typeof PendingHook>;

/** All that the alarm fast path knows, in the target's own account: it must be enough to put last good back without asking anyone. */
export const FastPathRow = z.object({
  pk: z.literal('ROW'),
  targetId: z.string(),
  rolloutId: z.string().nullable(),
  phase: z.enum(['idle', 'shifting', 'baking']),
  token: z.int().nonnegative(),
  firstShiftAt: z.iso.datetime().nullable(),
  overrideRuleArn: z.string(),
  /** The weighted rule's conditions: the override takes exactly these. */
  overrideConditions: z.array(RuleCondition),
  lastGood: z.object({
    targetGroupArn: z.string(),
    color: Color,
    /** How much of the traffic last good can carry now. */
    sharePercent: z.int().min(0).max(100),
  }),
  candidateTargetGroupArn: z.string(),
  deploymentId: z.string().nullable(),
  pendingHook: PendingHook.nullable(),
  watchedAlarms: z.array(z.string()),
});
export type FastPathRow = z.infer<typeof FastPathRow>;

/** The key of the table's only row. */
export const FAST_PATH_KEY = 'ROW';
