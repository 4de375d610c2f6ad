/** One thing that is wrong with a configuration. */
export interface Problem {
  /** `services.checkout.route.priority` */
  readonly path: string;
  /** What stands there, as JSON; `nothing` where it is missing. */
  readonly found: string;
  readonly expected: string;
  /** The key that was probably meant. */
  readonly suggestion?: string;
}

/** Carries every problem at once, so that one run shows all there is to mend. */
export class ConfigurationInvalid extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(
      `the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map(problemLine).join('\n')}`,
    );
    this.name = 'ConfigurationInvalid';
    this.problems = problems;
  }
}

/** `services.checkout.gate: found "x", expected …; did you mean "gates"?` */
export const problemLine = (problem: Problem): string =>
  `  ${problem.path || '(whole file)'}: found ${problem.found}, expected ${problem.expected}${
    problem.suggestion === undefined ? '' : `; did you mean "${problem.suggestion}"?`
  }`;
