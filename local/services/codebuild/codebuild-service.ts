import type { CloudContext, Place, Service } from '../service.ts';
import { Builds } from './builds.ts';
import { codebuildOperations } from './codebuild-operations.ts';
import { Projects } from './projects.ts';
import { Reports } from './reports.ts';
import type { BuildOutcome, BuildRunner } from './runner.ts';

/** CodeBuild of one account and Region, with what CloudFormation, tests and a command line need. */
export interface CodebuildService extends Service {
  readonly projects: Projects;
  readonly reports: Reports;
  /** Replaces what does the work of builds. */
  setRunner(runner: BuildRunner): void;
  /** Ends a running build from outside. */
  complete(buildId: string, outcome: BuildOutcome): void;
}

/** Makes CodeBuild for one place. */
export const createCodebuild = (cloud: CloudContext, place: Place): CodebuildService => {
  const projects = new Projects(cloud, place);
  const reports = new Reports(cloud, place);
  const builds = new Builds(cloud, place, projects, reports);
  return {
    operations: codebuildOperations(projects, builds, reports),
    projects,
    reports,
    setRunner: (runner) => builds.setRunner(runner),
    complete: (buildId, outcome) => builds.complete(buildId, outcome),
  };
};
