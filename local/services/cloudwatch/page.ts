import { AwsError } from '../aws-error.ts';

/** One page of `all`, from where `token` stands. */
export const page = <T>(
  all: readonly T[],
  size: number,
  token: string | undefined,
): { readonly items: readonly T[]; readonly NextToken: string | undefined } => {
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
  }
  const to = from + size;
  return {
    items: all.slice(from, to),
    NextToken: to < all.length ? Buffer.from(String(to)).toString('base64url') : undefined,
  };
};
