import { isDeepStrictEqual } from 'node:util';
import { type Kind, kindOf } from './kinds.ts';
import { type KubeObject, type ObjectMeta, timestamp } from './objects.ts';
import { alreadyExists, conflict, notFound } from './status.ts';

/** What changed; objects are never changed in place. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

export interface StoreContext {
  now(): number;
  uuid(): string;
}

/** All objects of one cluster, as etcd has them. */
export class ObjectStore {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners: ((change: Change) => void)[] = [];
  readonly #context: StoreContext;
  #version = 1000;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** Hears of every change right after it. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get resourceVersion(): string {
    return String(this.#version);
  }

  find<O extends KubeObject>(
    kind: string,
    namespace: string | undefined,
    name: string,
  ): O | undefined {
    return this.#objects.get(kind)?.get(`${namespace ?? ''}/${name}`) as O | undefined;
  }

  get(kind: Kind, namespace: string | undefined, name: string): KubeObject {
    const found = this.find(kind.kind, kind.namespaced ? namespace : undefined, name);
    if (found === undefined) throw notFound(kind, name);
    return found;
  }

  list<O extends KubeObject>(kind: string, namespace?: string): O[] {
    const all = [...(this.#objects.get(kind)?.values() ?? [])] as O[];
    return namespace === undefined
      ? all
      : all.filter((object) => object.metadata.namespace === namespace);
  }

  create<O extends KubeObject>(object: O): O {
    const kind = known(object);
    const { namespace, name } = object.metadata;
    if (this.find(kind.kind, namespace, name)) throw alreadyExists(kind, name);
    this.#version += 1;
    const created = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: this.#context.uuid(),
        resourceVersion: String(this.#version),
        ...(object.spec === undefined ? {} : { generation: 1 }),
        creationTimestamp: timestamp(this.#context.now()),
      },
    };
    this.#put(created);
    this.#tell({ type: 'ADDED', object: created });
    return created;
  }

  /** Replaces an object. The generation rises with its spec; a write that changes nothing is none. */
  replace<O extends KubeObject>(object: O): O {
    const kind = known(object);
    const { namespace, name, resourceVersion } = object.metadata;
    const previous = this.find<O>(kind.kind, namespace, name);
    if (previous === undefined) throw notFound(kind, name);
    if (resourceVersion !== undefined && resourceVersion !== previous.metadata.resourceVersion) {
      throw conflict(
        kind,
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
    const { uid, creationTimestamp, generation = 1 } = previous.metadata;
    const respecified = !isDeepStrictEqual(previous.spec, object.spec);
    const metadata: ObjectMeta = {
      ...object.metadata,
      ...(uid ? { uid } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
      ...(object.spec === undefined
        ? {}
        : { generation: respecified ? generation + 1 : generation }),
    };
    const written = {
      ...object,
      metadata: { ...metadata, resourceVersion: previous.metadata.resourceVersion },
    };
    if (isDeepStrictEqual(written, previous)) return previous;
    this.#version += 1;
    const replaced = {
      ...object,
      metadata: { ...metadata, resourceVersion: String(this.#version) },
    };
    this.#put(replaced);
    this.#tell({ type: 'MODIFIED', object: replaced, previous });
    this.#reapFinalized(replaced);
    return replaced;
  }

  /** Merges into the status of an object that may be gone by now. */
  writeStatus(object: KubeObject, status: object): void {
    const present = this.find(object.kind, object.metadata.namespace, object.metadata.name);
    if (present === undefined || present.metadata.uid !== object.metadata.uid) return;
    this.replace({ ...present, status: { ...(present.status as object | undefined), ...status } });
  }

  /** Takes the object away, or marks it where finalizers or a grace period keep it. */
  remove(object: KubeObject, graceSeconds = 0): KubeObject {
    const present = this.find(object.kind, object.metadata.namespace, object.metadata.name);
    if (present === undefined || present.metadata.uid !== object.metadata.uid) return object;
    const kept = (present.metadata.finalizers?.length ?? 0) > 0;
    if (!kept && graceSeconds === 0) {
      this.erase(present);
      return present;
    }
    if (present.metadata.deletionTimestamp !== undefined) return present;
    return this.replace({
      ...present,
      metadata: {
        ...present.metadata,
        deletionTimestamp: timestamp(this.#context.now() + graceSeconds * 1000),
        deletionGracePeriodSeconds: graceSeconds,
      },
    });
  }

  /** Takes the object away whatever holds it. */
  erase(object: KubeObject): void {
    const { namespace, name } = object.metadata;
    const removed = this.#objects.get(object.kind)?.delete(`${namespace ?? ''}/${name}`);
    if (!removed) return;
    this.#version += 1;
    this.#tell({ type: 'DELETED', object });
  }

  #reapFinalized(object: KubeObject): void {
    const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
    if (deletionTimestamp && deletionGracePeriodSeconds === 0 && finalizers.length === 0) {
      this.erase(object);
    }
  }

  #put(object: KubeObject): void {
    const { namespace, name } = object.metadata;
    const objects = this.#objects.get(object.kind) ?? new Map<string, KubeObject>();
    this.#objects.set(object.kind, objects.set(`${namespace ?? ''}/${name}`, object));
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const known = (object: KubeObject): Kind => {
  const kind = kindOf(object);
  if (kind === undefined)
    throw new Error(`${object.apiVersion} ${object.kind} is no kind of this cluster`);
  return kind;
};
