/** An event as targets get it. */
export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** `2026-11-21T12:00:00Z` */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Times of events have no fractions of seconds. */
export const eventTime = (instant: number): string =>
  new Date(instant).toISOString().replace(/\.\d+Z$/, 'Z');
