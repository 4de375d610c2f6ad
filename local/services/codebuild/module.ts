/*
 * AWS CodeBuild. Imitated: projects, builds with their phases, exported variables, timeouts, stops and idempotency
 * tokens, report groups with test and coverage reports, and the event of each change of a build's state. What a build
 * does is said by a runner; without one it succeeds after a while (runner.ts).
 *
 * Not imitated: running buildspecs, sources and artifacts, webhooks, batches, fleets, phase change events, and logs
 * (their location is given, nothing is written).
 */
import type { ServiceModule } from '../service.ts';
import { type CodebuildService, createCodebuild } from './codebuild-service.ts';
import { codebuildResources } from './resources.ts';

export type { CodebuildService } from './codebuild-service.ts';

/** CodeBuild for the local cloud. */
export const codebuildModule: ServiceModule<CodebuildService> = {
  name: 'codebuild',
  create: createCodebuild,
  resources: codebuildResources,
};
