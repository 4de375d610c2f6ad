import type { z } from 'zod';
import { crossCheck } from './cross-check.ts';
import { keysAt, misspeltIn, nearestKey } from './known-keys.ts';
import { ConfigurationInvalid, type Problem } from './problem.ts';
import { type Configuration, ConfigurationSchema } from './schema.ts';
import { readWorkloads } from './workloads.ts';

/**
 * Reads a configuration: schema first, then what only shows across its parts, and the manifests that it names, which lie beside
 * it in `folder`.
 * @throws ConfigurationInvalid with every problem found
 */
export const readConfiguration = (input: unknown, folder = '.'): Configuration => {
  const parsed = ConfigurationSchema.safeParse(input);
  if (!parsed.success)
    throw new ConfigurationInvalid(
      parsed.error.issues.flatMap((issue) => problemsOf(issue, input)),
    );
  const { services, problems: unread } = readWorkloads(parsed.data, folder);
  const problems = [...crossCheck(parsed.data), ...unread];
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
  return { ...parsed.data, services };
};

type Issue = z.core.$ZodIssue;

const problemsOf = (issue: Issue, input: unknown): Problem[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(issue.path, key, input));
  }
  if (issue.code === 'invalid_union') {
    const misspelt = misspeltIn(ConfigurationSchema, issue, input);
    if (misspelt.length > 0) return misspelt.map(({ path, key }) => unknownKey(path, key, input));
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    return [
      {
        path: dotted(issue.path),
        found: JSON.stringify(key),
        expected: issue.issues[0]?.message ?? issue.message,
      },
    ];
  }
  return [
    { path: dotted(issue.path), found: shown(at(input, issue.path)), expected: expectation(issue) },
  ];
};

const unknownKey = (path: readonly PropertyKey[], key: string, input: unknown): Problem => {
  const known = keysAt(ConfigurationSchema, path, input);
  const nearest = nearestKey(key, known);
  const problem = {
    path: dotted([...path, key]),
    found: shown(at(input, [...path, key])),
    expected: known.length > 0 ? `one of the keys ${known.join(', ')}` : 'no such key',
  };
  return nearest === undefined ? problem : { ...problem, suggestion: nearest };
};

const expectation = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}${issue.inclusive === false ? ' (more than that)' : ''}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return issue.message;
  }
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined | null)?.[part],
    value,
  );

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

const dotted = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${part}]`
        : text === ''
          ? String(part)
          : `${text}.${String(part)}`,
    '',
  );
