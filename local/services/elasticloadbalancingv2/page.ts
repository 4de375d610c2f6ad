import { validationError } from './errors.ts';

/** One page of a description: `Marker` is where the next one starts. */
export const page = <R, D>(
  member: string,
  records: readonly R[],
  input: { Marker?: string | undefined; PageSize?: number | undefined },
  described: (record: R) => D,
): Record<string, unknown> => {
  const size = input.PageSize ?? 400;
  if (size < 1 || size > 400) {
    throw validationError(`The page size '${size}' is not valid: it must be between 1 and 400`);
  }
  const start = input.Marker === undefined ? 0 : Number(input.Marker);
  if (!Number.isInteger(start) || start < 0) {
    throw validationError(`The marker '${input.Marker}' is not valid`);
  }
  const end = start + size;
  return {
    [member]: records.slice(start, end).map(described),
    ...(end < records.length ? { NextMarker: String(end) } : {}),
  };
};
