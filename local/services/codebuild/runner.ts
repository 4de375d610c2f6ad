import type {
  EnvironmentVariable,
  ExportedEnvironmentVariable,
  ProjectEnvironment,
  ProjectSource,
} from '@aws-sdk/client-codebuild';
import { parse } from 'yaml';
import type { ReportResult } from './reports.ts';

/** How a build can end. */
export type BuildEnd = 'SUCCEEDED' | 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';

/** What is to be built. */
export interface BuildRequest {
  readonly id: string;
  readonly projectName: string;
  readonly sourceVersion: string | undefined;
  readonly source: ProjectSource | undefined;
  readonly environment: ProjectEnvironment;
  /** As given to StartBuild. */
  readonly overrides: readonly EnvironmentVariable[];
}

/** What came of a build. */
export interface BuildOutcome {
  readonly status: Exclude<BuildEnd, 'STOPPED' | 'TIMED_OUT'>;
  /** From the start to the end; the rest of the build's fields are known then. */
  readonly durationMs?: number;
  readonly exportedVariables?: Readonly<Record<string, string>>;
  readonly resolvedSourceVersion?: string;
  readonly reports?: readonly ReportResult[];
  /** Location and checksums of what was uploaded. */
  readonly artifact?: {
    readonly location: string;
    readonly sha256sum?: string;
    readonly md5sum?: string;
  };
}

/** Does the work of builds. Without an outcome the build goes on until it is completed from outside. */
export type BuildRunner = (
  build: BuildRequest,
) => BuildOutcome | undefined | Promise<BuildOutcome | undefined>;

const DEFAULT_DURATION_MILLISECONDS = 90_000;

interface BuildSpec {
  readonly env?: {
    readonly variables?: Readonly<Record<string, unknown>>;
    readonly 'exported-variables'?: readonly string[];
  };
}

/** A buildspec written into the project; one that lies in the source is unknown here. */
const inlineSpec = (text: string | undefined): BuildSpec => {
  if (!text?.includes('version')) return {};
  const spec: unknown = parse(text);
  return typeof spec === 'object' && spec !== null ? spec : {};
};

/**
 * The runner unless another is set: nothing is built, and the build succeeds after a while. It exports the variables
 * that its inline buildspec names (`env.exported-variables`), or else every plain variable that StartBuild was given.
 */
export const plainRunner: BuildRunner = ({ source, environment, overrides }) => {
  const spec = inlineSpec(source?.buildspec);
  const plain = (variables: readonly EnvironmentVariable[] = []): [string, string][] =>
    variables
      .filter(({ type }) => type === undefined || type === 'PLAINTEXT')
      .map(({ name, value }) => [name ?? '', value ?? '']);
  const known: Readonly<Record<string, string>> = {
    ...Object.fromEntries(
      Object.entries(spec.env?.variables ?? {}).map(([name, value]) => [name, String(value)]),
    ),
    ...Object.fromEntries(plain(environment.environmentVariables)),
  };
  const names = spec.env?.['exported-variables'] ?? plain(overrides).map(([name]) => name);
  return {
    status: 'SUCCEEDED',
    durationMs: DEFAULT_DURATION_MILLISECONDS,
    exportedVariables: Object.fromEntries(names.map((name) => [name, known[name] ?? ''])),
  };
};

/** Exported variables in the API's form. */
export const exportedList = (
  variables: Readonly<Record<string, string>> = {},
): ExportedEnvironmentVariable[] =>
  Object.entries(variables).map(([name, value]) => ({ name, value }));
