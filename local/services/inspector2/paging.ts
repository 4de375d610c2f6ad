import { AwsError } from '../aws-error.ts';
import { type Page, pageFrom, startOf } from '../paging.ts';

/** Cuts a list into pages as Inspector does. */
export const paged = <T>(
  all: readonly T[],
  input: { readonly nextToken?: string | undefined; readonly maxResults?: number | undefined },
): Page<T> => {
  const size = input.maxResults ?? 100;
  const from = startOf(input.nextToken);
  if (from === undefined || !(size >= 1)) {
    throw new AwsError(
      'ValidationException',
      `nextToken must come from a response before and maxResults be at least 1, given ${input.nextToken} and ${size}`,
    );
  }
  return pageFrom(all, from, size);
};
