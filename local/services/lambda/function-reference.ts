import type { Place } from '../service.ts';
import { invalidParameter, resourceNotFound } from './lambda-errors.ts';

/** A function as a caller names it. */
export interface FunctionReference {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly qualifier: string | undefined;
}

const REFERENCE =
  /^(?:arn:aws[\w-]*:lambda:([a-z0-9-]+):)?(?:(\d{12}):)?(?:function:)?([A-Za-z0-9-_]+)(?::(\$LATEST|[A-Za-z0-9-_]+))?$/;

/** Reads a name, a partial or a full ARN, with or without a qualifier. */
export const functionReference = (
  text: string | undefined,
  here: Place,
  qualifier?: string,
): FunctionReference => {
  const match = REFERENCE.exec(text ?? '');
  if (match === null) {
    throw invalidParameter(
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
    );
  }
  const [, region = here.region, account = here.account, name = '', inName] = match;
  if (region !== here.region) {
    throw resourceNotFound(
      `Functions from '${region}' are not reachable in this region ('${here.region}')`,
    );
  }
  if (inName !== undefined && qualifier !== undefined && inName !== qualifier) {
    throw invalidParameter(
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  return { account, region, name, qualifier: qualifier ?? inName };
};

/** The ARN of a function, with a qualifier where one is given. */
export const functionArn = (place: Place, name: string, qualifier?: string): string => {
  const arn = `arn:aws:lambda:${place.region}:${place.account}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
};
