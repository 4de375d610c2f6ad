import { AwsError } from '../aws-error.ts';

/** One page of a list; the token says where the next begins. */
export const page = <T>(
  items: readonly T[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
): { readonly items: readonly T[]; readonly nextToken?: string } => {
  const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64').toString());
  if (!Number.isInteger(from) || from < 0 || from > items.length) {
    throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
  const most = maxResults === undefined || maxResults === 0 ? 100 : Math.min(maxResults, 1000);
  const to = from + most;
  return {
    items: items.slice(from, to),
    ...(to < items.length ? { nextToken: Buffer.from(String(to)).toString('base64') } : {}),
  };
};
