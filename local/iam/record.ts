import type { CallRecord } from '../call-log.ts';

/** Where IAM's prefix of a service is not the last part of its schema's namespace. */
const PREFIXES: Readonly<Record<string, string>> = {
  applicationsignals: 'application-signals',
  sfn: 'states',
  elasticloadbalancingv2: 'elasticloadbalancing',
  eventbridge: 'events',
  cloudwatchlogs: 'logs',
};

/** Where an operation needs an action of another name. */
const ACTIONS: Readonly<Record<string, string>> = {
  'lambda:Invoke': 'lambda:InvokeFunction',
};

/** The IAM action that an operation needs. */
export const actionOf = (service: string, operation: string): string =>
  ACTIONS[`${service}:${operation}`] ?? `${PREFIXES[service] ?? service}:${operation}`;

/** What one principal did. */
export interface UsedPermissions {
  /** The role behind a session, else the caller itself. */
  readonly principal: string;
  readonly actions: readonly UsedAction[];
}

export interface UsedAction {
  readonly action: string;
  readonly count: number;
  /** How often it ended in which way: `ok`, or an error's name. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Counts, per principal, the actions that it called: what its policies must grant, and what they need not. */
export class PermissionRecord {
  readonly #principals = new Map<string, Map<string, Map<string, number>>>();

  add(call: Pick<CallRecord, 'principal' | 'service' | 'operation' | 'outcome'>): void {
    const who = call.principal.roleArn ?? call.principal.arn;
    const action = actionOf(call.service, call.operation);
    const actions = this.#principals.get(who) ?? new Map<string, Map<string, number>>();
    const outcomes = actions.get(action) ?? new Map<string, number>();
    outcomes.set(call.outcome, (outcomes.get(call.outcome) ?? 0) + 1);
    actions.set(action, outcomes);
    this.#principals.set(who, actions);
  }

  /** By principal, then by action, in the order of the alphabet. */
  report(): UsedPermissions[] {
    const byName = <T>(entries: Iterable<[string, T]>) =>
      [...entries].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    return byName(this.#principals).map(([principal, actions]) => ({
      principal,
      actions: byName(actions).map(([action, outcomes]) => ({
        action,
        count: [...outcomes.values()].reduce((sum, count) => sum + count, 0),
        outcomes: Object.fromEntries(byName(outcomes)),
      })),
    }));
  }
}
