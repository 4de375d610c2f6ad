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

/** Larger values that were seen to fit, since the same value passes many states; small ones are counted faster than looked up. */
const fitting = new WeakSet<object>();
const large = 8192;

/** Whether a value's JSON stays within the quota of a payload. */
export const isWithin = (value: Json | undefined): boolean => {
  const limit = quotas.payloadBytes;
  if (typeof value === 'string') {
    return value.length * 6 + 2 <= limit || Buffer.byteLength(JSON.stringify(value)) <= limit;
  }
  if (typeof value !== 'object' || value === null) return true;
  if (upperBound(value, large) <= large || fitting.has(value)) return true;
  if (upperBound(value, limit) > limit && Buffer.byteLength(JSON.stringify(value)) > limit) {
    return false;
  }
  fitting.add(value);
  return true;
};
