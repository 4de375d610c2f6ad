import type { ResourceContext } from './service.ts';

/** The name that CloudFormation gives where a template gives none: stack, logical id and a token, cut to fit. */
export const physicalName = (
  { stackName, logicalId, cloud }: ResourceContext,
  longest = 255,
): string => {
  const token = cloud.token(12);
  const room = longest - token.length - 1;
  const whole = `${stackName}-${logicalId}`;
  const half = Math.floor((room - 1) / 2);
  const cut =
    whole.length <= room ? whole : `${stackName.slice(0, half)}-${logicalId.slice(0, half)}`;
  return `${cut}-${token}`;
};
