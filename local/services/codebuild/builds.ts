import type {
  Build,
  EnvironmentVariable,
  ProjectEnvironment,
  StartBuildCommandInput,
} from '@aws-sdk/client-codebuild';
import type { Timer } from '../../clock/clock.ts';
import { AwsError } from '../aws-error.ts';
import type { CallContext, CloudContext, Place } from '../service.ts';
import { logsOf, type StoredBuild, sourceOf, sourceVersionOf } from './build.ts';
import { emitBuildState } from './build-events.ts';
import { phasesOf } from './build-phases.ts';
import { invalidInput, resourceNotFound, unsupportedField } from './errors.ts';
import type { Projects, StoredProject } from './projects.ts';
import type { Reports } from './reports.ts';
import {
  type BuildEnd,
  type BuildOutcome,
  type BuildRunner,
  exportedList,
  plainRunner,
} from './runner.ts';

const OVERRIDES = new Set([
  'projectName',
  'sourceVersion',
  'environmentVariablesOverride',
  'timeoutInMinutesOverride',
  'imageOverride',
  'computeTypeOverride',
  'environmentTypeOverride',
  'privilegedModeOverride',
  'buildspecOverride',
  'sourceTypeOverride',
  'sourceLocationOverride',
  'serviceRoleOverride',
  'idempotencyToken',
]);
const DEFAULT_TIMEOUT_MINUTES = 60;
/** How long an idempotency token stands for its request. */
const TOKEN_MILLISECONDS = 5 * 60_000;

const merged = (
  before: readonly EnvironmentVariable[] = [],
  overrides: readonly EnvironmentVariable[] = [],
): EnvironmentVariable[] => {
  const byName = new Map([...before, ...overrides].map((variable) => [variable.name, variable]));
  return [...byName.values()].map((variable) => ({ type: 'PLAINTEXT', ...variable }));
};

const environmentOf = (
  project: StoredProject,
  input: StartBuildCommandInput,
): ProjectEnvironment => {
  const own = project.input.environment;
  return {
    ...own,
    type: input.environmentTypeOverride ?? own?.type ?? 'LINUX_CONTAINER',
    image: input.imageOverride ?? own?.image,
    computeType: input.computeTypeOverride ?? own?.computeType ?? 'BUILD_GENERAL1_SMALL',
    privilegedMode: input.privilegedModeOverride ?? own?.privilegedMode ?? false,
    environmentVariables: merged(own?.environmentVariables, input.environmentVariablesOverride),
  };
};

