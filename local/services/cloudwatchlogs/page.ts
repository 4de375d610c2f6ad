import { AwsError } from '../aws-error.ts';

/** A page of `items` and the token of the next. */
export const page = <T>(
  items: readonly T[],
  limit: number,
  token: string | undefined,
): { items: T[]; nextToken?: string } => {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  const next = from + limit;
  return {
    items: items.slice(from, next),
    ...(next < items.length ? { nextToken: String(next) } : {}),
  };
};
