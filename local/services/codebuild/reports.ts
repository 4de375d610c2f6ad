import type {
  CodeCoverage,
  CreateReportGroupCommandInput,
  Report,
  ReportGroup,
  TestCase,
} from '@aws-sdk/client-codebuild';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { resourceNotFound } from './errors.ts';

/** One test of a test report. */
export interface TestResult {
  readonly name: string;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'ERROR' | 'SKIPPED' | 'UNKNOWN';
  readonly suite?: string;
  readonly durationMs?: number;
  readonly message?: string;
}

/** One file of a coverage report. */
export interface FileCoverage {
  readonly filePath: string;
  readonly linesCovered: number;
  readonly linesMissed: number;
  readonly branchesCovered?: number;
  readonly branchesMissed?: number;
}

/** A report as a build hands it in: of tests or of coverage, into a group by name or ARN. */
export type ReportResult = { readonly group: string } & (
  | { readonly tests: readonly TestResult[] }
  | { readonly coverage: readonly FileCoverage[] }
);

interface StoredReport {
  readonly report: Report;
  readonly tests: readonly TestCase[];
  readonly coverages: readonly CodeCoverage[];
}

/** Reports are gone 30 days after they were made. */
const LIFETIME_MILLISECONDS = 30 * 86_400_000;

const percentage = (covered: number, missed: number): number =>
  covered + missed === 0 ? 0 : Math.round((covered / (covered + missed)) * 10_000) / 100;

const coverageFigures = (files: readonly FileCoverage[]) => {
  const sum = (pick: (file: FileCoverage) => number | undefined): number =>
    files.reduce((total, file) => total + (pick(file) ?? 0), 0);
  const linesCovered = sum((file) => file.linesCovered);
  const linesMissed = sum((file) => file.linesMissed);
  const branchesCovered = sum((file) => file.branchesCovered);
  const branchesMissed = sum((file) => file.branchesMissed);
  return {
    lineCoveragePercentage: percentage(linesCovered, linesMissed),
    linesCovered,
    linesMissed,
    branchCoveragePercentage: percentage(branchesCovered, branchesMissed),
    branchesCovered,
    branchesMissed,
  };
};

const nanoseconds = (milliseconds = 0): number => milliseconds * 1_000_000;

