import { describe, expect, test } from 'vitest';
import { asFailure, CliFailure, EXIT, failurePage } from '../../cli/failure.ts';
import { ConfigurationInvalid } from '../../config/problem.ts';

// Goal: whatever goes wrong, a person reads what, why and what to do; a script gets the right exit code.

const error = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

describe('failure', () => {
  test.each<[string, unknown, RegExp, number]>([
    [
      'refused',
      error('Error', 'connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' }),
      /^error: nothing answers \(ECONNREFUSED\)\n {2}connect .*\n {2}→ start a local cloud/,
      EXIT.unreachable,
    ],
    [
      'no answer in time',
      error('TimeoutError', 'timed out'),
      /^error: nothing answers \(TimeoutError\)/,
      EXIT.unreachable,
    ],
    [
      'no message at all',
      error('AggregateError', '', { code: 'ECONNREFUSED' }),
      /^error: nothing answers \(ECONNREFUSED\)\n {2}→/,
      EXIT.unreachable,
    ],
    [
      'no credentials',
      error('CredentialsProviderError', 'none'),
      /no AWS credentials/,
      EXIT.unreachable,
    ],
    ['not deployed', error('StateMachineDoesNotExist', 'arn'), /not deployed there/, EXIT.failed],
    [
      'configuration',
      new ConfigurationInvalid([
        { path: 'services', found: '{}', expected: 'at least one service' },
      ]),
      /^error: the configuration has 1 problem:\n {2}services: found \{\}, expected at least one service\n {2}→/,
      EXIT.failed,
    ],
    [
      'one of ours',
      new CliFailure('no', { details: ['a', 'b'], solution: 'do', exitCode: 2 }),
      /^error: no\n {2}a\n {2}b\n {2}→ do\n$/,
      EXIT.usage,
    ],
    [
      'anything else',
      error('AccessDeniedException', 'not yours'),
      /^error: AccessDeniedException: not yours\n$/,
      EXIT.failed,
    ],
    ['no error at all', 'thrown text', /^error: thrown text\n$/, EXIT.failed],
  ])('failure: %s', (_name, thrown, page, exitCode) => {
    const failure = asFailure(thrown);
    expect(failurePage(failure)).toMatch(page);
    expect(failurePage(failure)).not.toMatch(/\n\s+at /);
    expect(failure.exitCode).toBe(exitCode);
  });
});
