import type {
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Item, itemSize, storedItem } from './attribute-value.ts';
import { consumedCapacity, readUnits, writeUnits } from './consumed-capacity.ts';
import { constraint, unsupportedField, validation } from './errors.ts';
import { bind, bindingsOf } from './expressions/placeholders.ts';
import { compileProjection, projected, projectedPaths } from './expressions/projection.ts';
import { keyOfKey } from './key-schema.ts';
import { execute, prepareDelete, preparePut, prepareUpdate } from './prepared-write.ts';
import type { Table } from './table.ts';
import type { Tables } from './tables.ts';

/** What a read of one item may say besides its key. */
export interface ProjectionInput {
  readonly ProjectionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
}

/** A function that cuts items down to what the request asked for. */
export const projector = (input: ProjectionInput): ((item: Item) => Item) => {
  const bindings = bindingsOf(input.ExpressionAttributeNames, undefined, {
    ProjectionExpression: input.ProjectionExpression,
  });
  if (input.ProjectionExpression === undefined) return (item) => item;
  const projection = compileProjection(input.ProjectionExpression);
  bind(bindings, [projection]);
  const paths = projectedPaths(projection, bindings);
  return (item) => projected(item, paths);
};

const oldOnly = (returnValues: string | undefined): void => {
  if (returnValues === undefined || returnValues === 'NONE' || returnValues === 'ALL_OLD') return;
  throw validation('Return values set to invalid value');
};

const attributes = (item: Item | undefined): { Attributes?: Item } =>
  item === undefined || Object.keys(item).length === 0 ? {} : { Attributes: item };

const capacity = (
  table: Table,
  operation: string,
  input: { readonly ReturnConsumedCapacity?: string | undefined },
  units: () => number,
) =>
  consumedCapacity(input.ReturnConsumedCapacity, operation, () => ({
    TableName: table.name,
    CapacityUnits: units(),
  }));

const put = (tables: Tables, input: PutItemCommandInput): unknown => {
  oldOnly(input.ReturnValues);
  const table = tables.table(input.TableName);
  const done = execute(preparePut(table, input));
  return {
    ...(input.ReturnValues === 'ALL_OLD' ? attributes(done.before) : {}),
    ...capacity(table, 'PutItem', input, () => writeUnits(done.bytes)),
  };
};

const remove = (tables: Tables, input: DeleteItemCommandInput): unknown => {
  oldOnly(input.ReturnValues);
  const table = tables.table(input.TableName);
  const done = execute(prepareDelete(table, input));
  return {
    ...(input.ReturnValues === 'ALL_OLD' ? attributes(done.before) : {}),
    ...capacity(table, 'DeleteItem', input, () => writeUnits(done.bytes)),
  };
};

const RETURN_VALUES = ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'];

const update = (tables: Tables, input: UpdateItemCommandInput): unknown => {
  const asked = input.ReturnValues ?? 'NONE';
  if (!RETURN_VALUES.includes(asked)) {
    throw constraint(
      `'${asked}'`,
      'returnValues',
      `Member must satisfy enum value set: [${RETURN_VALUES.join(', ')}]`,
    );
  }
  const table = tables.table(input.TableName);
  const prepared = prepareUpdate(table, input);
  const done = execute(prepared);
  const returned: Record<string, () => Item | undefined> = {
    ALL_OLD: () => done.before,
    ALL_NEW: () => done.after,
    UPDATED_OLD: () => prepared.onlyUpdated(done.before),
    UPDATED_NEW: () => prepared.onlyUpdated(done.after),
  };
  return {
    ...attributes(returned[asked]?.()),
    ...capacity(table, 'UpdateItem', input, () => writeUnits(done.bytes)),
  };
};

const get = (tables: Tables, input: GetItemCommandInput): unknown => {
  if (input.AttributesToGet !== undefined) {
    throw unsupportedField('GetItem', 'the legacy parameter AttributesToGet');
  }
  const table = tables.table(input.TableName);
  const project = projector(input);
  const key = keyOfKey(storedItem((input.Key ?? {}) as Item), table.definition.keys);
  const item = table.get(key);
  return {
    ...(item === undefined ? {} : { Item: project(item) }),
    ...capacity(table, 'GetItem', input, () =>
      readUnits(
        item === undefined ? 0 : itemSize(item),
        input.ConsistentRead === true ? 'strong' : 'eventual',
      ),
    ),
  };
};

/** PutItem, GetItem, UpdateItem, DeleteItem. */
export const itemOperations = (tables: Tables) => ({
  PutItem: (input: PutItemCommandInput) => put(tables, input),
  GetItem: (input: GetItemCommandInput) => get(tables, input),
  UpdateItem: (input: UpdateItemCommandInput) => update(tables, input),
  DeleteItem: (input: DeleteItemCommandInput) => remove(tables, input),
});
