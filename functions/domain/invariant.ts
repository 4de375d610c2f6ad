/** Our own bug: never retried, stops what it is in. */
export class InvariantBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantBroken';
  }
}

/** Asserts what must hold, in production too. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantBroken(what);
}
