import {
  BatchGetBuildsCommand,
  BatchGetReportsCommand,
  CodeBuildClient,
  ListBuildsForProjectCommand,
  type Build as Run,
} from '@aws-sdk/client-codebuild';
import type { Build } from '../domain/build.ts';
import type { Builds } from '../ports/builds.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';

const buildOf = (run: Run): Build => ({
  id: run.id ?? run.arn ?? 'unknown',
  project: run.projectName ?? 'unknown',
  status: run.buildStatus ?? 'UNKNOWN',
  exported: Object.fromEntries(
    (run.exportedEnvironmentVariables ?? []).flatMap(({ name, value }) =>
      name === undefined || value === undefined ? [] : [[name, value]],
    ),
  ),
  reportArns: run.reportArns ?? [],
  startedAt: run.startTime?.toISOString() ?? null,
});

/** CodeBuild takes `<project>:<uuid>` or the whole ARN as an id. */
const BUILDS_MAX = 100;

/** CodeBuild, read only. */
export const buildsOf = ({ runtime }: { runtime: Runtime }, region: string): Builds => {
  const client = aws(runtime)(CodeBuildClient, { region });
  const get = async (ids: string[]): Promise<Build[]> => {
    if (ids.length === 0) return [];
    const { builds } = await client.send(new BatchGetBuildsCommand({ ids }));
    const found = (builds ?? []).map(buildOf);
    // BatchGetBuilds promises no order.
    return found.sort((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? ''));
  };
  return {
    build: async (id) => (await get([id]))[0] ?? null,
    newest: async (projectName) => {
      const { ids } = await client.send(
        new ListBuildsForProjectCommand({ projectName, sortOrder: 'DESCENDING' }),
      );
      return get((ids ?? []).slice(0, BUILDS_MAX));
    },
    reports: async (arns) => {
      if (arns.length === 0) return [];
      const { reports } = await client.send(
        new BatchGetReportsCommand({ reportArns: [...arns].slice(0, BUILDS_MAX) }),
      );
      return (reports ?? []).map(({ arn, type, status, codeCoverageSummary }) => ({
        arn: arn ?? 'unknown',
        type: type ?? 'UNKNOWN',
        status: status ?? 'UNKNOWN',
        lineCoveragePercent: codeCoverageSummary?.lineCoveragePercentage ?? null,
      }));
    },
  };
};
