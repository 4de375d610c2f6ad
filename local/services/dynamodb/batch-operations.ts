import type {
  BatchGetItemCommandInput,
  BatchWriteItemCommandInput,
  KeysAndAttributes,
  WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { type Item, itemSize, storedItem } from './attribute-value.ts';
import { consumedCapacities, readUnits, writeUnits } from './consumed-capacity.ts';
import { constraint, unsupportedField, validation } from './errors.ts';
import { projector } from './item-operations.ts';
import { keyOfKey } from './key-schema.ts';
import { execute, type PreparedWrite, prepareDelete, preparePut } from './prepared-write.ts';
import { tieOf } from './table.ts';
import type { Tables } from './tables.ts';

const MAX_GETS = 100;
const MAX_WRITES = 25;
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

const emptyRequest = (): Error =>
  constraint('{}', 'requestItems', 'Member must have length greater than or equal to 1');

const tableRead = (tables: Tables, name: string, request: KeysAndAttributes) => {
  if (request.AttributesToGet !== undefined) {
    throw unsupportedField('BatchGetItem', 'the legacy parameter AttributesToGet');
  }
  const table = tables.table(name);
  const project = projector(request);
  const seen = new Set<string>();
  const keys = (request.Keys ?? []).map((given) => {
    const key = keyOfKey(storedItem(given as Item), table.definition.keys);
    if (seen.has(tieOf(key))) throw validation('Provided list of item keys contains duplicates');
    seen.add(tieOf(key));
    return { given, key };
  });
  return { name, request, table, project, keys };
};

const batchGet = (tables: Tables, input: BatchGetItemCommandInput): unknown => {
  const requests = Object.entries(input.RequestItems ?? {});
  if (requests.length === 0) throw emptyRequest();
  const total = requests.reduce((sum, [, request]) => sum + (request.Keys?.length ?? 0), 0);
  if (total > MAX_GETS) {
    throw validation('Too many items requested for the BatchGetItem call');
  }
  const plans = requests.map(([name, request]) => tableRead(tables, name, request));
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, unknown> = {};
  const used = new Map<string, number>();
  let bytes = 0;
  for (const { name, request, table, project, keys } of plans) {
    const found: Item[] = [];
    responses[name] = found;
    const left: unknown[] = [];
    for (const { given, key } of keys) {
      if (bytes >= MAX_RESPONSE_BYTES) {
        left.push(given);
        continue;
      }
      const item = table.get(key);
      const size = itemSize(item ?? {});
      bytes += size;
      const consistency = request.ConsistentRead ? 'strong' : 'eventual';
      used.set(table.name, (used.get(table.name) ?? 0) + readUnits(size, consistency));
      if (item !== undefined) found.push(project(item));
    }
    if (left.length > 0) unprocessed[name] = { ...request, Keys: left };
  }
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...consumedCapacities(input.ReturnConsumedCapacity, 'BatchGetItem', used),
  };
};

const preparedRequest = (tables: Tables, name: string, request: WriteRequest): PreparedWrite => {
  const table = tables.table(name);
  const { PutRequest, DeleteRequest } = request;
  if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
    throw validation(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  return PutRequest === undefined
    ? prepareDelete(table, { Key: DeleteRequest?.Key }, 'BatchWriteItem')
    : preparePut(table, { Item: PutRequest.Item }, 'BatchWriteItem');
};

const batchWrite = (tables: Tables, input: BatchWriteItemCommandInput): unknown => {
  if ((input.ReturnItemCollectionMetrics ?? 'NONE') !== 'NONE') {
    throw unsupportedField('BatchWriteItem', 'ReturnItemCollectionMetrics');
  }
  const requests = Object.entries(input.RequestItems ?? {}).flatMap(([name, given]) =>
    given.map((request) => ({ name, request })),
  );
  if (requests.length === 0) throw emptyRequest();
  if (requests.length > MAX_WRITES) {
    throw validation('Too many items requested for the BatchWriteItem call');
  }
  const writes = requests.map(({ name, request }) => preparedRequest(tables, name, request));
  const seen = new Set<string>();
  for (const { table, key } of writes) {
    const place = `${table.name} ${tieOf(key)}`;
    if (seen.has(place)) throw validation('Provided list of item keys contains duplicates');
    seen.add(place);
  }
  const used = new Map<string, number>();
  for (const write of writes) {
    const units = writeUnits(execute(write).bytes);
    used.set(write.table.name, (used.get(write.table.name) ?? 0) + units);
  }
  return {
    UnprocessedItems: {},
    ...consumedCapacities(input.ReturnConsumedCapacity, 'BatchWriteItem', used),
  };
};

/** BatchGetItem and BatchWriteItem. */
export const batchOperations = (tables: Tables) => ({
  BatchGetItem: (input: BatchGetItemCommandInput) => batchGet(tables, input),
  BatchWriteItem: (input: BatchWriteItemCommandInput) => batchWrite(tables, input),
});
