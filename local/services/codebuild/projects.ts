import type { CreateProjectCommandInput, Project } from '@aws-sdk/client-codebuild';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { invalidInput, resourceNotFound, unsupportedField } from './errors.ts';

/** A project as created or last changed. */
export interface StoredProject {
  readonly name: string;
  readonly arn: string;
  readonly input: CreateProjectCommandInput;
  readonly encryptionKey: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9\-_]{1,149}$/;
const UNSUPPORTED = [
  'secondarySources',
  'buildBatchConfig',
  'fileSystemLocations',
  'autoRetryLimit',
];

const empty = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.length === 0);

const checked = (input: CreateProjectCommandInput): CreateProjectCommandInput => {
  const fields = input as unknown as Readonly<Record<string, unknown>>;
  for (const field of UNSUPPORTED) {
    if (!empty(fields[field])) throw unsupportedField('CreateProject', field);
  }
  if (!NAME.test(input.name ?? '')) {
    throw invalidInput(
      `Invalid project name: ${input.name}; it has 2 to 150 letters, digits, - and _`,
    );
  }
  for (const required of ['source', 'artifacts', 'environment', 'serviceRole'] as const) {
    if (input[required] === undefined) throw invalidInput(`Project ${required} is required`);
  }
  const { source } = input;
  if (source?.type === 'NO_SOURCE' && source.buildspec === undefined) {
    throw invalidInput('Project source type NO_SOURCE requires a buildspec');
  }
  return input;
};

/** The build projects of one account and Region. */
export class Projects {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #projects = new Map<string, StoredProject>();
  readonly #builds = new Map<string, number>();

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  create(input: CreateProjectCommandInput): StoredProject {
    const name = checked(input).name ?? '';
    const arn = this.arnOf(name);
    if (this.#projects.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', `Project already exists: ${arn}`);
    }
    return this.#put(name, input, this.#cloud.clock.now());
  }

  /** Gives a project another definition; its builds stay. */
  update(input: CreateProjectCommandInput): StoredProject {
    const before = this.get(checked(input).name);
    return this.#put(before.name, input, before.createdAt);
  }

  #put(name: string, input: CreateProjectCommandInput, createdAt: number): StoredProject {
    const { region, account } = this.#place;
    const project: StoredProject = {
      name,
      arn: this.arnOf(name),
      input,
      encryptionKey: input.encryptionKey ?? `arn:aws:kms:${region}:${account}:alias/aws/s3`,
      createdAt,
      modifiedAt: this.#cloud.clock.now(),
    };
    this.#projects.set(name, project);
    return project;
  }

  arnOf(name: string): string {
    return `arn:aws:codebuild:${this.#place.region}:${this.#place.account}:project/${name}`;
  }

  find(nameOrArn: string): StoredProject | undefined {
    return this.#projects.get(nameOrArn.split(':project/').at(-1) ?? nameOrArn);
  }

  get(nameOrArn: string | undefined): StoredProject {
    const project = this.find(nameOrArn ?? '');
    if (project === undefined) {
      throw resourceNotFound(`Project cannot be found: ${this.arnOf(nameOrArn ?? '')}`);
    }
    return project;
  }

  delete(name: string | undefined): void {
    this.#projects.delete(name ?? '');
  }

  get names(): readonly string[] {
    return [...this.#projects.keys()].sort();
  }

  /** Builds of a project are numbered from 1, also over a deletion and a new creation. */
  nextBuildNumber(name: string): number {
    const number = (this.#builds.get(name) ?? 0) + 1;
    this.#builds.set(name, number);
    return number;
  }
}

/** A project as BatchGetProjects shows it. */
export const projectDescription = (project: StoredProject): Project => {
  const { badgeEnabled: _badge, ...input } = project.input;
  return {
    ...input,
    arn: project.arn,
    encryptionKey: project.encryptionKey,
    timeoutInMinutes: input.timeoutInMinutes ?? 60,
    queuedTimeoutInMinutes: input.queuedTimeoutInMinutes ?? 480,
    cache: input.cache ?? { type: 'NO_CACHE' },
    tags: input.tags ?? [],
    created: new Date(project.createdAt),
    lastModified: new Date(project.modifiedAt),
    projectVisibility: 'PRIVATE',
  };
};
