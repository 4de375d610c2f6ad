import { AwsError } from '../../aws-error.ts';
import type { Location } from './json-reader.ts';

/** How much of a pattern the message repeats. */
const SHOWN = 500;

/** A fault in a pattern, and where it is. */
export class PatternFault extends Error {
  override readonly name = 'PatternFault';
  readonly at: Location;

  constructor(message: string, at: Location) {
    super(message);
    this.at = at;
  }
}

const shown = (text: string): string =>
  text.length <= SHOWN
    ? `"${text}"`
    : `"${text.slice(0, SHOWN)}"[truncated ${text.length - SHOWN} chars]`;

/** The error with which EventBridge refuses a pattern. */
export const invalidPattern = (reason: string, text: string, at: Location): AwsError =>
  new AwsError(
    'InvalidEventPatternException',
    `Event pattern is not valid. Reason: ${reason}\n at [Source: (String)${shown(text)}; line: ${at.line}, column: ${at.column}]`,
  );
