import { type Page, pageFrom, startOf } from '../paging.ts';
import { invalidParameter } from './errors.ts';

/** Cuts a list into pages as ECR does. */
export const paged = <T>(
  all: readonly T[],
  input: { readonly nextToken?: string | undefined; readonly maxResults?: number | undefined },
  defaultSize = 100,
): Page<T> => {
  const size = input.maxResults ?? defaultSize;
  if (size < 1 || size > 1000) throw invalidParameter('maxResults', 'must be between 1 and 1000');
  const from = startOf(input.nextToken);
  if (from === undefined) {
    throw invalidParameter('nextToken', 'must be a token from a response before');
  }
  return pageFrom(all, from, size);
};
