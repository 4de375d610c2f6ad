import { Duration } from 'aws-cdk-lib';
import { type EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { MachineNoun } from '../../config/names.ts';
import type { Handler } from './handler.ts';
import type { Machine } from './machine.ts';

export interface RollbackDoors {
  readonly machines: Readonly<Record<MachineNoun, Machine>>;
  readonly requestRollback: Handler;
  readonly reconcile: Handler;
  readonly bus: EventBus;
  /** Where events go that no function could take. */
  readonly undelivered: Queue;
}

/** The rules that ask for a rollback without a person: a fast path has fired, or an execution ended in any other way than its own. */
export const rollbackDoors = (scope: Construct, doors: RollbackDoors): void => {
  const { machines, requestRollback, reconcile, bus, undelivered } = doors;
  const door = (
    id: string,
    to: Handler,
    rule: {
      readonly ruleName: string;
      readonly description: string;
      readonly eventPattern: EventPattern;
      readonly eventBus?: EventBus;
    },
  ): void => {
    const delivery = { deadLetterQueue: undelivered, maxEventAge: Duration.hours(2) };
    new Rule(scope, id, { ...rule, targets: [new LambdaFunction(to.function, delivery)] });
  };
  const lost = (noun: MachineNoun): EventPattern => ({
    source: ['aws.states'],
    detailType: ['Step Functions Execution Status Change'],
    detail: {
      stateMachineArn: [machines[noun].stateMachine.stateMachineArn],
      status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
    },
  });
  door('RolloutLost', requestRollback, {
    ruleName: 'slipway-rollout-lost',
    description: 'A rollout ended without an end of its own',
    eventPattern: lost('rollout'),
  });
  door('RollbackLost', requestRollback, {
    ruleName: 'slipway-rollback-lost',
    description: 'A rollback ended without an end of its own',
    eventPattern: lost('rollback'),
  });
  door('ReleaseLost', reconcile, {
    ruleName: 'slipway-release-lost',
    description: 'A release ended without an end of its own',
    eventPattern: lost('release'),
  });
  door('RollbackRequested', requestRollback, {
    ruleName: 'slipway-rollback-requested',
    description: 'An alarm fast path has turned an override on',
    eventBus: bus,
    eventPattern: { source: ['slipway.alarm-fast-path'], detailType: ['Rollback Requested'] },
  });
};
