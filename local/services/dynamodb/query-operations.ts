import type { QueryCommandInput, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { attribute, type Item, orderOf } from './attribute-value.ts';
import { consumedCapacity, readUnits } from './consumed-capacity.ts';
import { constraint, unsupportedField, validation } from './errors.ts';
import { type CompiledCondition, compileFilter } from './expressions/condition.ts';
import {
  type CompiledKeyCondition,
  compileKeyCondition,
  type KeyRequirement,
  keyRange,
} from './expressions/key-condition.ts';
import { type Bindings, bind, bindingsOf } from './expressions/placeholders.ts';
import { compileProjection } from './expressions/projection.ts';
import { afterSort, type Entry, lowerBound, type Position } from './item-collection.ts';
import { attributesOf, keyAttributes, keyOfKey } from './key-schema.ts';
import { filteredAttributes, type ReadSource, readSource, selection } from './read-source.ts';
import { type Table, tieOf } from './table.ts';
import type { Tables } from './tables.ts';

/** 1 MB: where a page of Query or Scan ends. */
const PAGE_BYTES = 1024 * 1024;
const LEGACY = [
  'AttributesToGet',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
  'ConditionalOperator',
];

interface Page {
  readonly items: readonly Item[];
  readonly scanned: number;
  readonly bytes: number;
  readonly last: Entry | undefined;
}

type ReadInput = Pick<
  QueryCommandInput & ScanCommandInput,
  | 'TableName'
  | 'IndexName'
  | 'Select'
  | 'Limit'
  | 'ConsistentRead'
  | 'ExclusiveStartKey'
  | 'FilterExpression'
  | 'ProjectionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
  | 'ReturnConsumedCapacity'
>;

const checkInput = (operation: string, input: ReadInput): void => {
  for (const field of LEGACY) {
    if ((input as Record<string, unknown>)[field] !== undefined) {
      throw unsupportedField(operation, `the legacy parameter ${field}`);
    }
  }
  if (input.Limit !== undefined && input.Limit < 1) {
    throw constraint(
      `'${input.Limit}'`,
      'limit',
      'Member must have value greater than or equal to 1',
    );
  }
};

const page = (
  entries: Iterable<Entry>,
  limit: number | undefined,
  keep: (item: Item) => boolean,
): Page => {
  const items: Item[] = [];
  let scanned = 0;
  let bytes = 0;
  for (const entry of entries) {
    scanned += 1;
    bytes += entry.size;
    if (keep(entry.item)) items.push(entry.item);
    if (scanned === limit || bytes >= PAGE_BYTES) return { items, scanned, bytes, last: entry };
  }
  return { items, scanned, bytes, last: undefined };
};

/** Where the page after this key begins. */
const startPosition = (source: ReadSource, given: unknown): Position | undefined => {
  if (given === undefined) return undefined;
  const key = given as Item;
  const { table, index } = source;
  const expected = new Set(
    [table.definition.keys, source.keys].flatMap(attributesOf).map(({ name }) => name),
  );
  const fits =
    Object.keys(key).length === expected.size &&
    [table.definition.keys, source.keys]
      .flatMap(attributesOf)
      .every(({ name, type }) => attribute(key, name)?.[type] !== undefined);
  if (!fits) throw validation('The provided starting key is invalid');
  const tableKey = keyOfKey(keyAttributes(key, table.definition.keys), table.definition.keys);
  const partition = orderOf(attribute(key, source.keys.partition.name) ?? {});
  const sort = source.keys.sort;
  return {
    partition,
    sort: sort === undefined ? '' : orderOf(attribute(key, sort.name) ?? {}),
    tie: index === undefined ? '' : tieOf(tableKey),
  };
};

const bounds = (
  entries: readonly Entry[],
  requirement: KeyRequirement | undefined,
): readonly [number, number] => {
  if (requirement === undefined) return [0, entries.length];
  const [first, second] = requirement.operands.map(orderOf) as [string, string | undefined];
  switch (requirement.operator) {
    case '=':
      return [lowerBound(entries, first, ''), afterSort(entries, first)];
    case '<':
      return [0, lowerBound(entries, first, '')];
    case '<=':
      return [0, afterSort(entries, first)];
    case '>':
      return [afterSort(entries, first), entries.length];
    case '>=':
      return [lowerBound(entries, first, ''), entries.length];
    case 'BETWEEN':
      return [lowerBound(entries, first, ''), afterSort(entries, second ?? first)];
    case 'begins_with': {
      const from = lowerBound(entries, first, '');
      let to = from;
      while (entries[to]?.sort.startsWith(first)) to += 1;
      return [from, to];
    }
  }
};

function* inRange(
  entries: readonly Entry[],
  [from, to]: readonly [number, number],
  forward: boolean,
  after: Position | undefined,
): Generator<Entry> {
  let low = from;
  let high = to;
  if (after !== undefined) {
    if (forward) low = Math.max(low, lowerBound(entries, after.sort, `${after.tie}\0`));
    else high = Math.min(high, lowerBound(entries, after.sort, after.tie));
  }
  for (let step = 0; step < high - low; step += 1) {
    const entry = entries[forward ? low + step : high - 1 - step];
    if (entry !== undefined) yield entry;
  }
}

interface Prepared {
  readonly source: ReadSource;
  readonly bindings: Bindings;
  readonly filter: CompiledCondition | undefined;
  readonly keyCondition: CompiledKeyCondition | undefined;
  readonly shape: ((item: Item) => Item) | undefined;
}

const prepare = (
  table: Table,
  operation: string,
  input: ReadInput,
  key?: { readonly expression: string | undefined },
): Prepared => {
  checkInput(operation, input);
  const source = readSource(table, input.IndexName);
  if (input.ConsistentRead === true && source.index?.kind === 'global') {
    throw validation('Consistent reads are not supported on global secondary indexes');
  }
  const bindings = bindingsOf(input.ExpressionAttributeNames, input.ExpressionAttributeValues, {
    ProjectionExpression: input.ProjectionExpression,
    FilterExpression: input.FilterExpression,
    ...(key === undefined ? {} : { KeyConditionExpression: key.expression }),
  });
  const compiled = {
    filter:
      input.FilterExpression === undefined ? undefined : compileFilter(input.FilterExpression),
    keyCondition: key?.expression === undefined ? undefined : compileKeyCondition(key.expression),
    projection:
      input.ProjectionExpression === undefined
        ? undefined
        : compileProjection(input.ProjectionExpression),
  };
  bind(bindings, [compiled.projection, compiled.filter, compiled.keyCondition]);
  const shape = selection(source, input.Select, compiled.projection, bindings);
  return { source, bindings, filter: compiled.filter, keyCondition: compiled.keyCondition, shape };
};

const answer = (
  operation: string,
  input: ReadInput,
  prepared: Prepared,
  entries: Iterable<Entry>,
): unknown => {
  const { source, filter, bindings, shape } = prepared;
  const { items, scanned, bytes, last } = page(
    entries,
    input.Limit,
    filter === undefined ? () => true : (item) => filter.test(item, bindings),
  );
  return {
    ...(shape === undefined ? {} : { Items: items.map(shape) }),
    Count: items.length,
    ScannedCount: scanned,
    ...(last === undefined
      ? {}
      : { LastEvaluatedKey: keyAttributes(last.item, source.table.definition.keys, source.keys) }),
    ...consumedCapacity(input.ReturnConsumedCapacity, operation, () => ({
      TableName: source.table.name,
      CapacityUnits: readUnits(bytes, input.ConsistentRead === true ? 'strong' : 'eventual'),
    })),
  };
};

const query = (tables: Tables, input: QueryCommandInput): unknown => {
  const table = tables.table(input.TableName);
  if (input.KeyConditionExpression === undefined && input.KeyConditions === undefined) {
    throw validation(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const prepared = prepare(table, 'Query', input, { expression: input.KeyConditionExpression });
  const { source, bindings, filter, keyCondition } = prepared;
  if (keyCondition === undefined) throw validation('Query key condition not supported');
  const range = keyRange(keyCondition, source.keys, bindings);
  if (filter !== undefined) {
    const used = filteredAttributes(filter.condition, bindings);
    const key = attributesOf(source.keys).find(({ name }) => used.has(name));
    if (key !== undefined) {
      throw validation(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key.name}`,
      );
    }
  }
  const partition = orderOf(range.partition);
  const after = startPosition(source, input.ExclusiveStartKey);
  if (after !== undefined && after.partition !== partition) {
    throw validation(
      'The provided starting key is outside query boundaries based on provided conditions',
    );
  }
  const entries = source.items.entries(partition);
  return answer(
    'Query',
    input,
    prepared,
    inRange(entries, bounds(entries, range.sort), input.ScanIndexForward !== false, after),
  );
};

const segmentOf = (input: ScanCommandInput): { index: number; total: number } => {
  const { Segment: index, TotalSegments: total } = input;
  if (index === undefined && total === undefined) return { index: 0, total: 1 };
  if (total === undefined || index === undefined) {
    throw validation(
      total === undefined
        ? 'The TotalSegments parameter is required but was not present in the request when Segment parameter is present'
        : 'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (index >= total) {
    throw validation(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${index} is not less than TotalSegments: ${total}`,
    );
  }
  return { index, total };
};

const scan = (tables: Tables, input: ScanCommandInput): unknown => {
  const table = tables.table(input.TableName);
  const prepared = prepare(table, 'Scan', input);
  const after = startPosition(prepared.source, input.ExclusiveStartKey);
  return answer('Scan', input, prepared, prepared.source.items.scan(after, segmentOf(input)));
};

/** Query and Scan. */
export const queryOperations = (tables: Tables) => ({
  Query: (input: QueryCommandInput) => query(tables, input),
  Scan: (input: ScanCommandInput) => scan(tables, input),
});
