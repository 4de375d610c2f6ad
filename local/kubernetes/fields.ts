/**
 * Sets of fields as `managedFields` keeps them (FieldsV1): each path a list of elements, `f:name`,
 * `k:{"name":"app"}` for an item of a list with keys, `v:"x"` for an item of a set, `.` for the thing itself.
 */
export type FieldPath = readonly string[];

const separator = '\u0000';

/** A set of field paths. */
export class FieldSet {
  readonly #paths = new Map<string, FieldPath>();

  add(path: FieldPath): void {
    this.#paths.set(path.join(separator), path);
  }

  has(path: FieldPath): boolean {
    return this.#paths.has(path.join(separator));
  }

  delete(path: FieldPath): void {
    this.#paths.delete(path.join(separator));
  }

  get size(): number {
    return this.#paths.size;
  }

  [Symbol.iterator](): IterableIterator<FieldPath> {
    return this.#paths.values();
  }

  /** The nested form of the wire. */
  toFieldsV1(): Record<string, unknown> {
    const root: Record<string, unknown> = {};
    for (const path of this) {
      let node = root;
      for (const element of path) {
        node[element] ??= {};
        node = node[element] as Record<string, unknown>;
      }
    }
    return root;
  }

  static fromFieldsV1(tree: unknown): FieldSet {
    const set = new FieldSet();
    const visit = (node: Record<string, unknown>, path: string[]): void => {
      const entries = Object.entries(node);
      if (entries.length === 0 && path.length > 0) set.add(path);
      for (const [element, child] of entries) {
        visit(child as Record<string, unknown>, [...path, element]);
      }
    };
    visit((tree ?? {}) as Record<string, unknown>, []);
    return set;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists whose items are told apart by keys, by the list's field name (`x-kubernetes-list-map-keys`). */
const listKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};

/** Structs that are replaced as a whole although they are maps. */
const atomicMaps = new Set(['selector', 'nodeSelector', 'labelSelector', 'podSelector']);

/** Keys of the items of a list at `path`; none where the list is one value. */
export const keysOfList = (path: FieldPath, item: unknown): readonly string[] | undefined => {
  const field = path.at(-1)?.replace(/^f:/, '') ?? '';
  if (field === 'ports' && isRecord(item)) {
    if ('containerPort' in item) return ['containerPort', 'protocol'];
    return path.length === 2 ? ['port', 'protocol'] : undefined;
  }
  return listKeys[field];
};

export const isSet = (path: FieldPath): boolean => path.at(-1) === 'f:finalizers';

export const isAtomicMap = (path: FieldPath): boolean =>
  atomicMaps.has(path.at(-1)?.replace(/^f:/, '') ?? '');

/** The element that names an item of a list with keys; a protocol left out is TCP. */
export const itemElement = (item: unknown, keys: readonly string[]): string => {
  const record = isRecord(item) ? item : {};
  const named = Object.fromEntries(
    keys.map((key) => [key, record[key] ?? (key === 'protocol' ? 'TCP' : null)]),
  );
  return `k:${JSON.stringify(named)}`;
};

/** Fields that no manager owns. */
const unowned = new Set([
  'f:apiVersion',
  'f:kind',
  'f:metadata\u0000f:name',
  'f:metadata\u0000f:namespace',
  'f:metadata\u0000f:uid',
  'f:metadata\u0000f:resourceVersion',
  'f:metadata\u0000f:generation',
  'f:metadata\u0000f:creationTimestamp',
  'f:metadata\u0000f:managedFields',
  'f:metadata\u0000f:deletionTimestamp',
  'f:metadata\u0000f:deletionGracePeriodSeconds',
]);

/** Every field that an object sets, with its value at that path. */
export const leavesOf = (object: unknown): Map<string, { path: FieldPath; value: unknown }> => {
  const leaves = new Map<string, { path: FieldPath; value: unknown }>();
  const add = (path: FieldPath, value: unknown): void => {
    leaves.set(path.join(separator), { path, value });
  };
  const visit = (value: unknown, path: FieldPath): void => {
    if (path.length <= 2 && unowned.has(path.join(separator))) return;
    if (Array.isArray(value)) {
      visitList(value, path);
      return;
    }
    if (!isRecord(value) || isAtomicMap(path)) {
      add(path, value);
      return;
    }
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    if (entries.length === 0 && path.length > 0) add(path, value);
    for (const [key, each] of entries) visit(each, [...path, `f:${key}`]);
  };
  const visitList = (list: readonly unknown[], path: FieldPath): void => {
    if (isSet(path)) {
      for (const item of list) add([...path, `v:${JSON.stringify(item)}`], item);
      return;
    }
    const keys = keysOfList(path, list[0]);
    if (keys === undefined) {
      add(path, list);
      return;
    }
    for (const item of list) {
      const at = [...path, itemElement(item, keys)];
      add([...at, '.'], null);
      visit(item, at);
    }
  };
  visit(object, []);
  return leaves;
};

/** `.spec.template.spec.containers[name="app"].image`, as conflicts are worded. */
export const pathText = (path: FieldPath): string =>
  path
    .filter((element) => element !== '.')
    .map((element) => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`;
      if (element.startsWith('v:')) return `[=${element.slice(2)}]`;
      const keys = JSON.parse(element.slice(2)) as Record<string, unknown>;
      const words = Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return `[${words.join(',')}]`;
    })
    .join('');
