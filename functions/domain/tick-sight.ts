import type { BudgetSight, BudgetsBefore } from './budget.ts';
import type { PendingHook } from './fast-path-row.ts';
import type { PointerSight } from './pointer.ts';
import type { Analysis, Strategy } from './target.ts';
import type { Judgement } from './verdict.ts';
import type { GroupWeight, Roles } from './weights.ts';

/** Why a rollout goes back; `rollback.ts` says which of them name the candidate. */
export type Cause =
  | 'alarm'
  | 'judge'
  | 'ceiling'
  | 'candidate'
  | 'codeDeploy'
  | 'drift'
  | 'mirror'
  | 'slo'
  | 'noEvidence';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** CodeDeploy's deployment as one read saw it. */
export interface DeploymentSight {
  readonly status: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Percent that CodeDeploy says the target version gets; null before it says anything. */
  readonly targetPercent: number | null;
}

/** Everything that one tick saw, before it decides. */
export interface Sight {
  readonly now: number;
  readonly deployment: DeploymentSight;
  readonly pointer: PointerSight;
  readonly weights: readonly GroupWeight[];
  readonly overrideOn: boolean;
  /** By name; null for an alarm that does not exist. `null` altogether: they could not be read. */
  readonly alarms: ReadonlyMap<string, AlarmState | null> | null;
  /** Absent: none are watched; null: they could not be read. */
  readonly budgets?: BudgetSight;
  readonly healthy: { readonly stable: number; readonly candidate: number };
  readonly hook: PendingHook | null;
}

/** What does not change from tick to tick. */
export interface Terms {
  readonly strategy: Strategy;
  readonly bakeSeconds: number;
  readonly servesUsers: boolean;
  readonly analysis: Analysis;
  readonly roles: Roles;
  /** How the error budgets stood before this rollout. */
  readonly budgetsBefore?: BudgetsBefore;
  readonly versions: { readonly stable: string; readonly candidate: string };
}

/** What the tick is to do. */
export interface Plan {
  readonly decision: 'continue' | 'done' | 'rollBack';
  readonly cause: Cause | null;
  readonly reason: string;
  readonly judgement: Judgement;
  /** The weight to write; null: leave the rule as it is. */
  readonly writePercent: number | null;
  /** The rule already has a weight that this tick would have written: an earlier try of it did. */
  readonly adoptPercent: number | null;
  readonly answerHook: boolean;
  /** Why a person is to be called; null: nobody is. */
  readonly page: string | null;
  readonly waitSeconds: number;
}
