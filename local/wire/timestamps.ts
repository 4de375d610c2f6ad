/** Smithy's timestamp formats, as schemas number them. */
export const TIMESTAMP = { dateTime: 5, httpDate: 6, epochSeconds: 7 } as const;

/** Reads a timestamp in any of the forms that AWS takes in text: ISO 8601, HTTP date, seconds. */
export const dateFromHeader = (text: string): Date =>
  /^-?\d+(\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);

/** Writes a timestamp as text; `fallback` is the format where the schema names none. */
export const dateToText = (date: Date, format: number, fallback: number): string => {
  const known = Object.values(TIMESTAMP) as number[];
  switch (known.includes(format) ? format : fallback) {
    case TIMESTAMP.httpDate:
      return date.toUTCString();
    case TIMESTAMP.epochSeconds:
      return String(date.getTime() / 1000);
    default:
      return date.toISOString();
  }
};
