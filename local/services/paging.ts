/** A list cut short, and the token for what is left. */
export interface Page<T> {
  readonly page: T[];
  readonly next: { nextToken?: string };
}

/** Where the page of a token begins; undefined for a token that no answer gave. How it is refused is each service's own word. */
export const startOf = (token: string | undefined): number | undefined => {
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  return Number.isInteger(from) && from >= 0 ? from : undefined;
};

/** `size` entries from `from` on; a page's token says where the next one begins. */
export const pageFrom = <T>(all: readonly T[], from: number, size: number): Page<T> => {
  const end = from + size;
  const next =
    end < all.length ? { nextToken: Buffer.from(String(end)).toString('base64url') } : {};
  return { page: all.slice(from, end), next };
};
