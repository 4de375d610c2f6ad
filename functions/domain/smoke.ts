import type { RuleCondition } from './fast-path-row.ts';
import { patternsMeet } from './preflight.ts';

/** The header by which a request asks for the candidate alone. */
export const TEST_HEADER = 'x-slipway-test';

/** The test rule's conditions with a value that nobody can guess, new for each rollout; without it the route would be public. */
export const testConditions = (
  value: string,
  hosts: readonly string[],
): { conditions: RuleCondition[]; headers: Record<string, string> } => ({
  conditions: [
    {
      Field: 'http-header',
      HttpHeaderConfig: { HttpHeaderName: TEST_HEADER, Values: [value] },
    },
    ...(hosts.length === 0
      ? []
      : [{ Field: 'host-header', HostHeaderConfig: { Values: [...hosts] } }]),
  ],
  headers: { [TEST_HEADER]: value },
});

/** Where a smoke request goes: over plain HTTP to the load balancer's own name, over TLS to the host that its certificate names. */
export const smokeAddress = (
  at: {
    readonly protocol: string;
    readonly port: number;
    readonly dnsName: string;
    readonly hosts: readonly string[];
  },
  path: string,
): { url: string; headers: Record<string, string> } => {
  const host = at.hosts[0]?.replaceAll('*', 'slipway-test').replaceAll('?', 'x');
  const tls = at.protocol === 'HTTPS';
  const scheme = tls ? 'https' : 'http';
  const standard = at.port === (tls ? 443 : 80);
  const name = tls && host !== undefined ? host : at.dnsName;
  return {
    url: `${scheme}://${name}${standard ? '' : `:${at.port}`}${path}`,
    headers: host === undefined ? {} : { host },
  };
};

/** The path of a smoke request: readiness, unless the route that leads to it lets only other paths through. */
export const smokePath = (paths: readonly string[], readiness: string): string => {
  const [first] = paths;
  if (first === undefined || paths.some((path) => patternsMeet(path, readiness))) return readiness;
  return first.replaceAll('*', '').replaceAll('?', 'x');
};
