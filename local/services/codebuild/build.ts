import type { Build, ProjectEnvironment, StartBuildCommandInput } from '@aws-sdk/client-codebuild';
import type { StoredProject } from './projects.ts';
import type { BuildEnd, BuildOutcome } from './runner.ts';

/** A build and how it stands. */
export interface StoredBuild {
  readonly id: string;
  readonly arn: string;
  readonly project: StoredProject;
  readonly number: number;
  readonly startedAt: number;
  readonly initiator: string;
  readonly input: StartBuildCommandInput;
  readonly environment: ProjectEnvironment;
  readonly timeoutMinutes: number;
  end?: BuildEnd;
  endedAt?: number;
  outcome?: Partial<BuildOutcome>;
  reportArns: readonly string[];
}

/** The source version that a build was asked for. */
export const sourceVersionOf = ({ input, project }: StoredBuild): string | undefined =>
  input.sourceVersion ?? project.input.sourceVersion;

/** The source that a build works on. */
export const sourceOf = ({ input, project }: StoredBuild): Build['source'] => {
  const { source } = project.input;
  return {
    ...source,
    type: input.sourceTypeOverride ?? source?.type,
    location: input.sourceLocationOverride ?? source?.location,
    buildspec: input.buildspecOverride ?? source?.buildspec,
  };
};

/** Where a build's logs would lie. */
export const logsOf = ({ id, project }: StoredBuild, region: string) => {
  const groupName = `/aws/codebuild/${project.name}`;
  const streamName = id.slice(project.name.length + 1);
  return {
    groupName,
    streamName,
    deepLink: `https://console.aws.amazon.com/cloudwatch/home?region=${region}#logEvent:group=${groupName};stream=${streamName}`,
  };
};
