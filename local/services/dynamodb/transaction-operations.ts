import type {
  TransactGetItemsCommandInput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../aws-error.ts';
import { type Item, itemSize, storedItem } from './attribute-value.ts';
import { consumedCapacities, readUnits, writeUnits } from './consumed-capacity.ts';
import {
  type CancellationReason,
  constraint,
  transactionCanceled,
  unsupportedField,
  validation,
} from './errors.ts';
import type { Entry } from './item-collection.ts';
import { projector } from './item-operations.ts';
import { keyOfKey } from './key-schema.ts';
import {
  conditionHolds,
  type PreparedWrite,
  prepareCheck,
  prepareDelete,
  preparePut,
  prepareUpdate,
} from './prepared-write.ts';
import { tieOf } from './table.ts';
import type { Tables } from './tables.ts';

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
/** How long a ClientRequestToken answers for the request it came with. */
const TOKEN_MILLISECONDS = 10 * 60 * 1000;
const OPERATION = 'TransactWriteItems';

const checkCount = (items: readonly unknown[] | undefined): void => {
  const count = items?.length ?? 0;
  if (count >= 1 && count <= MAX_ACTIONS) return;
  throw constraint(
    `'[${count} actions]'`,
    'transactItems',
    count === 0
      ? 'Member must have length greater than or equal to 1'
      : `Member must have length less than or equal to ${MAX_ACTIONS}`,
  );
};

const prepared = (tables: Tables, action: TransactWriteItem): PreparedWrite => {
  const { Put, Update, Delete, ConditionCheck } = action;
  const given = [Put, Update, Delete, ConditionCheck].filter((part) => part !== undefined);
  const only = given[0];
  if (only === undefined || given.length > 1) {
    throw validation('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const table = tables.table(only.TableName);
  if (Put !== undefined) return preparePut(table, Put, OPERATION);
  if (Update !== undefined) return prepareUpdate(table, Update, OPERATION);
  return Delete !== undefined
    ? prepareDelete(table, Delete, OPERATION)
    : prepareCheck(table, ConditionCheck ?? {});
};

interface Outcome {
  readonly write: PreparedWrite;
  readonly before: Item | undefined;
  readonly next: Entry | undefined | 'unchanged';
  readonly reason: CancellationReason;
}

const NO_REASON: CancellationReason = { Code: 'None' };

/** What an action would do; failures that depend on the item become its reason. */
const outcomeOf = (write: PreparedWrite): Outcome => {
  const before = write.table.get(write.key);
  const failed = (reason: CancellationReason): Outcome => ({
    write,
    before,
    next: 'unchanged',
    reason,
  });
  if (!conditionHolds(write, before)) {
    return failed({
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      ...(write.returnsItemOnFailure && before !== undefined ? { Item: before } : {}),
    });
  }
  try {
    return { write, before, next: write.next(before), reason: NO_REASON };
  } catch (error) {
    if (!(error instanceof AwsError) || error.name !== 'ValidationException') throw error;
    return failed({ Code: 'ValidationError', Message: error.message });
  }
};

const checkItems = (writes: readonly PreparedWrite[]): void => {
  const seen = new Set<string>();
  for (const { table, key } of writes) {
    const place = `${table.name} ${tieOf(key)}`;
    if (seen.has(place)) {
      throw validation('Transaction request cannot include multiple operations on one item');
    }
    seen.add(place);
  }
};

const write = (tables: Tables, input: TransactWriteItemsCommandInput): unknown => {
  if ((input.ReturnItemCollectionMetrics ?? 'NONE') !== 'NONE') {
    throw unsupportedField(OPERATION, 'ReturnItemCollectionMetrics');
  }
  checkCount(input.TransactItems);
  const writes = (input.TransactItems ?? []).map((action) => prepared(tables, action));
  const strong = writes.find(({ table }) => table.multiRegionStrong);
  if (strong !== undefined) {
    throw validation(
      `Transactions are not supported on tables with multi-Region strong consistency: ${strong.table.name}`,
    );
  }
  checkItems(writes);
  const outcomes = writes.map(outcomeOf);
  if (outcomes.some(({ reason }) => reason !== NO_REASON)) {
    throw transactionCanceled(outcomes.map(({ reason }) => reason));
  }
  const sizes = outcomes.map(({ before, next }) =>
    Math.max(
      next === 'unchanged' || next === undefined ? 0 : next.size,
      before === undefined ? 0 : itemSize(before),
    ),
  );
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_BYTES) {
    throw validation('Collection size of the items in the transaction exceeds the limit of 4 MB');
  }
  const used = new Map<string, number>();
  outcomes.forEach((outcome, index) => {
    const { table, key } = outcome.write;
    if (outcome.next !== 'unchanged') table.write(key, outcome.next);
    used.set(table.name, (used.get(table.name) ?? 0) + 2 * writeUnits(sizes[index] ?? 0));
  });
  return consumedCapacities(input.ReturnConsumedCapacity, OPERATION, used);
};

const get = (tables: Tables, input: TransactGetItemsCommandInput): unknown => {
  checkCount(input.TransactItems);
  const reads = (input.TransactItems ?? []).map(({ Get }) => {
    const table = tables.table(Get?.TableName);
    const key = keyOfKey(storedItem((Get?.Key ?? {}) as Item), table.definition.keys);
    return { table, key, project: projector(Get ?? {}) };
  });
  const used = new Map<string, number>();
  const responses = reads.map(({ table, key, project }) => {
    const item = table.get(key);
    const units = readUnits(item === undefined ? 0 : itemSize(item), 'transactional');
    used.set(table.name, (used.get(table.name) ?? 0) + units);
    return item === undefined ? {} : { Item: project(item) };
  });
  return {
    Responses: responses,
    ...consumedCapacities(input.ReturnConsumedCapacity, 'TransactGetItems', used),
  };
};

/** The same text for the same request, whatever the order of its members. */
const fingerprint = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** Requests that came with a ClientRequestToken, for as long as a repetition does nothing. */
class RequestTokens {
  readonly #seen = new Map<string, { readonly request: string; readonly until: number }>();

  /** Runs the request unless its token already stands for this very request. */
  once(token: string | undefined, now: number, input: unknown, run: () => unknown): unknown {
    if (token === undefined) return run();
    for (const [known, { until }] of this.#seen) {
      if (until > now) break;
      this.#seen.delete(known);
    }
    const request = fingerprint(input);
    const seen = this.#seen.get(token);
    if (seen === undefined) {
      const answer = run();
      this.#seen.set(token, { request, until: now + TOKEN_MILLISECONDS });
      return answer;
    }
    if (seen.request !== request) {
      throw new AwsError(
        'IdempotentParameterMismatchException',
        'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.',
      );
    }
    return {};
  }
}

/** TransactWriteItems and TransactGetItems. */
export const transactionOperations = (tables: Tables) => {
  const tokens = new RequestTokens();
  return {
    TransactWriteItems: (input: TransactWriteItemsCommandInput) =>
      tokens.once(input.ClientRequestToken, tables.cloud.clock.now(), input, () =>
        write(tables, input),
      ),
    TransactGetItems: (input: TransactGetItemsCommandInput) => get(tables, input),
  };
};
