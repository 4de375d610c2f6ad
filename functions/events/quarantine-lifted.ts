interface Lifted {
  readonly service: string;
  readonly releaseId: string;
  readonly digest: string;
  readonly configDigest: string;
  readonly version: string | null;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly quarantine: {
    readonly at: string;
    readonly reason: string;
    readonly rolloutId: string;
  };
}

/** `Quarantine Lifted`: a person said that a pair may be released again. */
export const quarantineLifted = (detail: Lifted) => ({
  source: 'slipway.release' as const,
  detailType: 'Quarantine Lifted' as const,
  detail: { id: `${detail.releaseId}/quarantine-lifted/${detail.quarantine.at}`, ...detail },
});
