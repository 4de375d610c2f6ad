import { AwsError } from '../aws-error.ts';

/** Cuts a list into pages; a page's token says where the next one begins. */
export const paged = <T>(
  all: readonly T[],
  input: { readonly nextToken?: string | undefined; readonly maxResults?: number | undefined },
): { readonly page: T[]; readonly next: { nextToken?: string } } => {
  const size = input.maxResults ?? 100;
  const from =
    input.nextToken === undefined
      ? 0
      : Number(Buffer.from(input.nextToken, 'base64url').toString('utf8'));
  if (!(Number.isInteger(from) && from >= 0 && size >= 1)) {
    throw new AwsError(
      'ValidationException',
      `nextToken must come from a response before and maxResults be at least 1, given ${input.nextToken} and ${size}`,
    );
  }
  const page = all.slice(from, from + size);
  const more = from + size < all.length;
  return {
    page,
    next: more ? { nextToken: Buffer.from(String(from + size)).toString('base64url') } : {},
  };
};