/** Report groups and the reports in them. */
export class Reports {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #groups = new Map<string, ReportGroup>();
  readonly #reports = new Map<string, StoredReport>();

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  #arn(kind: string, name: string): string {
    return `arn:aws:codebuild:${this.#place.region}:${this.#place.account}:${kind}/${name}`;
  }

  createGroup(input: CreateReportGroupCommandInput): ReportGroup {
    const arn = this.#arn('report-group', input.name ?? '');
    if (this.#groups.has(arn)) {
      throw new AwsError('ResourceAlreadyExistsException', `Report group already exists: ${arn}`);
    }
    const now = new Date(this.#cloud.clock.now());
    const group: ReportGroup = { ...input, arn, created: now, lastModified: now, status: 'ACTIVE' };
    this.#groups.set(arn, group);
    return group;
  }

  /** Replaces what can be changed about a group. */
  updateGroup(arn: string, changes: Pick<ReportGroup, 'exportConfig' | 'tags'>): ReportGroup {
    const group = this.group(arn);
    const updated = { ...group, ...changes, lastModified: new Date(this.#cloud.clock.now()) };
    this.#groups.set(arn, updated);
    return updated;
  }

  group(arn: string | undefined): ReportGroup {
    const group = this.#groups.get(arn ?? '');
    if (group === undefined) throw resourceNotFound(`Report group cannot be found: ${arn}`);
    return group;
  }

  get groups(): readonly ReportGroup[] {
    return [...this.#groups.values()];
  }

  deleteGroup(arn: string, withReports: boolean): void {
    const reports = this.inGroup(arn);
    if (reports.length > 0 && !withReports) {
      throw new AwsError(
        'InvalidInputException',
        `The report group ${arn} has ${reports.length} reports; delete them first or set deleteReports`,
      );
    }
    for (const report of reports) this.#reports.delete(report);
    this.#groups.delete(arn);
  }

  /** The ARNs of a group's reports, newest first. */
  inGroup(arn: string): readonly string[] {
    return [...this.#reports.values()]
      .filter(({ report }) => report.reportGroupArn === arn)
      .map(({ report }) => report.arn ?? '')
      .reverse();
  }

  /** The report by ARN, as long as it has not expired. */
  find(arn: string): StoredReport | undefined {
    const stored = this.#reports.get(arn);
    const expired = stored?.report.expired?.getTime() ?? Number.POSITIVE_INFINITY;
    return expired <= this.#cloud.clock.now() ? undefined : stored;
  }

  /** The report by ARN, or CodeBuild's error. */
  report(arn: string | undefined): StoredReport {
    const stored = this.find(arn ?? '');
    if (stored === undefined) throw resourceNotFound(`Report cannot be found: ${arn}`);
    return stored;
  }

  /** Takes in a report of a build; a group that only the buildspec names is made as `project-group`. */
  add(result: ReportResult, build: { readonly arn: string; readonly projectName: string }): string {
    const type = 'tests' in result ? 'TEST' : 'CODE_COVERAGE';
    const group = this.#groupFor(result.group, build.projectName, type);
    const now = this.#cloud.clock.now();
    const expired = new Date(now + LIFETIME_MILLISECONDS);
    const id = this.#cloud.uuid();
    const arn = this.#arn('report', `${group.name}:${id}`);
    const base: Report = {
      arn,
      type,
      name: `${group.name}:${id}`,
      reportGroupArn: group.arn,
      executionId: build.arn,
      created: new Date(now),
      expired,
      exportConfig: group.exportConfig,
      truncated: false,
    };
    this.#reports.set(
      arn,
      'tests' in result
        ? testReport(base, result.tests)
        : coverageReport(base, result.coverage, () => this.#cloud.uuid()),
    );
    return arn;
  }

  #groupFor(named: string, projectName: string, type: 'TEST' | 'CODE_COVERAGE'): ReportGroup {
    const candidates = [named, this.#arn('report-group', named)];
    const known = candidates.map((arn) => this.#groups.get(arn)).find((group) => group);
    if (known !== undefined) return known;
    const name = `${projectName}-${named}`;
    return (
      this.#groups.get(this.#arn('report-group', name)) ??
      this.createGroup({ name, type, exportConfig: { exportConfigType: 'NO_EXPORT' } })
    );
  }
}

const testReport = (base: Report, tests: readonly TestResult[]): StoredReport => {
  const statusCounts = { ERROR: 0, FAILED: 0, SKIPPED: 0, SUCCEEDED: 0, UNKNOWN: 0 };
  let milliseconds = 0;
  for (const { status, durationMs } of tests) {
    statusCounts[status] += 1;
    milliseconds += durationMs ?? 0;
  }
  const failed = statusCounts.FAILED + statusCounts.ERROR + statusCounts.UNKNOWN > 0;
  return {
    report: {
      ...base,
      status: failed ? 'FAILED' : 'SUCCEEDED',
      testSummary: {
        total: tests.length,
        statusCounts,
        durationInNanoSeconds: nanoseconds(milliseconds),
      },
    },
    tests: tests.map(({ name, status, suite, durationMs, message }) => ({
      reportArn: base.arn,
      name,
      status,
      ...(suite === undefined ? {} : { prefix: suite, testSuiteName: suite }),
      durationInNanoSeconds: nanoseconds(durationMs),
      ...(message === undefined ? {} : { message }),
      expired: base.expired,
    })),
    coverages: [],
  };
};

const coverageReport = (
  base: Report,
  files: readonly FileCoverage[],
  id: () => string,
): StoredReport => ({
  report: { ...base, status: 'SUCCEEDED', codeCoverageSummary: coverageFigures(files) },
  tests: [],
  coverages: files.map((file) => ({
    id: id(),
    reportARN: base.arn,
    filePath: file.filePath,
    ...coverageFigures([file]),
    expired: base.expired,
  })),
});
