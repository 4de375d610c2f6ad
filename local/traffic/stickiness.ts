/** What a client's cookies say about where it was before. */
export interface StickyCookies {
  readonly group: string | undefined;
  readonly target: string | undefined;
}

const groupCookie = 'AWSALBTG';
const targetCookie = 'AWSALB';

const encode = (value: string): string => Buffer.from(value).toString('base64url');
const decode = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value, 'base64url').toString('utf8');

/** Reads the load balancer's cookies. */
export const stickyCookies = (header: string | undefined): StickyCookies => {
  if (!header?.includes(targetCookie)) return { group: undefined, target: undefined };
  const cookies = new Map(
    header.split(';').map((pair) => {
      const [name = '', value = ''] = pair.trim().split('=');
      return [name, value] as const;
    }),
  );
  return { group: decode(cookies.get(groupCookie)), target: decode(cookies.get(targetCookie)) };
};

/** Writes them, each with the time for which it holds. */
export const stickyHeaders = (
  group: { arn: string; seconds: number } | undefined,
  target: { address: string; seconds: number } | undefined,
): string[] => [
  ...(group ? [`${groupCookie}=${encode(group.arn)}; Max-Age=${group.seconds}; Path=/`] : []),
  ...(target
    ? [`${targetCookie}=${encode(target.address)}; Max-Age=${target.seconds}; Path=/`]
    : []),
];
