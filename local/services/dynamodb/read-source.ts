import type { Item } from './attribute-value.ts';
import { validation } from './errors.ts';
import type { Condition, Operand } from './expressions/condition-parser.ts';
import { type Bindings, resolvedPath } from './expressions/placeholders.ts';
import { type CompiledProjection, projected, projectedPaths } from './expressions/projection.ts';
import type { ItemCollection } from './item-collection.ts';
import { attributesOf, type KeySchema, keyOfItem } from './key-schema.ts';
import type { Table, TableIndex } from './table.ts';

/** What a Query or Scan reads: a table, or one of its indexes. */
export interface ReadSource {
  readonly table: Table;
  readonly index: TableIndex | undefined;
  readonly keys: KeySchema;
  readonly items: ItemCollection;
}

/** The table itself or the index of that name. */
export const readSource = (table: Table, indexName: string | undefined): ReadSource => {
  if (indexName === undefined) {
    return { table, index: undefined, keys: table.definition.keys, items: table.items };
  }
  const index = table.indexes.get(indexName);
  if (index === undefined) {
    throw validation(`The table does not have the specified index: ${indexName}`);
  }
  return { table, index, keys: index.keys, items: index.items };
};

const SELECTS = ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'];

const checkSelect = (
  { index }: ReadSource,
  select: string | undefined,
  projection: CompiledProjection | undefined,
): void => {
  if (select === undefined) return;
  if (!SELECTS.includes(select)) {
    throw validation(
      `1 validation error detected: Value '${select}' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [${SELECTS.join(', ')}]`,
    );
  }
  if (projection !== undefined && select !== 'SPECIFIC_ATTRIBUTES') {
    throw validation(
      select === 'COUNT'
        ? 'Cannot specify the ProjectionExpression when choosing to get only the Count'
        : `Cannot specify the ProjectionExpression when choosing to get ${select}`,
    );
  }
  if (select === 'SPECIFIC_ATTRIBUTES' && projection === undefined) {
    throw validation(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && index === undefined) {
    throw validation('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (select === 'ALL_ATTRIBUTES' && index?.kind === 'global' && index.projection !== 'ALL') {
    throw validation(
      `One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
};

/** A local index reaches back into its table for attributes that it does not hold. */
const wholeItem = (table: Table, item: Item): Item =>
  table.get(keyOfItem(item, table.definition.keys)) ?? item;

/** How a read's items are answered; undefined if only their count is asked for. */
export const selection = (
  source: ReadSource,
  select: string | undefined,
  projection: CompiledProjection | undefined,
  bindings: Bindings,
): ((item: Item) => Item) | undefined => {
  checkSelect(source, select, projection);
  if (select === 'COUNT') return undefined;
  const { table, index } = source;
  const narrow = index !== undefined && index.projection !== 'ALL';
  if (projection === undefined) {
    return narrow && select === 'ALL_ATTRIBUTES'
      ? (item) => wholeItem(table, item)
      : (item) => item;
  }
  const paths = projectedPaths(projection, bindings);
  if (!narrow) return (item) => projected(item, paths);
  if (index.kind === 'local') return (item) => projected(wholeItem(table, item), paths);
  const held = new Set([
    ...[table.definition.keys, index.keys].flatMap(attributesOf).map(({ name }) => name),
    ...index.include,
  ]);
  const missing = paths.map(([first]) => String(first)).filter((name) => !held.has(name));
  if (missing.length > 0) {
    throw validation(
      `One or more parameter values were invalid: Global secondary index ${index.name} does not project [${missing.join(', ')}]`,
    );
  }
  return (item) => projected(item, paths);
};

/** The attributes that a filter looks at. */
export const filteredAttributes = (
  condition: Condition,
  bindings: Bindings,
): ReadonlySet<string> => {
  const names = new Set<string>();
  const see = (operand: Operand): void => {
    if (operand.kind === 'size') see(operand.operand);
    if (operand.kind === 'path') names.add(String(resolvedPath(operand.path, bindings)[0]));
  };
  const walk = (node: Condition): void => {
    switch (node.kind) {
      case 'and':
      case 'or':
        walk(node.left);
        walk(node.right);
        return;
      case 'not':
        walk(node.condition);
        return;
      case 'compare':
        see(node.left);
        see(node.right);
        return;
      case 'between':
        [node.operand, node.low, node.high].forEach(see);
        return;
      case 'in':
        [node.operand, ...node.options].forEach(see);
        return;
      case 'function':
        node.operands.forEach(see);
    }
  };
  walk(condition);
  return names;
};
