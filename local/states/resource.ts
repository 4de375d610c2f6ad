/** How a Task waits: for the response, for the job that it started, or for whoever holds its token. */
export type Pattern = 'response' | 'sync' | 'token';

/** A Task's `Resource`, taken apart: `arn:aws:states:::aws-sdk:ecr:describeImages.waitForTaskToken`. */
export interface Resource {
  /** `lambda`, `states`, `aws-sdk:ecr`: as histories name it. */
  readonly resourceType: string;
  /** `invoke`, `startExecution.sync:2`: as histories name it. */
  readonly resource: string;
  readonly action: string;
  readonly pattern: Pattern;
  /** `.sync:2` answers JSON where `.sync` answers text. */
  readonly parsesOutput: boolean;
}

const form =
  /^arn:(?:aws|aws-cn|aws-us-gov):states:::((?:aws-sdk:)?[a-z0-9-]+):([A-Za-z0-9]+)(\.sync(?::2)?|\.waitForTaskToken)?$/;

/** Takes a `Resource` apart; nothing where it is no service integration. */
export const parseResource = (arn: string): Resource | undefined => {
  const found = form.exec(arn);
  if (found === null) return undefined;
  const [, resourceType = '', action = '', suffix = ''] = found;
  return {
    resourceType,
    resource: action + suffix,
    action,
    pattern: suffix.startsWith('.sync') ? 'sync' : suffix === '' ? 'response' : 'token',
    parsesOutput: suffix === '.sync:2',
  };
};
