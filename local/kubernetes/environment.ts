import type { Container, KubeObject, Pod } from './objects.ts';
import type { ObjectStore } from './store.ts';

/** A variable refers to something that is not there. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

interface Keyed extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

/** Environment of a container, references to ConfigMaps, Secrets and the pod's own fields resolved. */
export const environmentOf = (
  store: ObjectStore,
  pod: Pod,
  container: Container,
): Record<string, string> => {
  const env: Record<string, string> = {};
  const { namespace } = pod.metadata;
  for (const source of envFromOf(container)) {
    const kind = source.secretRef ? 'Secret' : 'ConfigMap';
    const reference = source.secretRef ?? source.configMapRef;
    Object.assign(env, dataOf(store, kind, namespace, reference?.name ?? ''));
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) env[name] = fieldOf(pod, valueFrom.fieldRef.fieldPath);
    else if (valueFrom?.configMapKeyRef) {
      env[name] = keyed(
        dataOf(store, 'ConfigMap', namespace, valueFrom.configMapKeyRef.name),
        valueFrom.configMapKeyRef,
      );
    } else if (valueFrom?.secretKeyRef) {
      env[name] = keyed(
        dataOf(store, 'Secret', namespace, valueFrom.secretKeyRef.name),
        valueFrom.secretKeyRef,
      );
    } else {
      env[name] = (value ?? '').replace(
        /\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g,
        (whole, key) => env[key] ?? whole,
      );
    }
  }
  return env;
};

const envFromOf = (
  container: Container,
): readonly { configMapRef?: { name: string }; secretRef?: { name: string } }[] =>
  (container as { envFrom?: [] }).envFrom ?? [];

const dataOf = (
  store: ObjectStore,
  kind: 'ConfigMap' | 'Secret',
  namespace: string | undefined,
  name: string,
): Readonly<Record<string, string>> => {
  const found = store.find<Keyed>(kind, namespace, name);
  if (found === undefined) {
    throw new ContainerConfigError(`${kind.toLowerCase()} "${name}" not found`);
  }
  if (kind === 'ConfigMap') return found.data ?? {};
  const decoded = Object.entries(found.data ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString('utf8'),
  ]);
  return { ...Object.fromEntries(decoded), ...found.stringData };
};

const keyed = (
  data: Readonly<Record<string, string>>,
  { name, key }: { name: string; key: string },
) => {
  const value = data[key];
  if (value === undefined) throw new ContainerConfigError(`couldn't find key ${key} in ${name}`);
  return value;
};

const fieldOf = (pod: Pod, path: string): string => {
  const label = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (label) return pod.metadata[label[1] as 'labels' | 'annotations']?.[label[2] ?? ''] ?? '';
  const value = path
    .split('.')
    .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], pod);
  if (value !== undefined && typeof value !== 'object') return String(value);
  throw new ContainerConfigError(`unsupported fieldPath: ${path}`);
};
