import { type FieldPath, isAtomicMap, isSet, itemElement, keysOfList } from './fields.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Lays `patch` over `live`, lists with keys item by item. `null` removes the field, as strategic merge and
 * JSON merge patches say; an applied object never carries one.
 */
export const mergeByKeys = (live: unknown, patch: unknown, path: FieldPath = []): unknown => {
  if (Array.isArray(patch)) return mergeLists(Array.isArray(live) ? live : [], patch, path);
  if (!isRecord(patch) || isAtomicMap(path)) return patch;
  const merged: Record<string, unknown> = isRecord(live) ? { ...live } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete merged[key];
    else merged[key] = mergeByKeys(merged[key], value, [...path, `f:${key}`]);
  }
  return merged;
};

const mergeLists = (
  live: readonly unknown[],
  patch: readonly unknown[],
  path: FieldPath,
): unknown[] => {
  if (isSet(path)) return [...new Set([...live, ...patch])];
  const keys = keysOfList(path, patch[0] ?? live[0]);
  if (keys === undefined) return [...patch];
  const names = live.map((item) => itemElement(item, keys));
  const merged = [...live];
  for (const item of patch) {
    const element = itemElement(item, keys);
    const index = names.indexOf(element);
    if (index < 0) merged.push(mergeByKeys(undefined, item, [...path, element]));
    else merged[index] = mergeByKeys(merged[index], item, [...path, element]);
  }
  return merged;
};

/** RFC 7386: lists are values. */
export const jsonMergePatch = (live: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(live) ? { ...live } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = jsonMergePatch(merged[key], value);
  }
  return merged;
};

/** Takes the field at `path` away; an item of a keyed list goes when its `.` goes. */
export const removeField = (object: unknown, path: FieldPath): unknown => {
  const [element, ...rest] = path;
  if (element === undefined) return undefined;
  if (Array.isArray(object)) return removeFromList(object, element, rest);
  if (!isRecord(object) || !element.startsWith('f:')) return object;
  const key = element.slice(2);
  if (!(key in object)) return object;
  const copy = { ...object };
  const left = removeField(copy[key], rest);
  const emptied =
    left === undefined ||
    (rest.length > 0 &&
      ((Array.isArray(left) && left.length === 0) ||
        (isRecord(left) && Object.keys(left).length === 0)));
  if (emptied) delete copy[key];
  else copy[key] = left;
  return copy;
};

const removeFromList = (
  list: readonly unknown[],
  element: string,
  rest: FieldPath,
): readonly unknown[] => {
  if (element.startsWith('v:')) {
    return list.filter((item) => JSON.stringify(item) !== element.slice(2));
  }
  const keys = Object.keys(JSON.parse(element.slice(2)) as object);
  const index = list.findIndex((item) => itemElement(item, keys) === element);
  if (index < 0) return list;
  if (rest[0] === '.') return list.filter((_, at) => at !== index);
  return list.map((item, at) => (at === index ? removeField(item, rest) : item));
};