/** `role/session` of an assumed role, else the last part of the caller's ARN. */
const initiatorOf = ({ principal }: CallContext): string =>
  principal.arn
    .split(':')
    .at(-1)
    ?.replace(/^assumed-role\//, '') ?? principal.arn;

/** The builds of one account and Region. */
export class Builds {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #projects: Projects;
  readonly #reports: Reports;
  readonly #builds = new Map<string, StoredBuild>();
  readonly #timers = new Map<string, Timer[]>();
  readonly #tokens = new Map<
    string,
    { readonly id: string; readonly request: string; readonly until: number }
  >();
  #runner: BuildRunner = plainRunner;

  constructor(cloud: CloudContext, place: Place, projects: Projects, reports: Reports) {
    this.#cloud = cloud;
    this.#place = place;
    this.#projects = projects;
    this.#reports = reports;
  }

  setRunner(runner: BuildRunner): void {
    this.#runner = runner;
  }

  /** StartBuild. */
  start(input: StartBuildCommandInput, context: CallContext): StoredBuild {
    for (const [field, value] of Object.entries(input)) {
      if (value !== undefined && !OVERRIDES.has(field)) throw unsupportedField('StartBuild', field);
    }
    const repeated = this.#repeated(input);
    if (repeated !== undefined) return repeated;
    const project = this.#projects.get(input.projectName);
    const limit = project.input.concurrentBuildLimit;
    const running = this.ofProject(project.name).filter(({ end }) => end === undefined).length;
    if (limit !== undefined && running >= limit) {
      throw new AwsError(
        'AccountLimitExceededException',
        `Cannot have more than ${limit} active builds for the project ${project.name}`,
      );
    }
    const build = this.#make(project, input, context);
    this.#builds.set(build.id, build);
    if (input.idempotencyToken !== undefined) {
      this.#tokens.set(input.idempotencyToken, {
        id: build.id,
        request: JSON.stringify(input),
        until: build.startedAt + TOKEN_MILLISECONDS,
      });
    }
    emitBuildState(this.#cloud, this.#place, build, build.startedAt);
    this.#count(build, 'Builds');
    this.#after(build, build.timeoutMinutes * 60_000, () => this.#finish(build, 'TIMED_OUT', {}));
    this.#run(build);
    return build;
  }

  #make(project: StoredProject, input: StartBuildCommandInput, context: CallContext): StoredBuild {
    const id = `${project.name}:${this.#cloud.uuid()}`;
    const { region, account } = this.#place;
    return {
      id,
      arn: `arn:aws:codebuild:${region}:${account}:build/${id}`,
      project,
      number: this.#projects.nextBuildNumber(project.name),
      startedAt: this.#cloud.clock.now(),
      initiator: initiatorOf(context),
      input,
      environment: environmentOf(project, input),
      timeoutMinutes:
        input.timeoutInMinutesOverride ?? project.input.timeoutInMinutes ?? DEFAULT_TIMEOUT_MINUTES,
      reportArns: [],
    };
  }

  #repeated(input: StartBuildCommandInput): StoredBuild | undefined {
    const seen = this.#tokens.get(input.idempotencyToken ?? '');
    if (seen === undefined || seen.until <= this.#cloud.clock.now()) return undefined;
    if (seen.request !== JSON.stringify(input)) {
      throw invalidInput(
        'The idempotency token was used before with another request; use a new one',
      );
    }
    return this.#builds.get(seen.id);
  }

  #after(build: StoredBuild, milliseconds: number, run: () => void): void {
    const timer = this.#cloud.clock.at(this.#cloud.clock.now() + milliseconds, run);
    this.#timers.set(build.id, [...(this.#timers.get(build.id) ?? []), timer]);
  }

  #run(build: StoredBuild): void {
    const { project, input, environment } = build;
    const release = this.#cloud.clock.hold();
    const running = async (): Promise<void> => {
      const outcome = await this.#runner({
        id: build.id,
        projectName: project.name,
        sourceVersion: sourceVersionOf(build),
        source: sourceOf(build),
        environment,
        overrides: input.environmentVariablesOverride ?? [],
      });
      if (outcome === undefined || build.end !== undefined) return;
      const due = build.startedAt + (outcome.durationMs ?? 0);
      const wait = Math.max(0, due - this.#cloud.clock.now());
      this.#after(build, wait, () => this.#finish(build, outcome.status, outcome));
    };
    running()
      .catch((error: unknown) => {
        this.#cloud.warn(`codebuild: the runner of ${build.id} failed: ${String(error)}`);
        this.#finish(build, 'FAULT', {});
      })
      .finally(release);
  }

  /** Ends a build from outside. */
  complete(id: string, outcome: BuildOutcome): void {
    const build = this.get(id);
    if (build.end !== undefined) {
      throw invalidInput(`The build ${build.id} has already ended with ${build.end}`);
    }
    this.#finish(build, outcome.status, outcome);
  }

  /** StopBuild; one that has ended stays as it is. */
  stop(id: string | undefined): StoredBuild {
    const build = this.get(id);
    this.#finish(build, 'STOPPED', {});
    return build;
  }

  #finish(build: StoredBuild, end: BuildEnd, outcome: Partial<BuildOutcome>): void {
    if (build.end !== undefined) return;
    for (const timer of this.#timers.get(build.id) ?? []) timer.cancel();
    this.#timers.delete(build.id);
    build.end = end;
    build.endedAt = this.#cloud.clock.now();
    build.outcome = outcome;
    build.reportArns = (outcome.reports ?? []).map((result) =>
      this.#reports.add(result, { arn: build.arn, projectName: build.project.name }),
    );
    emitBuildState(this.#cloud, this.#place, build, build.endedAt);
    this.#count(build, end === 'SUCCEEDED' ? 'SucceededBuilds' : 'FailedBuilds');
    this.#measure(build, 'Duration', (build.endedAt - build.startedAt) / 1000, 'Seconds');
  }

  #count(build: StoredBuild, name: string): void {
    this.#measure(build, name, 1, 'Count');
  }

  #measure(build: StoredBuild, name: string, value: number, unit: string): void {
    const dimensions = { ProjectName: build.project.name };
    this.#cloud.measure({ namespace: 'AWS/CodeBuild', name, dimensions, value, unit }, this.#place);
  }

  find(idOrArn: string): StoredBuild | undefined {
    return this.#builds.get(idOrArn.split(':build/').at(-1) ?? idOrArn);
  }

  get(idOrArn: string | undefined): StoredBuild {
    const build = this.find(idOrArn ?? '');
    if (build === undefined) throw resourceNotFound(`Build cannot be found: ${idOrArn}`);
    return build;
  }

  /** A project's builds, oldest first. */
  ofProject(name: string): readonly StoredBuild[] {
    return [...this.#builds.values()].filter(({ project }) => project.name === name);
  }

  /** A build as BatchGetBuilds shows it. */
  describe(build: StoredBuild): Build {
    const { project, end, endedAt, outcome, environment } = build;
    const phases = phasesOf(build, this.#cloud.clock.now());
    const resolved = outcome?.resolvedSourceVersion ?? sourceVersionOf(build);
    return {
      id: build.id,
      arn: build.arn,
      buildNumber: build.number,
      startTime: new Date(build.startedAt),
      ...(endedAt === undefined ? {} : { endTime: new Date(endedAt) }),
      currentPhase: phases.at(-1)?.phaseType ?? 'SUBMITTED',
      buildStatus: end ?? 'IN_PROGRESS',
      ...(sourceVersionOf(build) === undefined ? {} : { sourceVersion: sourceVersionOf(build) }),
      ...(end !== undefined && resolved !== undefined ? { resolvedSourceVersion: resolved } : {}),
      projectName: project.name,
      phases,
      source: sourceOf(build),
      artifacts: outcome?.artifact ?? { location: '' },
      cache: { type: 'NO_CACHE' },
      environment,
      serviceRole: build.input.serviceRoleOverride ?? project.input.serviceRole,
      logs: logsOf(build, this.#place.region),
      timeoutInMinutes: build.timeoutMinutes,
      queuedTimeoutInMinutes: project.input.queuedTimeoutInMinutes ?? 480,
      buildComplete: end !== undefined,
      initiator: build.initiator,
      encryptionKey: project.encryptionKey,
      exportedEnvironmentVariables: exportedList(outcome?.exportedVariables),
      reportArns: [...build.reportArns],
    };
  }
}
