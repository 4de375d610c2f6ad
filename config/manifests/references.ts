import { changed, changedItems, type Fields, fieldsOf, textAt } from './fields.ts';

/** What a pod names beside itself. */
export type Referred = 'ConfigMap' | 'Secret' | 'SecretProviderClass';

/** A name that stands in a pod's specification. */
export interface Reference {
  readonly kind: Referred;
  readonly name: string;
  /** The pod starts without it. */
  readonly optional: boolean;
}

type Rename = (reference: Reference) => string;

/** A pod's specification with every ConfigMap, Secret and SecretProviderClass that it names renamed. */
export const renamedReferences = (podSpec: unknown, rename: Rename): Fields => {
  const named =
    (kind: Referred, key: string) =>
    (value: unknown): unknown => {
      const name = textAt(value, key);
      if (name === undefined) return value;
      const optional = fieldsOf(value)['optional'] === true;
      return { ...fieldsOf(value), [key]: rename({ kind, name, optional }) };
    };
  const configMap = named('ConfigMap', 'name');
  const secret = named('Secret', 'name');

  const variable = (value: unknown): unknown =>
    changed(value, 'valueFrom', (source) =>
      changed(changed(source, 'configMapKeyRef', configMap), 'secretKeyRef', secret),
    );
  const variables = (value: unknown): unknown =>
    changed(changed(value, 'configMapRef', configMap), 'secretRef', secret);
  const container = (value: unknown): unknown =>
    changed(
      changed(value, 'env', (list) => changedItems(list, variable)),
      'envFrom',
      (list) => changedItems(list, variables),
    );
  const projected = (value: unknown): unknown =>
    changed(value, 'sources', (list) =>
      changedItems(list, (source) =>
        changed(changed(source, 'configMap', configMap), 'secret', secret),
      ),
    );
  const providerClass = (value: unknown): unknown =>
    changed(
      changed(value, 'volumeAttributes', named('SecretProviderClass', 'secretProviderClass')),
      'nodePublishSecretRef',
      secret,
    );
  const volume = (value: unknown): unknown => {
    const first = changed(value, 'configMap', configMap);
    const second = changed(first, 'secret', named('Secret', 'secretName'));
    return changed(changed(second, 'projected', projected), 'csi', providerClass);
  };

  let spec: Fields = fieldsOf(podSpec);
  for (const list of ['containers', 'initContainers']) {
    spec = changed(spec, list, (items) => changedItems(items, container));
  }
  spec = changed(spec, 'volumes', (items) => changedItems(items, volume));
  return changed(spec, 'imagePullSecrets', (items) => changedItems(items, secret));
};

/** Every name that a pod's specification refers to. */
export const referencesIn = (podSpec: unknown): Reference[] => {
  const found: Reference[] = [];
  renamedReferences(podSpec, (reference) => {
    found.push(reference);
    return reference.name;
  });
  return found;
};
