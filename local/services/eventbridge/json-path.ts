import { AwsError } from '../aws-error.ts';

/** Selects a part of an event; `undefined` where there is none. */
export type JsonPath = (event: unknown) => unknown;

const STEP = /\.([A-Za-z0-9_/-]+|\*)|\[(\d+|\*)\]/y;

/** Compiles the JSON paths that EventBridge knows: dots, array indices, wildcards. */
export const compileJsonPath = (path: string): JsonPath => {
  const steps: string[] = [];
  STEP.lastIndex = 1;
  while (path.startsWith('$') && STEP.lastIndex < path.length) {
    const from = STEP.lastIndex;
    const match = STEP.exec(path);
    if (match === null) {
      STEP.lastIndex = from;
      break;
    }
    steps.push(match[1] ?? match[2] ?? '');
  }
  if (!path.startsWith('$') || (path.length > 1 && STEP.lastIndex !== path.length)) {
    throw new AwsError(
      'ValidationException',
      `Invalid InputPath '${path}': it is not a valid JSON path.`,
    );
  }
  const select = (value: unknown, from: number): unknown => {
    const step = steps[from];
    if (step === undefined) return value;
    if (value === null || typeof value !== 'object') return undefined;
    if (step !== '*') {
      return Object.hasOwn(value, step)
        ? select((value as Record<string, unknown>)[step], from + 1)
        : undefined;
    }
    return Object.values(value)
      .map((item) => select(item, from + 1))
      .filter((item) => item !== undefined);
  };
  return (event) => select(event, 0);
};
