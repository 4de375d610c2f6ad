import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { MachineNoun } from '../../config/names.ts';

/** What a pipeline handler is, beside its code: one row per step of a machine. */
export interface Step {
  /** State, substitution and construct id: `AcceptRelease`. */
  readonly step: string;
  /** `release/accept-release` */
  readonly entry: string;
  readonly description: string;
  readonly statements: readonly PolicyStatement[];
  /** Machines whose definitions name it. */
  readonly machines: readonly MachineNoun[];
  readonly timeoutSeconds?: number;
}

/** The handlers that take on a target's role: their own roles have names, and a target's trust policy lists exactly these. */
export const STEPS_ON_TARGETS: readonly string[] = [
  'preflight',
  'refuse-rollout',
  'check-capacity',
  'publish-pointer',
  'place-first',
  'create-deployment',
  'tick',
  'conclude-rollout',
  'keep-warm',
  'attribute-alarm',
  'claim-rollback',
  'override-traffic',
  'stop-deployment',
  'publish-earlier',
  'abandon-rollback',
  'restore-stable',
  'lift-override',
  'conclude-rollback',
  'record-stuck',
];
