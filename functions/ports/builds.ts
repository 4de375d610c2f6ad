import type { Build, BuildReport } from '../domain/build.ts';

/** CodeBuild, read only. */
export interface Builds {
  /** Null when CodeBuild does not know it. */
  build(id: string): Promise<Build | null>;
  /** The project's newest runs, newest first. */
  newest(project: string): Promise<Build[]>;
  reports(arns: readonly string[]): Promise<BuildReport[]>;
}
