import { asList, type ConditionBlock, fits } from './document.ts';

/** What is known of a request, by condition key (`sts:ExternalId`, `aws:PrincipalArn`). Names ignore case. */
export type RequestKeys = Readonly<Record<string, string | undefined>>;

type Test = (pattern: string, value: string) => boolean;

const tests: Readonly<Record<string, { readonly test: Test; readonly negated: boolean }>> = {
  StringEquals: { test: (a, b) => a === b, negated: false },
  StringNotEquals: { test: (a, b) => a === b, negated: true },
  StringEqualsIgnoreCase: { test: (a, b) => a.toLowerCase() === b.toLowerCase(), negated: false },
  StringNotEqualsIgnoreCase: { test: (a, b) => a.toLowerCase() === b.toLowerCase(), negated: true },
  StringLike: { test: fits, negated: false },
  StringNotLike: { test: fits, negated: true },
  ArnEquals: { test: fits, negated: false },
  ArnNotEquals: { test: fits, negated: true },
  ArnLike: { test: fits, negated: false },
  ArnNotLike: { test: fits, negated: true },
  Bool: { test: (a, b) => a.toLowerCase() === b.toLowerCase(), negated: false },
};

/** Whether a condition block holds. An operator that is not known never holds: it fails closed. */
export const conditionsHold = (block: ConditionBlock | undefined, keys: RequestKeys): boolean => {
  const known = new Map(Object.entries(keys).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.entries(block ?? {}).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, values]) => {
      const value = known.get(key.toLowerCase());
      const patterns = asList(values).map(String);
      if (operator === 'Null') return patterns.includes(String(value === undefined));
      const optional = operator.endsWith('IfExists');
      const test = tests[optional ? operator.slice(0, -'IfExists'.length) : operator];
      if (test === undefined) return false;
      if (value === undefined) return optional || test.negated;
      return patterns.some((pattern) => test.test(pattern, value)) !== test.negated;
    }),
  );
};
