import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { unsupportedField, validationError } from './errors.ts';

/** What of a request decides its way. */
export interface RequestFacts {
  readonly host: string;
  /** With the query string. */
  readonly path: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly sourceIp?: string;
}

const valuesPerRule = 5;

const configs = {
  'host-header': 'HostHeaderConfig',
  'path-pattern': 'PathPatternConfig',
  'http-header': 'HttpHeaderConfig',
  'http-request-method': 'HttpRequestMethodConfig',
  'query-string': 'QueryStringConfig',
  'source-ip': 'SourceIpConfig',
} as const;
type Field = keyof typeof configs;

/** Checks a whole list of conditions and answers it in the form in which it is described. */
export const normalizedConditions = (
  conditions: readonly RuleCondition[] | undefined,
  operation: string,
): RuleCondition[] => {
  if (conditions === undefined || conditions.length === 0) {
    throw validationError('A condition must be specified');
  }
  const normalized = conditions.map((condition) => normalizedCondition(condition, operation));
  const count = normalized.reduce((sum, condition) => sum + valuesOf(condition).length, 0);
  if (count > valuesPerRule) {
    throw validationError(
      `The maximum number of condition values per rule is ${valuesPerRule}, got ${count}`,
    );
  }
  for (const field of ['host-header', 'path-pattern', 'http-request-method', 'source-ip']) {
    if (normalized.filter((condition) => condition.Field === field).length > 1) {
      throw validationError(`Rules cannot contain multiple conditions with field '${field}'`);
    }
  }
  return normalized;
};

const normalizedCondition = (condition: RuleCondition, operation: string): RuleCondition => {
  if (condition.RegexValues !== undefined) throw unsupportedField(operation, 'RegexValues');
  const field = condition.Field as Field;
  const name = configs[field];
  if (name === undefined) {
    throw validationError(
      `Condition field '${condition.Field ?? ''}' must be one of '[${Object.keys(configs).join(', ')}]'`,
    );
  }
  const config = condition[name] ?? { Values: condition.Values };
  if ('RegexValues' in config && config.RegexValues !== undefined) {
    throw unsupportedField(operation, `${name}.RegexValues`);
  }
  const values = config.Values ?? [];
  if (values.length === 0)
    throw validationError(`A condition value must be specified for '${field}'`);
  if (field === 'query-string')
    return { Field: field, QueryStringConfig: { Values: values as never } };
  const texts = values as string[];
  for (const text of texts) assertValue(field, text);
  if (field === 'http-header') {
    const header = condition.HttpHeaderConfig?.HttpHeaderName;
    if (!header) throw validationError('An HTTP header name must be specified');
    return { Field: field, HttpHeaderConfig: { HttpHeaderName: header, Values: texts } };
  }
  return { Field: field, Values: texts, [name]: { Values: texts } };
};

const assertValue = (field: Field, value: string): void => {
  const valid = {
    'host-header': /^[A-Za-z0-9.*?-]{1,128}$/,
    'path-pattern': /^[A-Za-z0-9_\-.$/~"'@:+&*?]{1,128}$/,
    'http-header': /^[\x20-\x7e]{1,128}$/,
    'http-request-method': /^[A-Z_-]{1,40}$/,
    'source-ip': /^[0-9a-fA-F.:]+\/\d{1,3}$/,
    'query-string': /^/,
  }[field];
  if (!valid.test(value))
    throw validationError(`Condition value '${value}' is not valid for field '${field}'`);
};

const valuesOf = (condition: RuleCondition): readonly unknown[] => {
  const name = configs[condition.Field as Field];
  return condition[name]?.Values ?? condition.Values ?? [];
};

export type Matches = (request: RequestFacts) => boolean;

/** Compiles the conditions of a rule; all must match, of each any value. */
export const compiledConditions = (conditions: readonly RuleCondition[]): Matches => {
  const compiled = conditions.map(compiledCondition);
  return (request) => compiled.every((matches) => matches(request));
};

const compiledCondition = (condition: RuleCondition): Matches => {
  const values = valuesOf(condition);
  switch (condition.Field as Field) {
    case 'host-header': {
      const any = anyOf(values as string[], 'i');
      return ({ host }) => any(host.replace(/:\d+$/, ''));
    }
    case 'path-pattern': {
      const any = anyOf(values as string[], '');
      return ({ path }) => any(path.split('?', 1)[0] ?? '');
    }
    case 'http-request-method':
      return ({ method }) => values.includes(method);
    case 'http-header': {
      const any = anyOf(values as string[], 'i');
      const name = condition.HttpHeaderConfig?.HttpHeaderName?.toLowerCase() ?? '';
      return ({ headers }) => headerValues(headers, name).some(any);
    }
    case 'query-string':
      return queryMatches(values as { Key?: string; Value?: string }[]);
    case 'source-ip':
      return ({ sourceIp }) =>
        sourceIp !== undefined && (values as string[]).some((cidr) => inRange(sourceIp, cidr));
  }
};

const headerValues = (headers: RequestFacts['headers'], name: string): readonly string[] => {
  for (const [key, value] of Object.entries(headers ?? {})) {
    if (key.toLowerCase() !== name || value === undefined) continue;
    return typeof value === 'string' ? [value] : value;
  }
  return [];
};

const queryMatches = (pairs: readonly { Key?: string; Value?: string }[]): Matches => {
  const compiled = pairs.map(({ Key, Value }) => ({
    key: Key === undefined ? undefined : anyOf([Key], 'i'),
    value: anyOf([Value ?? '*'], 'i'),
  }));
  return ({ path }) => {
    const query = [...new URLSearchParams(path.split('?').slice(1).join('?'))];
    return compiled.some(({ key, value }) =>
      query.some(([name, text]) => (key === undefined || key(name)) && value(text)),
    );
  };
};

/** `*` stands for any characters, `?` for exactly one. */
const anyOf = (patterns: readonly string[], flags: string): ((text: string) => boolean) => {
  const expressions = patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, `${flags}s`);
  });
  return (text) => expressions.some((expression) => expression.test(text));
};

const inRange = (ip: string, cidr: string): boolean => {
  const [network = '', bits = '32'] = cidr.split('/');
  const mask = bits === '0' ? 0 : (~0 << (32 - Number(bits))) >>> 0;
  const number = (address: string) =>
    address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return (number(ip) & mask) >>> 0 === (number(network) & mask) >>> 0;
};
