import { type AttributeValue, attribute, type Item, setAttribute } from '../attribute-value.ts';
import { validation } from '../errors.ts';

type MapDraft = Record<string, AttributeValue>;
/** Removed elements stay as holes until the end, so that indexes keep meaning the list as it was. */
type ListDraft = (AttributeValue | undefined)[];
type Container = MapDraft | ListDraft;

const invalidPath = (): Error =>
  validation('The document path provided in the update expression is invalid for update');

/** A copy of an item on which an update's actions are carried out; only what is touched is copied. */
export class DocumentDraft {
  readonly #root: MapDraft;
  readonly #owned = new Set<Container>();
  readonly #lists = new Set<ListDraft>();

  constructor(item: Item) {
    this.#root = { ...item };
    this.#owned.add(this.#root);
  }

  /** Puts a value at a path whose parent must be there; beyond a list's end it is appended. */
  set(path: readonly (string | number)[], value: AttributeValue): void {
    const parent = this.#parent(path);
    const last = path[path.length - 1];
    if (Array.isArray(parent)) {
      if (typeof last !== 'number') throw invalidPath();
      parent[last] = value;
    } else {
      if (typeof last !== 'string') throw invalidPath();
      setAttribute(parent, last, value);
    }
  }

  /** Takes away what is at a path, if anything; its parent must be there. */
  remove(path: readonly (string | number)[]): void {
    const parent = this.#parent(path);
    const last = path[path.length - 1];
    if (Array.isArray(parent)) {
      if (typeof last !== 'number') throw invalidPath();
      if (last < parent.length) parent[last] = undefined;
    } else {
      if (typeof last !== 'string') throw invalidPath();
      delete parent[last];
    }
  }

  /** The item with all changes; lists are closed up. */
  finish(): Item {
    for (const list of this.#lists) {
      let kept = 0;
      for (let at = 0; at < list.length; at += 1) {
        const element = list[at];
        if (element === undefined) continue;
        list[kept] = element;
        kept += 1;
      }
      list.length = kept;
    }
    return this.#root;
  }

  #parent(path: readonly (string | number)[]): Container {
    let container: Container = this.#root;
    for (const part of path.slice(0, -1)) container = this.#child(container, part);
    return container;
  }

  #child(container: Container, part: string | number): Container {
    const value = Array.isArray(container)
      ? typeof part === 'number'
        ? container[part]
        : undefined
      : typeof part === 'string'
        ? attribute(container, part)
        : undefined;
    const inner = value?.M ?? value?.L;
    if (inner === undefined) throw invalidPath();
    if (this.#owned.has(inner as Container)) return inner as Container;
    const copy = this.#copy(inner);
    const wrapped = (Array.isArray(copy) ? { L: copy } : { M: copy }) as AttributeValue;
    if (Array.isArray(container)) container[part as number] = wrapped;
    else setAttribute(container, part as string, wrapped);
    return copy;
  }

  #copy(inner: Item | readonly AttributeValue[]): Container {
    if (Array.isArray(inner)) {
      const list: ListDraft = [...inner];
      this.#owned.add(list);
      this.#lists.add(list);
      return list;
    }
    const map: MapDraft = { ...(inner as Item) };
    this.#owned.add(map);
    return map;
  }
}
