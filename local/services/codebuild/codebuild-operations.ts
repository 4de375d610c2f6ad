import type {
  BatchGetBuildsCommandInput,
  BatchGetProjectsCommandInput,
  BatchGetReportGroupsCommandInput,
  BatchGetReportsCommandInput,
  CreateProjectCommandInput,
  CreateReportGroupCommandInput,
  DeleteProjectCommandInput,
  DeleteReportGroupCommandInput,
  DescribeCodeCoveragesCommandInput,
  DescribeTestCasesCommandInput,
  ListBuildsForProjectCommandInput,
  ListReportsForReportGroupCommandInput,
  StartBuildCommandInput,
  StopBuildCommandInput,
} from '@aws-sdk/client-codebuild';
import { type Page, pageFrom, startOf } from '../paging.ts';
import type { CallContext } from '../service.ts';
import type { Builds } from './builds.ts';
import { invalidInput, unsupportedField } from './errors.ts';
import { type Projects, projectDescription } from './projects.ts';
import type { Reports } from './reports.ts';

const MAX_IDS = 100;

const checkCount = (name: string, ids: readonly string[] | undefined): readonly string[] => {
  const given = ids ?? [];
  if (given.length < 1 || given.length > MAX_IDS) {
    throw invalidInput(`${name} must have 1 to ${MAX_IDS} entries, given ${given.length}`);
  }
  return given;
};

const paged = <T>(
  all: readonly T[],
  input: { readonly nextToken?: string | undefined; readonly maxResults?: number | undefined },
): Page<T> => {
  const size = input.maxResults ?? 100;
  const from = startOf(input.nextToken);
  if (from === undefined || !(size >= 1 && size <= 100)) {
    throw invalidInput(
      `nextToken must come from a response before, and maxResults be 1 to 100; given ${input.nextToken} and ${size}`,
    );
  }
  return pageFrom(all, from, size);
};

/** Splits ids into what is found and what is not. */
const sorted = <T>(
  ids: readonly string[],
  find: (id: string) => T | undefined,
): { readonly found: T[]; readonly missing: string[] } => {
  const found: T[] = [];
  const missing: string[] = [];
  for (const id of ids) {
    const one = find(id);
    if (one === undefined) missing.push(id);
    else found.push(one);
  }
  return { found, missing };
};

const projectOperations = (projects: Projects) => ({
  CreateProject: (input: CreateProjectCommandInput) => ({
    project: projectDescription(projects.create(input)),
  }),
  BatchGetProjects: (input: BatchGetProjectsCommandInput) => {
    const { found, missing } = sorted(checkCount('names', input.names), (id) => projects.find(id));
    return { projects: found.map(projectDescription), projectsNotFound: missing };
  },
  ListProjects: (input: { nextToken?: string; sortOrder?: string }) => {
    const names = input.sortOrder === 'DESCENDING' ? [...projects.names].reverse() : projects.names;
    const { page, next } = paged(names, { nextToken: input.nextToken });
    return { projects: page, ...next };
  },
  DeleteProject: (input: DeleteProjectCommandInput) => {
    projects.delete(input.name);
    return {};
  },
});

const buildOperations = (builds: Builds, projects: Projects) => ({
  StartBuild: (input: StartBuildCommandInput, context: CallContext) => ({
    build: builds.describe(builds.start(input, context)),
  }),
  StopBuild: (input: StopBuildCommandInput) => ({ build: builds.describe(builds.stop(input.id)) }),
  BatchGetBuilds: (input: BatchGetBuildsCommandInput) => {
    const { found, missing } = sorted(checkCount('ids', input.ids), (id) => builds.find(id));
    return { builds: found.map((build) => builds.describe(build)), buildsNotFound: missing };
  },
  ListBuildsForProject: (input: ListBuildsForProjectCommandInput) => {
    const ids = builds.ofProject(projects.get(input.projectName).name).map(({ id }) => id);
    const order = input.sortOrder === 'ASCENDING' ? ids : ids.reverse();
    const { page, next } = paged(order, { nextToken: input.nextToken });
    return { ids: page, ...next };
  },
});

const reportOperations = (reports: Reports) => ({
  CreateReportGroup: (input: CreateReportGroupCommandInput) => ({
    reportGroup: reports.createGroup(input),
  }),
  BatchGetReportGroups: (input: BatchGetReportGroupsCommandInput) => {
    const { found, missing } = sorted(checkCount('reportGroupArns', input.reportGroupArns), (arn) =>
      reports.groups.find((group) => group.arn === arn),
    );
    return { reportGroups: found, reportGroupsNotFound: missing };
  },
  DeleteReportGroup: (input: DeleteReportGroupCommandInput) => {
    reports.deleteGroup(input.arn ?? '', input.deleteReports === true);
    return {};
  },
  ListReportsForReportGroup: (input: ListReportsForReportGroupCommandInput) => {
    const { status } = input.filter ?? {};
    const arns = reports
      .inGroup(reports.group(input.reportGroupArn).arn ?? '')
      .filter((arn) => status === undefined || reports.find(arn)?.report.status === status);
    const { page, next } = paged(arns, input);
    return { reports: page, ...next };
  },
  BatchGetReports: (input: BatchGetReportsCommandInput) => {
    const { found, missing } = sorted(checkCount('reportArns', input.reportArns), (arn) =>
      reports.find(arn),
    );
    return { reports: found.map(({ report }) => report), reportsNotFound: missing };
  },
  DescribeTestCases: (input: DescribeTestCasesCommandInput) => {
    const { status, keyword } = input.filter ?? {};
    const cases = reports
      .report(input.reportArn)
      .tests.filter((test) => status === undefined || test.status === status)
      .filter((test) => keyword === undefined || test.name?.includes(keyword));
    const { page, next } = paged(cases, input);
    return { testCases: page, ...next };
  },
  DescribeCodeCoverages: (input: DescribeCodeCoveragesCommandInput) => {
    if (
      input.sortBy !== undefined &&
      input.sortBy !== 'FILE_PATH' &&
      input.sortBy !== 'LINE_COVERAGE_PERCENTAGE'
    ) {
      throw unsupportedField('DescribeCodeCoverages', `sortBy ${String(input.sortBy)}`);
    }
    const { minLineCoveragePercentage: min = 0, maxLineCoveragePercentage: max = 100 } = input;
    const key = ({
      filePath,
      lineCoveragePercentage,
    }: {
      filePath?: string | undefined;
      lineCoveragePercentage?: number | undefined;
    }) => (input.sortBy === 'FILE_PATH' ? (filePath ?? '') : (lineCoveragePercentage ?? 0));
    const sign = input.sortOrder === 'DESCENDING' ? -1 : 1;
    const files = reports
      .report(input.reportArn)
      .coverages.filter(({ lineCoveragePercentage: lines = 0 }) => lines >= min && lines <= max)
      .sort((a, b) => (key(a) === key(b) ? 0 : key(a) < key(b) ? -sign : sign));
    const { page, next } = paged(files, input);
    return { codeCoverages: page, ...next };
  },
});

/** CodeBuild's operations. */
export const codebuildOperations = (projects: Projects, builds: Builds, reports: Reports) => ({
  ...projectOperations(projects),
  ...buildOperations(builds, projects),
  ...reportOperations(reports),
});
