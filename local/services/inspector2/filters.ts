import { AwsError } from '../aws-error.ts';

/** How a value is asked for: by text, number or time. */
interface FilterValue {
  readonly comparison?: string | undefined;
  readonly value?: string | undefined;
  readonly lowerInclusive?: number | undefined;
  readonly upperInclusive?: number | undefined;
  readonly startInclusive?: Date | undefined;
  readonly endInclusive?: Date | undefined;
}

/** What one criterion looks at in a thing; a list counts if any of its members does. */
export type Criterion<T> = (thing: T) => string | number | Date | readonly string[] | undefined;

const textHolds = (filter: FilterValue, actual: readonly string[]): boolean => {
  const wanted = filter.value ?? '';
  if (filter.comparison === 'EQUALS') return actual.includes(wanted);
  if (filter.comparison === 'NOT_EQUALS') return !actual.includes(wanted);
  if (filter.comparison === 'PREFIX') return actual.some((each) => each.startsWith(wanted));
  throw new AwsError(
    'ValidationException',
    `comparison must be EQUALS, PREFIX or NOT_EQUALS, given ${filter.comparison}`,
  );
};

const holds = (filter: FilterValue, actual: ReturnType<Criterion<never>>): boolean => {
  if (filter.comparison !== undefined) {
    const texts = Array.isArray(actual) ? actual : actual === undefined ? [] : [String(actual)];
    return textHolds(filter, texts);
  }
  if (actual === undefined) return false;
  const value = Number(actual);
  const from = filter.lowerInclusive ?? filter.startInclusive?.getTime();
  const to = filter.upperInclusive ?? filter.endInclusive?.getTime();
  return (from === undefined || value >= from) && (to === undefined || value <= to);
};

/** The values of one criterion are alternatives, except that all NOT_EQUALS must hold; criteria hold together. */
export const matchesCriteria = <T>(
  thing: T,
  criteria: object | undefined,
  known: Readonly<Record<string, Criterion<T>>>,
  operation: string,
): boolean =>
  Object.entries((criteria ?? {}) as Record<string, readonly FilterValue[] | undefined>).every(
    ([name, filters]) => {
      if (filters === undefined) return true;
      const criterion = Object.hasOwn(known, name) ? known[name] : undefined;
      if (criterion === undefined) {
        throw new AwsError(
          'NotImplemented',
          `the local cloud does not do inspector2:${operation} with the filter ${name}`,
          { status: 501 },
        );
      }
      const actual = criterion(thing);
      const negative = filters.filter(({ comparison }) => comparison === 'NOT_EQUALS');
      const positive = filters.filter(({ comparison }) => comparison !== 'NOT_EQUALS');
      return (
        negative.every((filter) => holds(filter, actual)) &&
        (positive.length === 0 || positive.some((filter) => holds(filter, actual)))
      );
    },
  );
