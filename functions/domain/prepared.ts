import { z } from 'zod';
import { BudgetStatus } from './budget.ts';
import {
  ApplyInput,
  CheckInput,
  ClusterAccess,
  READY_DEADLINE_SECONDS,
  type Slot,
  type SlotLimits,
} from './cluster-inputs.ts';
import { Lock } from './lock.ts';
import type { ServiceRecord } from './release.ts';
import { Deployed } from './rollout.ts';
import { RolloutInput } from './rollout-input.ts';
import { Color, otherColor, Target } from './target.ts';
import { Judgement } from './verdict.ts';
import type { Workload } from './workload.ts';

/** What preflight found, and the plan that every later step follows. */
export const Prepared = Judgement.extend({
  waitSeconds: z.int().nonnegative(),
  mode: z.enum(['oneColor', 'twoColors']),
  /** The target has no live release yet. */
  first: z.boolean(),
  color: Color,
  lastGood: Deployed.nullable(),
  target: Target,
  /** How the error budgets stood before this rollout. */
  budgetsBefore: z.record(z.string(), BudgetStatus).default({}),
  /** Alarms that this shift does not wait for, by waivers; the alarm fast path still hears of them. */
  waivedAlarms: z.array(z.string()).optional(),
  preparedAt: z.iso.datetime(),
  /** The three are null on a refusal. */
  cluster: ClusterAccess.nullable(),
  apply: ApplyInput.nullable(),
  check: CheckInput.nullable(),
});
export type Prepared = z.infer<typeof Prepared>;

/** What every step after preflight is given. */
export const StepInput = z.object({ rollout: RolloutInput, lock: Lock, prepared: Prepared });
export type StepInput = z.infer<typeof StepInput>;

/** What PublishPointer gave. */
export const Published = z.object({
  pointerVersion: z.string(),
  /** The version at which the alias stood before. */
  previousVersion: z.string().nullable(),
});
export type Published = z.infer<typeof Published>;

/** The image's name without tag or digest. */
export const repositoryOf = (service: ServiceRecord): string =>
  `${service.registryId}.dkr.ecr.${service.region}.amazonaws.com/${service.repository}`;

/** The target group of a slot. */
export const groupOf = (target: Target, color: Color): string => {
  if (target.shiftable !== null) return target.shiftable.route.targetGroupArns[color];
  return target.plainRoute?.targetGroupArn ?? '';
};

/** What the cluster functions are told, to put one release into one slot and to ask after it. */
export const slotInputs = (at: {
  readonly target: Target;
  readonly service: ServiceRecord;
  readonly workload: Workload;
  readonly cluster: ClusterAccess;
  readonly release: {
    readonly releaseId: string;
    readonly rolloutId: string;
    readonly digest: string;
    readonly configDigest: string;
  };
  readonly color: Color;
  readonly sizeOfOther: boolean;
  readonly floorOf?: SlotLimits | null;
}): { apply: ApplyInput; check: CheckInput } => {
  const { target, release, color } = at;
  const slot: Slot = {
    service: target.service,
    environment: target.environment,
    color,
    releaseId: release.releaseId,
    rolloutId: release.rolloutId,
    repository: repositoryOf(at.service),
    digest: release.digest,
    configDigest: release.configDigest,
    workload: at.workload,
    targetGroupArn: groupOf(target, color),
    replacement: target.strategy.kind === 'recreate' ? 'Recreate' : 'RollingUpdate',
  };
  return {
    apply: {
      cluster: at.cluster,
      slot,
      sizeOf: at.sizeOfOther ? otherColor(color) : null,
      floorOf: at.floorOf ?? null,
    },
    check: {
      cluster: at.cluster,
      slot: {
        service: slot.service,
        color,
        digest: slot.digest,
        rolloutId: slot.rolloutId,
      },
      readyDeadlineSeconds: READY_DEADLINE_SECONDS,
    },
  };
};
