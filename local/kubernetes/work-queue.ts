/**
 * Keys to reconcile, each once however often it was asked for. Runs as a microtask, so that what one change
 * sets off is done before time moves on.
 */
export class WorkQueue {
  readonly #keys = new Set<string>();
  readonly #reconcile: (key: string) => void;
  readonly #warn: (message: string) => void;

  constructor(reconcile: (key: string) => void, warn: (message: string) => void) {
    this.#reconcile = reconcile;
    this.#warn = warn;
  }

  add(key: string): void {
    if (this.#keys.size === 0) queueMicrotask(() => this.#run());
    this.#keys.add(key);
  }

  #run(): void {
    const keys = [...this.#keys];
    this.#keys.clear();
    for (const key of keys) {
      try {
        this.#reconcile(key);
      } catch (error) {
        this.#warn(
          `a controller failed on ${key}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
}

/** `namespace/name`, as controllers call things. */
export const keyOf = (object: { metadata: { namespace?: string; name: string } }): string =>
  `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** The two halves of a key. */
export const splitKey = (key: string): { namespace: string; name: string } => {
  const at = key.indexOf('/');
  return { namespace: key.slice(0, at), name: key.slice(at + 1) };
};
