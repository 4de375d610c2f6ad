/** Any member of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** A Kubernetes object as a folder gives it, once it is known to be one. */
export interface GivenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [part: string]: unknown;
}

/** The members of a value; none where it is no JSON object. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The items of a value; none where it is no list. */
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What stands at a path of members. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => fieldsOf(inner)[key], value);

/** A text, or undefined where something else stands. */
export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

/** A number, or undefined where something else stands. */
export const numberAt = (value: unknown, ...path: readonly string[]): number | undefined => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
};

/** Labels at a path. */
export const labelsAt = (
  value: unknown,
  ...path: readonly string[]
): Readonly<Record<string, string>> => fieldsOf(at(value, ...path)) as Record<string, string>;

/** An object with one member replaced by what `change` makes of it; as it was where the member is absent. */
export const changed = (
  value: unknown,
  key: string,
  change: (inner: unknown) => unknown,
): Fields => {
  const fields = fieldsOf(value);
  return fields[key] === undefined ? fields : { ...fields, [key]: change(fields[key]) };
};

/** A list with every item replaced by what `change` makes of it. */
export const changedItems = (value: unknown, change: (item: unknown) => unknown): unknown[] =>
  itemsOf(value).map(change);

/** The containers of a pod that are named so in its specification, and where each stands. */
export const containersOf = (
  podSpec: unknown,
): { readonly path: string; readonly container: Fields; readonly init: boolean }[] =>
  (['initContainers', 'containers'] as const).flatMap((list) =>
    itemsOf(at(podSpec, list)).map((container, index) => ({
      path: `${list}[${index}]`,
      container: fieldsOf(container),
      init: list === 'initContainers',
    })),
  );

/** The pod's specification in a Deployment. */
export const podSpecOf = (deployment: unknown): Fields =>
  fieldsOf(at(deployment, 'spec', 'template', 'spec'));
