import { type BuildPolicy, Digest } from './release.ts';
import type { Judgement } from './verdict.ts';

/** A CodeBuild run as CodeBuild tells it. */
export interface Build {
  readonly id: string;
  readonly project: string;
  readonly status: string;
  readonly exported: Readonly<Record<string, string>>;
  readonly reportArns: readonly string[];
  readonly startedAt: string | null;
}

/** A report of a run: its tests, or its coverage. */
export interface BuildReport {
  readonly arn: string;
  readonly type: string;
  readonly status: string;
  readonly lineCoveragePercent: number | null;
}

/** The digest that a run exported, if it exported one. */
export const exportedDigest = ({ exported }: Build): string | null => {
  const digest = Digest.safeParse(exported['IMAGE_DIGEST']?.trim());
  return digest.success ? digest.data : null;
};

/** The tag that a run exported, if it exported one. */
export const exportedTag = ({ exported }: Build): string | null =>
  exported['IMAGE_TAG']?.trim() || null;

/** Judges a run: it succeeded, its tests passed, its coverage reaches the floor. What can't be read fails. */
export const judgeBuild = (
  policy: BuildPolicy,
  build: Build,
  reports: readonly BuildReport[],
): Judgement => {
  const evidence = { buildId: build.id, project: build.project, status: build.status };
  const fail = (reason: string): Judgement => ({ verdict: 'fail', reason, evidence });
  if (build.project !== policy.project)
    return fail(
      `${build.id} is a run of ${build.project}, the service is built by ${policy.project}`,
    );
  if (build.status === 'IN_PROGRESS')
    return { verdict: 'inconclusive', reason: `${build.id} is still running`, evidence };
  if (build.status !== 'SUCCEEDED') return fail(`${build.id} ended ${build.status}`);
  const missing = build.reportArns.filter((arn) => !reports.some((report) => report.arn === arn));
  const tests = reports.filter(({ type }) => type === 'TEST');
  const coverage = reports.filter(({ type }) => type === 'CODE_COVERAGE');
  const asked = [
    ...(policy.testsMustPass ? tests : []),
    ...(policy.lineCoveragePercentMin === null ? [] : coverage),
  ];
  if (asked.some(({ status }) => status === 'GENERATING'))
    return { verdict: 'inconclusive', reason: `reports of ${build.id} are being made`, evidence };
  if (policy.testsMustPass) {
    if (missing.length > 0)
      return fail(`reports of ${build.id} can't be read: ${missing.join(', ')}`);
    if (tests.length === 0) return fail(`${build.id} has no test report, and tests must pass`);
    const bad = tests.filter(({ status }) => status !== 'SUCCEEDED');
    if (bad.length > 0)
      return fail(`test reports of ${build.id} are ${bad.map(({ status }) => status).join(', ')}`);
  }
  const floor = policy.lineCoveragePercentMin;
  if (floor !== null) {
    const figures = coverage.flatMap(({ lineCoveragePercent }) => lineCoveragePercent ?? []);
    if (figures.length === 0 || figures.length < coverage.length)
      return fail(`${build.id} has no readable line coverage, and at least ${floor} % is asked`);
    const lowest = Math.min(...figures);
    if (lowest < floor)
      return fail(`line coverage of ${build.id} is ${lowest} %, at least ${floor} % is asked`);
  }
  return { verdict: 'pass', reason: `${build.id} succeeded`, evidence };
};
