import { isDeepStrictEqual } from 'node:util';
import { FieldSet, leavesOf, pathText } from './fields.ts';
import { mergeByKeys, removeField } from './merge.ts';
import type { KubeObject, ManagedFieldsEntry } from './objects.ts';
import { applyConflict } from './status.ts';

/** Who writes, and how. */
export interface FieldManager {
  readonly manager: string;
  readonly force?: boolean;
  readonly at: string;
  readonly subresource?: string;
}

interface Ownership {
  readonly entry: Omit<ManagedFieldsEntry, 'fieldsV1'>;
  readonly fields: FieldSet;
}

const ownerships = (object: KubeObject | undefined): Ownership[] =>
  (object?.metadata.managedFields ?? []).map(({ fieldsV1, ...entry }) => ({
    entry,
    fields: FieldSet.fromFieldsV1(fieldsV1),
  }));

const entries = (owned: readonly Ownership[]): ManagedFieldsEntry[] =>
  owned
    .filter(({ fields }) => fields.size > 0)
    .map(({ entry, fields }) => ({ ...entry, fieldsV1: fields.toFieldsV1() }));

const withOwnership = <O extends KubeObject>(object: O, owned: readonly Ownership[]): O => ({
  ...object,
  metadata: { ...object.metadata, managedFields: entries(owned) },
});

/**
 * Server-side apply: sets what `applied` says, removes what this manager applied before and no one else
 * owns, and refuses to change what others own unless forced.
 */
export const applyServerSide = (
  live: KubeObject | undefined,
  applied: KubeObject,
  by: FieldManager,
): KubeObject => {
  const owned = ownerships(live);
  const mine = owned.find(
    ({ entry }) =>
      entry.manager === by.manager && entry.operation === 'Apply' && !entry.subresource,
  );
  const others = owned.filter((each) => each !== mine);
  const wanted = leavesOf(applied);
  takeOver({ wanted, present: leavesOf(live), others, force: by.force ?? false });
  let merged = mergeByKeys(live, applied) as KubeObject;
  for (const path of mine?.fields ?? []) {
    const keeps = wanted.has(path.join('\u0000')) || others.some(({ fields }) => fields.has(path));
    if (!keeps) merged = removeField(merged, path) as KubeObject;
  }
  const fields = new FieldSet();
  for (const { path } of wanted.values()) fields.add(path);
  const entry = {
    manager: by.manager,
    operation: 'Apply' as const,
    apiVersion: applied.apiVersion,
    time: by.at,
    fieldsType: 'FieldsV1' as const,
  };
  const unchanged =
    mine !== undefined && isDeepStrictEqual(mine.fields.toFieldsV1(), fields.toFieldsV1());
  const own = { entry: unchanged ? { ...entry, time: mine.entry.time } : entry, fields };
  return withOwnership(merged, [own, ...others]);
};

/** Fields that others own and the apply changes: theirs no longer where forced, else a conflict each. */
const takeOver = (given: {
  wanted: ReturnType<typeof leavesOf>;
  present: ReturnType<typeof leavesOf>;
  others: readonly Ownership[];
  force: boolean;
}): void => {
  const conflicts = [];
  for (const [key, { path, value }] of given.wanted) {
    const now = given.present.get(key);
    if (now === undefined || isDeepStrictEqual(now.value, value)) continue;
    for (const { entry, fields } of given.others) {
      if (!fields.has(path)) continue;
      if (given.force) fields.delete(path);
      else conflicts.push({ ...entry, field: pathText(path) });
    }
  }
  if (conflicts.length > 0) throw applyConflict(conflicts);
};

/** An update or a patch owns what it changed, and takes it from whoever owned it. */
export const trackUpdate = (
  live: KubeObject | undefined,
  written: KubeObject,
  by: FieldManager,
): KubeObject => {
  const owned = ownerships(live);
  const before = leavesOf(live);
  const after = leavesOf(written);
  const changed = [...after].filter(
    ([key, { value }]) => !before.has(key) || !isDeepStrictEqual(before.get(key)?.value, value),
  );
  const removed = [...before].filter(([key]) => !after.has(key));
  if (changed.length === 0 && removed.length === 0) return withOwnership(written, owned);
  const mine = owned.find(
    ({ entry }) =>
      entry.manager === by.manager &&
      entry.operation === 'Update' &&
      entry.subresource === by.subresource,
  );
  const fields = mine?.fields ?? new FieldSet();
  for (const { fields: theirs } of owned) {
    for (const [, { path }] of [...changed, ...removed]) theirs.delete(path);
  }
  for (const [, { path }] of changed) fields.add(path);
  const own: Ownership = {
    entry: {
      manager: by.manager,
      operation: 'Update',
      apiVersion: written.apiVersion,
      time: by.at,
      fieldsType: 'FieldsV1',
      ...(by.subresource ? { subresource: by.subresource } : {}),
    },
    fields,
  };
  return withOwnership(written, [...owned.filter((each) => each !== mine), own]);
};
