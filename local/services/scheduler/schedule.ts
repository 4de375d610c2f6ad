import type { ScheduleExpression } from './schedule-expression.ts';

/** What a schedule calls. */
export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string | undefined;
  readonly DeadLetterConfig?: { readonly Arn?: string | undefined } | undefined;
  readonly RetryPolicy?:
    | {
        readonly MaximumEventAgeInSeconds?: number | undefined;
        readonly MaximumRetryAttempts?: number | undefined;
      }
    | undefined;
  readonly SqsParameters?: { readonly MessageGroupId?: string | undefined } | undefined;
  readonly EventBridgeParameters?:
    | { readonly DetailType: string; readonly Source: string }
    | undefined;
}

/** A schedule as the API gives and takes it. */
export interface ScheduleInput {
  readonly Name?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
  readonly ScheduleExpressionTimezone?: string | undefined;
  readonly StartDate?: Date | string | undefined;
  readonly EndDate?: Date | string | undefined;
  readonly State?: 'ENABLED' | 'DISABLED' | undefined;
  readonly Description?: string | undefined;
  readonly KmsKeyArn?: string | undefined;
  readonly FlexibleTimeWindow?:
    | { readonly Mode?: string | undefined; readonly MaximumWindowInMinutes?: number | undefined }
    | undefined;
  readonly Target?: ScheduleTarget | undefined;
  readonly ActionAfterCompletion?: 'NONE' | 'DELETE' | undefined;
}

/** A schedule that is kept. */
export interface Schedule {
  readonly name: string;
  readonly groupName: string;
  readonly arn: string;
  readonly createdAt: number;
  modifiedAt: number;
  input: ScheduleInput & { readonly Target: ScheduleTarget };
  expression: ScheduleExpression;
  /** Ends the waiting for the next time. */
  cancelTimer: (() => void) | undefined;
}

/** A group of schedules. */
export interface ScheduleGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  tags: Record<string, string>;
}
