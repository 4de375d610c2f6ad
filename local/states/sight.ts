import type { Json } from './json.ts';

/** What an expression can see: `$states` and the variables in scope. */
export interface Sight {
  lookup(name: string): Json | undefined;
  /** The members of `$states`; the context object is made only for who asks. */
  states(withContext: boolean): { readonly [key: string]: Json };
}
