import { type Item, itemSize, storedItem } from './attribute-value.ts';
import { conditionalCheckFailed, unsupportedField, validation } from './errors.ts';
import { type CompiledCondition, compileCondition } from './expressions/condition.ts';
import { type Bindings, bind, bindingsOf } from './expressions/placeholders.ts';
import { projected } from './expressions/projection.ts';
import {
  applyUpdate,
  type CompiledUpdate,
  compileUpdate,
  updatedPaths,
} from './expressions/update.ts';
import type { Entry } from './item-collection.ts';
import { type ItemKey, keyOfItem, keyOfKey } from './key-schema.ts';
import { keyNamesOf, type Table } from './table.ts';

/** What all writes of one item have in common in the API. */
export interface WriteInput {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
  readonly ReturnItemCollectionMetrics?: string | undefined;
}

/** A write whose request is in order; what remains depends on the item that is there. */
export interface PreparedWrite {
  readonly table: Table;
  readonly key: ItemKey;
  readonly condition: CompiledCondition | undefined;
  readonly bindings: Bindings;
  readonly returnsItemOnFailure: boolean;
  /** What shall be there afterwards: an entry, nothing, or the same as before (a mere check). */
  next(before: Item | undefined): Entry | undefined | 'unchanged';
}

/** An update, with what is needed to answer `UPDATED_OLD` and `UPDATED_NEW`. */
export interface PreparedUpdate extends PreparedWrite {
  onlyUpdated(item: Item | undefined): Item;
}

const ABSENT: Item = {};
const TOO_LARGE = 'Item size has exceeded the maximum allowed size';
const LEGACY = ['Expected', 'ConditionalOperator', 'AttributeUpdates'] as const;

const common = (
  operation: string,
  input: WriteInput,
  update?: { readonly expression: string | undefined },
): Pick<PreparedWrite, 'condition' | 'bindings' | 'returnsItemOnFailure'> & {
  readonly update: CompiledUpdate | undefined;
} => {
  for (const field of LEGACY) {
    if ((input as Record<string, unknown>)[field] !== undefined) {
      throw unsupportedField(operation, `the legacy parameter ${field}`);
    }
  }
  if ((input.ReturnItemCollectionMetrics ?? 'NONE') !== 'NONE') {
    throw unsupportedField(operation, 'ReturnItemCollectionMetrics');
  }
  const expressions: Record<string, string | undefined> = {};
  if (update !== undefined) expressions['UpdateExpression'] = update.expression;
  expressions['ConditionExpression'] = input.ConditionExpression;
  const bindings = bindingsOf(
    input.ExpressionAttributeNames,
    input.ExpressionAttributeValues,
    expressions,
  );
  const compiledUpdate =
    update?.expression === undefined ? undefined : compileUpdate(update.expression);
  const condition =
    input.ConditionExpression === undefined
      ? undefined
      : compileCondition(input.ConditionExpression);
  bind(bindings, [compiledUpdate, condition]);
  return {
    bindings,
    condition,
    update: compiledUpdate,
    returnsItemOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
};

/** A PutItem, alone, in a batch or in a transaction. */
export const preparePut = (
  table: Table,
  input: WriteInput & { readonly Item?: unknown },
  operation = 'PutItem',
): PreparedWrite => {
  const prepared = common(operation, input);
  const item = storedItem((input.Item ?? ABSENT) as Item);
  const key = keyOfItem(item, table.definition.keys);
  const entry = table.entryOf(key, item, TOO_LARGE);
  return { ...prepared, table, key, next: () => entry };
};

const storedKey = (input: { readonly Key?: unknown }, table: Table): [Item, ItemKey] => {
  const key = storedItem((input.Key ?? ABSENT) as Item);
  return [key, keyOfKey(key, table.definition.keys)];
};

/** A DeleteItem, alone, in a batch or in a transaction. */
export const prepareDelete = (
  table: Table,
  input: WriteInput & { readonly Key?: unknown },
  operation = 'DeleteItem',
): PreparedWrite => {
  const prepared = common(operation, input);
  const [, key] = storedKey(input, table);
  return { ...prepared, table, key, next: () => undefined };
};

/** The ConditionCheck of a transaction. */
export const prepareCheck = (
  table: Table,
  input: WriteInput & { readonly Key?: unknown },
): PreparedWrite => {
  const prepared = common('TransactWriteItems', input);
  const [, key] = storedKey(input, table);
  return { ...prepared, table, key, next: () => 'unchanged' };
};

/** An UpdateItem, alone or in a transaction. */
export const prepareUpdate = (
  table: Table,
  input: WriteInput & { readonly Key?: unknown; readonly UpdateExpression?: string | undefined },
  operation = 'UpdateItem',
): PreparedUpdate => {
  const { update, ...prepared } = common(operation, input, { expression: input.UpdateExpression });
  const [keyItem, key] = storedKey(input, table);
  const paths = update === undefined ? [] : updatedPaths(update, prepared.bindings);
  const keyNames = keyNamesOf(table);
  for (const [first] of paths) {
    if (keyNames.includes(String(first))) {
      throw validation(
        `One or more parameter values were invalid: Cannot update attribute ${first}. This attribute is part of the key`,
      );
    }
  }
  return {
    ...prepared,
    table,
    key,
    next: (before) => {
      const base = before ?? keyItem;
      const item = update === undefined ? base : applyUpdate(update, base, prepared.bindings);
      // Size and depth of what the update made can only be known now.
      return table.entryOf(
        key,
        storedItem(item),
        'Item size to update has exceeded the maximum allowed size',
      );
    },
    onlyUpdated: (item) => (item === undefined ? ABSENT : projected(item, paths)),
  };
};

/** Whether the write's condition holds for the item that is there. */
export const conditionHolds = (write: PreparedWrite, before: Item | undefined): boolean =>
  write.condition === undefined || write.condition.test(before ?? ABSENT, write.bindings);

/** Carries out a single write; all or nothing. */
export const execute = (
  write: PreparedWrite,
): {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly bytes: number;
} => {
  const before = write.table.get(write.key);
  if (!conditionHolds(write, before)) {
    throw conditionalCheckFailed(write.returnsItemOnFailure ? before : undefined);
  }
  const next = write.next(before);
  if (next === 'unchanged') return { before, after: before, bytes: 0 };
  write.table.write(write.key, next);
  return {
    before,
    after: next?.item,
    get bytes() {
      return Math.max(next?.size ?? 0, before === undefined ? 0 : itemSize(before));
    },
  };
};
