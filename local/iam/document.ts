/** A condition block: operator, then key, then the values of which one must fit. */
export type ConditionBlock = Readonly<
  Record<
    string,
    Readonly<Record<string, string | boolean | number | readonly (string | boolean | number)[]>>
  >
>;

/** Who a statement of a resource policy speaks of. */
export type PrincipalBlock = '*' | Readonly<Record<string, string | readonly string[]>>;

/** One statement of a policy, as IAM writes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: PrincipalBlock;
  readonly NotPrincipal?: PrincipalBlock;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: ConditionBlock;
}

/** A policy of IAM, of whatever kind. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: Statement | readonly Statement[];
}

/** One or many of them, as a list. */
export const asList = <T>(value: T | readonly T[] | undefined): readonly T[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
};

/** Whether `text` fits a pattern with `*` and `?`. */
export const fits = (pattern: string, text: string, ignoreCase = false): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'is' : 's').test(text);
};
