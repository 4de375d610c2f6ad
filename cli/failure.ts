/** Exit codes mean something: scripts rely on them. */
export const EXIT = {
  ok: 0,
  /** What was asked for did not happen, or did not end as it should. */
  failed: 1,
  /** The call itself was wrong. */
  usage: 2,
  /** Slipway, the local cloud or AWS could not be reached. */
  unreachable: 3,
} as const;

/** What a person reads when a command can't do what was asked: what, details, how to solve it. */
export class CliFailure extends Error {
  readonly details: readonly string[];
  readonly solution: string | null;
  readonly exitCode: number;

  constructor(
    what: string,
    options: { details?: readonly string[]; solution?: string; exitCode?: number } = {},
  ) {
    super(what);
    this.name = 'CliFailure';
    this.details = options.details ?? [];
    this.solution = options.solution ?? null;
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

/** The page a failure makes; never a stack trace. */
export const failurePage = (failure: CliFailure): string =>
  [
    `error: ${failure.message}`,
    ...failure.details.map((line) => `  ${line}`),
    ...(failure.solution === null ? [] : [`  → ${failure.solution}`]),
    '',
  ].join('\n');

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'TimeoutError',
]);

const NOT_THERE = new Set([
  'ResourceNotFoundException',
  'StateMachineDoesNotExist',
  'RepositoryNotFoundException',
  'RuleNotFound',
  'RuleNotFoundException',
]);

/** Any error as a failure that a person can read. */
export const asFailure = (error: unknown): CliFailure => {
  if (error instanceof CliFailure) return error;
  if (!(error instanceof Error)) return new CliFailure(String(error));
  const { code } = error as { code?: string };
  const unreachable = [code, error.name].find((one) => one !== undefined && UNREACHABLE.has(one));
  if (unreachable !== undefined) {
    return new CliFailure(`nothing answers (${unreachable})`, {
      details: error.message === '' ? [] : [error.message],
      solution: 'start a local cloud with "slipway up", or give its address with --endpoint',
      exitCode: EXIT.unreachable,
    });
  }
  if (error.name === 'CredentialsProviderError') {
    return new CliFailure('no AWS credentials were found, and no local cloud is up', {
      details: [error.message],
      solution: 'start a local cloud with "slipway up", or log in to AWS',
      exitCode: EXIT.unreachable,
    });
  }
  if (NOT_THERE.has(error.name)) {
    return new CliFailure('Slipway is not deployed there, or not as this configuration says', {
      details: [`${error.name}: ${error.message}`],
      solution:
        'deploy its stacks (docs/deploy.md), start "slipway up" without --empty, or name the right --config',
    });
  }
  if (error.name === 'ConfigurationInvalid') {
    const [what = '', ...details] = error.message.split('\n');
    return new CliFailure(what, {
      details: details.map((line) => line.trim()),
      solution: 'mend this and run it again; slipway validate checks it',
    });
  }
  return new CliFailure(`${error.name}: ${error.message}`);
};
