import { type AttributeValue, attribute, type Item, valueSize } from '../attribute-value.ts';
import type { Operand } from './condition-parser.ts';
import type { Path } from './expression-reader.ts';
import type { Bindings } from './placeholders.ts';

/** Reads what an operand stands for; undefined if the item has no such thing. */
export type Read = (item: Item, bindings: Bindings) => AttributeValue | undefined;

const step = (
  value: AttributeValue | undefined,
  part: string | number,
): AttributeValue | undefined => {
  if (value === undefined) return undefined;
  if (typeof part === 'number') return value.L?.[part];
  return value.M === undefined ? undefined : attribute(value.M, part);
};

/** What lies at a resolved path of an item. */
export const valueAt = (
  item: Item,
  path: readonly (string | number)[],
): AttributeValue | undefined => {
  let value: AttributeValue | undefined = { M: item };
  for (const part of path) value = step(value, part);
  return value;
};

/** A function that reads a path as written, its placeholders looked up at each call. */
export const pathReader = (path: Path): Read => {
  const first = path[0];
  if (path.length === 1 && first !== undefined && !('index' in first)) {
    if ('name' in first) {
      const { name } = first;
      return (item) => attribute(item, name);
    }
    const { placeholder } = first;
    return (item, bindings) => attribute(item, bindings.names[placeholder] ?? '');
  }
  return (item, bindings) => {
    let value: AttributeValue | undefined = { M: item };
    for (const part of path) {
      if ('index' in part) value = step(value, part.index);
      else if ('name' in part) value = step(value, part.name);
      else value = step(value, bindings.names[part.placeholder] ?? '');
    }
    return value;
  };
};

/** The length of a string or binary, the number of elements of anything else that has a size. */
const sizeOf = (value: AttributeValue): number | undefined => {
  if (value.S !== undefined || value.B !== undefined) return valueSize(value);
  const elements = value.L ?? value.SS ?? value.NS ?? value.BS;
  if (elements !== undefined) return elements.length;
  return value.M === undefined ? undefined : Object.keys(value.M).length;
};

/** A function that reads an operand of a condition. */
export const operandReader = (operand: Operand): Read => {
  if (operand.kind === 'path') return pathReader(operand.path);
  if (operand.kind === 'value') {
    const { name } = operand;
    return (_item, bindings) => bindings.values[name];
  }
  const inner = operandReader(operand.operand);
  return (item, bindings) => {
    const value = inner(item, bindings);
    const size = value === undefined ? undefined : sizeOf(value);
    return size === undefined ? undefined : { N: String(size) };
  };
};
