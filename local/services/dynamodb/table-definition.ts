import type { CreateTableCommandInput, Projection } from '@aws-sdk/client-dynamodb';
import { constraint, unsupportedField, validation } from './errors.ts';
import type { KeyAttribute, KeySchema } from './key-schema.ts';

/** What CreateTable and CloudFormation say about a table. */
export type TableInput = Pick<
  CreateTableCommandInput,
  | 'TableName'
  | 'AttributeDefinitions'
  | 'KeySchema'
  | 'BillingMode'
  | 'ProvisionedThroughput'
  | 'OnDemandThroughput'
  | 'GlobalSecondaryIndexes'
  | 'LocalSecondaryIndexes'
  | 'StreamSpecification'
  | 'SSESpecification'
  | 'DeletionProtectionEnabled'
  | 'TableClass'
  | 'Tags'
>;

/** A secondary index as defined. */
export interface IndexDefinition {
  readonly name: string;
  readonly kind: 'global' | 'local';
  readonly keys: KeySchema;
  readonly projection: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  readonly include: readonly string[];
}

/** A table as defined: checked, with its keys resolved. */
export interface TableDefinition {
  readonly name: string;
  readonly keys: KeySchema;
  readonly indexes: readonly IndexDefinition[];
  readonly input: TableInput;
}

type KeyElements = NonNullable<TableInput['KeySchema']>;
type Attributes = ReadonlyMap<string, KeyAttribute['type']>;

const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const invalid = (problem: string): Error =>
  validation(`One or more parameter values were invalid: ${problem}`);

/** The name in a table's name or ARN; anything else is refused. */
export const tableNameOf = (given: string | undefined): string => {
  if (given === undefined) throw constraint('null', 'tableName', 'Member must not be null');
  const name = given.startsWith('arn:') ? (given.split(':table/')[1] ?? '') : given;
  if (!TABLE_NAME.test(name)) {
    throw constraint(
      `'${given}'`,
      'tableName',
      'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]{3,255}',
    );
  }
  return name;
};

const keySchemaOf = (elements: KeyElements | undefined, attributes: Attributes): KeySchema => {
  const [first, second] = elements ?? [];
  if (first === undefined || (elements ?? []).length > 2) {
    throw unsupportedField(
      'CreateTable',
      `a key schema of ${(elements ?? []).length} elements: one HASH and at most one RANGE key are supported`,
    );
  }
  if (first.KeyType !== 'HASH') {
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  if (second !== undefined && second.KeyType !== 'RANGE') {
    throw invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  }
  if (second !== undefined && second.AttributeName === first.AttributeName) {
    throw validation(
      'Both the Hash Key and the Range Key element in the KeySchema have the same name',
    );
  }
  const attribute = (name: string | undefined): KeyAttribute => {
    const type = name === undefined ? undefined : attributes.get(name);
    if (name === undefined || type === undefined) {
      throw invalid(
        `Some index key attributes are not defined in AttributeDefinitions. Keys: [${(elements ?? []).map((element) => element.AttributeName).join(', ')}], AttributeDefinitions: [${[...attributes.keys()].join(', ')}]`,
      );
    }
    return { name, type };
  };
  const partition = attribute(first.AttributeName);
  return second === undefined
    ? { partition }
    : { partition, sort: attribute(second.AttributeName) };
};

const checkLocalIndex = (name: string, keys: KeySchema, table: KeySchema): void => {
  if (keys.sort === undefined) {
    throw invalid(`Index KeySchema does not have a range key for index: ${name}`);
  }
  if (keys.partition.name !== table.partition.name) {
    throw invalid(
      `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${name}. index hash key: ${keys.partition.name}, table hash key: ${table.partition.name}`,
    );
  }
  if (table.sort === undefined) {
    throw invalid(
      'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    );
  }
};

const projectionOf = (
  given: Projection | undefined,
): Pick<IndexDefinition, 'projection' | 'include'> => {
  const projection = given?.ProjectionType;
  if (projection === undefined) throw invalid('Unknown ProjectionType: null');
  const include = given?.NonKeyAttributes ?? [];
  if (projection === 'INCLUDE' && include.length === 0) {
    throw invalid('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  }
  if (projection !== 'INCLUDE' && include.length > 0) {
    throw invalid(`ProjectionType is ${projection}, but NonKeyAttributes is specified`);
  }
  return { projection, include };
};

const indexesOf = (
  input: TableInput,
  table: KeySchema,
  attributes: Attributes,
): readonly IndexDefinition[] => {
  const given = [
    ...(input.LocalSecondaryIndexes ?? []).map((index) => ({ index, kind: 'local' as const })),
    ...(input.GlobalSecondaryIndexes ?? []).map((index) => ({ index, kind: 'global' as const })),
  ];
  const names = new Set<string>();
  return given.map(({ index, kind }) => {
    const name = index.IndexName ?? '';
    if (!TABLE_NAME.test(name)) {
      throw constraint(
        `'${name}'`,
        `${kind}SecondaryIndexes.member.indexName`,
        'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]{3,255}',
      );
    }
    if (names.has(name)) throw invalid(`Duplicate index name: ${name}`);
    names.add(name);
    const keys = keySchemaOf(index.KeySchema, attributes);
    if (kind === 'local') checkLocalIndex(name, keys, table);
    return { name, kind, keys, ...projectionOf(index.Projection) };
  });
};

const checkBilling = (input: TableInput): void => {
  const mode = input.BillingMode ?? 'PROVISIONED';
  if (mode === 'PROVISIONED' && input.ProvisionedThroughput === undefined) {
    throw invalid(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  if (mode === 'PAY_PER_REQUEST' && input.ProvisionedThroughput !== undefined) {
    throw invalid(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
};

const checkAttributesUsed = (attributes: Attributes, schemas: readonly KeySchema[]): void => {
  const used = new Set(
    schemas.flatMap(({ partition, sort }) => [partition.name, ...(sort ? [sort.name] : [])]),
  );
  const unused = [...attributes.keys()].filter((name) => !used.has(name));
  if (unused.length === 0) return;
  throw invalid(
    schemas.length === 1
      ? 'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions'
      : `Some AttributeDefinitions are not used. AttributeDefinitions: [${[...attributes.keys()].join(', ')}], keys used: [${[...used].join(', ')}]`,
  );
};

/** Checks a table's definition as CreateTable does. */
export const tableDefinition = (input: TableInput): TableDefinition => {
  const name = tableNameOf(input.TableName);
  const attributes = new Map<string, KeyAttribute['type']>();
  for (const attribute of input.AttributeDefinitions ?? []) {
    const type = attribute.AttributeType;
    if (type !== 'S' && type !== 'N' && type !== 'B') {
      throw constraint(
        `'${type}'`,
        'attributeDefinitions.member.attributeType',
        'Member must satisfy enum value set: [B, N, S]',
      );
    }
    attributes.set(attribute.AttributeName ?? '', type);
  }
  const keys = keySchemaOf(input.KeySchema, attributes);
  const indexes = indexesOf(input, keys, attributes);
  checkAttributesUsed(attributes, [keys, ...indexes.map((index) => index.keys)]);
  checkBilling(input);
  if (
    input.StreamSpecification?.StreamEnabled === true &&
    !input.StreamSpecification.StreamViewType
  ) {
    throw invalid('StreamViewType is required when StreamEnabled is true');
  }
  return { name, keys, indexes, input };
};
