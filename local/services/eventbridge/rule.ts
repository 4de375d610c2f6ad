import type { ScheduleExpression } from '../scheduler/schedule-expression.ts';
import type { EventMatcher } from './event-pattern.ts';
import type { Target } from './target.ts';

/** A rule on a bus. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  eventPattern: string | undefined;
  matches: EventMatcher | undefined;
  scheduleExpression: string | undefined;
  schedule: ScheduleExpression | undefined;
  /** What a rate counts from: when the rule was made, changed or enabled. */
  anchor: number;
  state: 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
  description: string | undefined;
  roleArn: string | undefined;
  readonly targets: Map<string, Target>;
  tags: Record<string, string>;
  /** Ends the waiting for the next scheduled time. */
  cancelTimer: (() => void) | undefined;
}

/** A bus with its rules. */
export interface EventBus {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  description: string | undefined;
  deadLetterArn: string | undefined;
  kmsKeyIdentifier: string | undefined;
  tags: Record<string, string>;
  readonly rules: Map<string, Rule>;
  /** Statements of the resource policy, by their id. */
  readonly policy: Map<string, unknown>;
}

/** A bus's resource policy as JSON; `undefined` if it has none. */
export const busPolicyOf = (bus: EventBus): string | undefined =>
  bus.policy.size === 0
    ? undefined
    : JSON.stringify({ Version: '2012-10-17', Statement: [...bus.policy.values()] });
