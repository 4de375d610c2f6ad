import { invalidParameter } from './errors.ts';

/** Cuts a list into pages; a page's token says where the next one begins. */
export const paged = <T>(
  all: readonly T[],
  input: { readonly nextToken?: string | undefined; readonly maxResults?: number | undefined },
  defaultSize = 100,
): { readonly page: T[]; readonly next: { nextToken?: string } } => {
  const size = input.maxResults ?? defaultSize;
  if (size < 1 || size > 1000) throw invalidParameter('maxResults', 'must be between 1 and 1000');
  const from =
    input.nextToken === undefined
      ? 0
      : Number(Buffer.from(input.nextToken, 'base64url').toString('utf8'));
  if (!Number.isInteger(from) || from < 0) {
    throw invalidParameter('nextToken', 'must be a token from a response before');
  }
  const page = all.slice(from, from + size);
  const more = from + size < all.length;
  return {
    page,
    next: more ? { nextToken: Buffer.from(String(from + size)).toString('base64url') } : {},
  };
};
