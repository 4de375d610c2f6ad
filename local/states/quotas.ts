import type { Json } from './json.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const quotas = {
  payloadBytes: 262_144,
  historyEvents: 25_000,
  definitionBytes: 1_048_576,
  variablesBytes: 10_485_760,
  /** Iterations of an inline Map that run at once when `MaxConcurrency` is 0. */
  inlineMapConcurrency: 40,
  taskTimeoutSeconds: 99_999_999,
  closedExecutionDays: 90,
} as const;

/** At least as many bytes as the value's JSON takes in UTF-8; stops counting past `enough`. */
const upperBound = (value: unknown, enough: number): number => {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (typeof value !== 'object' || value === null) return 24;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      bytes += upperBound(item, enough) + 1;
      if (bytes > enough) return bytes;
    }
    return bytes;
  }
  for (const key in value) {
    bytes += key.length * 6 + 4 + upperBound((value as Record<string, unknown>)[key], enough);
    if (bytes > enough) return bytes;
  }
  return bytes;
};

/** Objects seen to be small, since the same value passes many states. */
const small = new WeakSet<object>();

/** Whether a value's JSON stays within `limit` bytes of UTF-8. */
export const isWithin = (value: Json | undefined, limit: number = quotas.payloadBytes): boolean => {
  if (typeof value === 'object' && value !== null) {
    if (limit === quotas.payloadBytes && small.has(value)) return true;
    const fits =
      upperBound(value, limit) <= limit || Buffer.byteLength(JSON.stringify(value)) <= limit;
    if (fits && limit === quotas.payloadBytes) small.add(value);
    return fits;
  }
  return typeof value !== 'string' || Buffer.byteLength(JSON.stringify(value)) <= limit;
};
