/** How a version of the sample behaves when it runs. */
export interface ShopBehaviour {
  readonly version: string;
  readonly ready: boolean;
  /** Share of requests that fail. */
  readonly errors: number;
  readonly slow: {
    /** Requests that are answered before it begins. */
    readonly after: number;
    readonly share: number;
    readonly milliseconds: number;
  };
}

const good = { ready: true, errors: 0, slow: { after: 0, share: 0, milliseconds: 0 } };

const faults: Readonly<Record<string, Partial<ShopBehaviour>>> = {
  '1.2.0': { errors: 0.05 },
  '1.5.0': { slow: { after: 200, share: 0.3, milliseconds: 1500 } },
  '1.6.0': { ready: false },
};

/** Findings that a version's image carries, as the local registry's scanner reads them. */
const findings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1.3.0': { 'org.example.cve.CVE-2026-0001': 'CRITICAL;package=openssl@3.0.1;fixed=3.0.2' },
};

/** Behaviour of any version; one that is not known is good. */
export const behaviourOf = (version: string): ShopBehaviour => ({
  ...good,
  ...faults[version],
  version,
});

/** Labels of a version's image: what a local scanner and a model of the running service go by. */
export const labelsOf = (version: string): Record<string, string> => {
  const { ready, errors, slow } = behaviourOf(version);
  const first = ['start:2', 'p50:15', 'p99:60', `ready:${ready}`, `errors:${errors}`].join(',');
  const later =
    slow.share > 0
      ? `;afterRequests:${slow.after},slow:${slow.share},slowMs:${slow.milliseconds}`
      : '';
  return {
    'org.opencontainers.image.title': 'checkout',
    'org.opencontainers.image.version': version,
    'org.example.model': `${first}${later}`,
    ...findings[version],
  };
};
