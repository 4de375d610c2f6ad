import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { LedgerStack } from '../stacks/ledger-stack.ts';
import { useKey } from './handler.ts';

/** What a handler may do in the ledger and with locks. Nothing deletes history, so nothing may. */
export const ledgerAccess = (stack: LedgerStack) => {
  const key = useKey(stack.key, 'dynamodb');
  return {
    read: [
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:Query'],
        resources: [stack.ledger.tableArn],
      }),
      key,
    ],
    write: [
      // What waits is listed in rows of their own, which go when it ends. History has other keys.
      new PolicyStatement({
        actions: ['dynamodb:DeleteItem'],
        resources: [stack.ledger.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['OPEN'] } },
      }),
      new PolicyStatement({
        actions: [
          'dynamodb:GetItem',
          'dynamodb:Query',
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:ConditionCheckItem',
        ],
        resources: [stack.ledger.tableArn],
      }),
      key,
    ],
    /** A guard's row goes with the guard. */
    closeGuards: [
      new PolicyStatement({
        actions: ['dynamodb:DeleteItem'],
        resources: [stack.ledger.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['GUARD'] } },
      }),
    ],
    /** Registration rows are the one thing that goes again: with their stack. */
    register: [
      new PolicyStatement({
        actions: [
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
        ],
        resources: [stack.ledger.tableArn],
      }),
      key,
    ],
    /** The janitor looks for the locks of the dead. */
    allLocks: [
      new PolicyStatement({ actions: ['dynamodb:Scan'], resources: [stack.locks.tableArn] }),
    ],
    readLocks: [
      new PolicyStatement({ actions: ['dynamodb:GetItem'], resources: [stack.locks.tableArn] }),
    ],
    locks: [
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: [stack.locks.tableArn],
      }),
      key,
    ],
  };
};
