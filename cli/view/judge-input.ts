import { z } from 'zod';
import type { RecordedTick } from '../../functions/domain/judge/replay.ts';
import { CliFailure, EXIT } from '../failure.ts';

const Counts = z
  .strictObject({ requests: z.int().nonnegative(), errors: z.int().nonnegative() })
  .refine(({ requests, errors }) => errors <= requests, 'more errors than requests')
  .transform(({ requests, errors }) => ({ requests, bad: errors }));

const Tick = z.strictObject({
  seconds: z.number().positive(),
  stable: Counts.nullable(),
  candidate: Counts.nullable(),
});

// Kayenta writes a missing value as the string NaN, as JSON has none.
const Value = z.union([z.number(), z.null(), z.literal('NaN').transform(() => null)], {
  error: 'a value is a number, or null or "NaN" where it is missing',
});

const Pair = z.tuple([z.number(), z.number()]);

/** What may be set in the input, or by an option of the command, which wins. */
export const Settings = z.strictObject({
  alpha: z.number().gt(0).lt(1).optional(),
  minRequests: z.int().min(1).optional(),
  errorRateMax: z.number().gt(0).max(1).optional(),
  threshold: z.number().optional(),
  tolerance: z.number().nonnegative().optional(),
  confLevel: z.number().gt(0).lt(1).optional(),
  effectSizeThresholds: Pair.optional(),
  criticalThresholds: Pair.optional(),
  effectSizeMeasure: z.enum(['meanRatio', 'cles']).optional(),
  nanStrategy: z.enum(['remove', 'replace']).optional(),
  critical: z.boolean().optional(),
  mustHaveData: z.boolean().optional(),
  direction: z.enum(['increase', 'decrease', 'either']).optional(),
});
export type Settings = z.infer<typeof Settings>;

const Ticks = Settings.extend({ ticks: z.array(Tick) });
const Samples = Settings.extend({ control: z.array(Value), experiment: z.array(Value) });

/** A recording to judge: a rollout's ticks, or two plain samples. */
export type Recording =
  | { readonly kind: 'ticks'; readonly ticks: readonly RecordedTick[]; readonly settings: Settings }
  | {
      readonly kind: 'samples';
      readonly control: readonly (number | null)[];
      readonly experiment: readonly (number | null)[];
      readonly settings: Settings;
    };

const FORMS =
  'give {"ticks":[{"seconds":60,"stable":{"requests":900,"errors":1},"candidate":{"requests":100,"errors":9}}]} or {"control":[1,2],"experiment":[3,4],"direction":"increase"}';

const wrong = (what: string, details: readonly string[] = []): CliFailure =>
  new CliFailure(what, { details, solution: FORMS, exitCode: EXIT.usage });

/** Reads a recording; says what is wrong with it otherwise. */
export const recordingOf = (text: string): Recording => {
  if (text.trim() === '') throw wrong('nothing came on standard input');
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(
      `the input is ${value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not an object`,
    );
  }
  const isTicks = 'ticks' in value;
  const isSamples = 'control' in value || 'experiment' in value;
  if (isTicks && isSamples) throw wrong('the input has both ticks and samples');
  if (!isTicks && !isSamples) {
    throw wrong(
      `the input has neither ticks nor control and experiment, but ${named(Object.keys(value))}`,
    );
  }
  if (isTicks) {
    const { ticks, ...settings } = checked(Ticks, value);
    return { kind: 'ticks', ticks, settings };
  }
  const { control, experiment, ...settings } = checked(Samples, value);
  return { kind: 'samples', control, experiment, settings };
};

/** Checks settings that came as options of the command. */
export const settingsOf = (options: Readonly<Record<string, unknown>>): Settings => {
  const result = Settings.safeParse(options);
  if (result.success) return result.data;
  throw new CliFailure('an option is wrong', {
    details: problems(result.error).map((line) =>
      line.replace(
        /^(\w+)/,
        (name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      ),
    ),
    solution: 'slipway judge --help shows what each takes',
    exitCode: EXIT.usage,
  });
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong('the input is not JSON', [error instanceof Error ? error.message : String(error)]);
  }
};

const checked = <T>(shape: z.ZodType<T>, value: unknown): T => {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  throw wrong('the input does not have the form of a recording', problems(result.error));
};

const SHOWN = 5;

const problems = ({ issues }: z.ZodError): string[] => {
  const lines = issues.map(
    ({ path, message }) => `${path.length === 0 ? 'the input' : placeOf(path)}: ${message}`,
  );
  const more = lines.length - SHOWN;
  return more > 0 ? [...lines.slice(0, SHOWN), `and ${more} more`] : lines;
};

const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');

const named = (keys: readonly string[]): string =>
  keys.length === 0 ? 'nothing' : keys.slice(0, SHOWN).join(', ');
