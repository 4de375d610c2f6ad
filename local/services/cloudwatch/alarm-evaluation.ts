import type { StateValue } from '@aws-sdk/client-cloudwatch';

/** One period of the evaluation range. */
export interface Slot {
  /** Start of the period, milliseconds since the epoch. */
  readonly time: number;
  readonly value: number | undefined;
}

/** How an alarm looks at its data. */
export interface EvaluationRule {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: string;
  /** `time` is the start of the value's period: a band is another at each. */
  breaches(value: number, time: number): boolean;
}

/** What an evaluation came to; `retain` keeps the present state. */
export interface Evaluation {
  readonly state: StateValue | 'retain';
  /** The real data points that counted, newest first. */
  readonly used: readonly Slot[];
  /** How many missing points were filled in. */
  readonly filled: number;
}

/** How many periods CloudWatch looks back at so that missing ones can be passed over (its examples show five for three). */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2;

type Aged = { readonly value: number; readonly age: number; readonly slot: Slot };

/** "Premature": every real point breaches and the oldest is at least as old as DatapointsToAlarm. */
const isPremature = (real: readonly Aged[], rule: EvaluationRule): boolean => {
  const oldest = real.at(-1);
  return (
    oldest !== undefined &&
    oldest.age + 1 >= rule.datapointsToAlarm &&
    real.every(({ value, slot }) => rule.breaches(value, slot.time))
  );
};

/**
 * Evaluates `slots` (the whole evaluation range, oldest first) by the rules of "Configuring how
 * CloudWatch alarms treat missing data": real points first, missing ones only as far as needed.
 */
export const evaluateSlots = (slots: readonly Slot[], rule: EvaluationRule): Evaluation => {
  const real: Aged[] = slots
    .toReversed()
    .flatMap((slot, age) => (slot.value === undefined ? [] : [{ value: slot.value, age, slot }]));
  const counted = real.slice(0, rule.evaluationPeriods);
  const used = counted.map(({ slot }) => slot);
  const filled = rule.evaluationPeriods - counted.length;
  const breaching = counted.filter(({ value, slot }) => rule.breaches(value, slot.time)).length;
  const decide = (crossed: number): Evaluation => ({
    state: crossed >= rule.datapointsToAlarm ? 'ALARM' : 'OK',
    used,
    filled,
  });
  if (filled === 0 || breaching >= rule.datapointsToAlarm) return decide(breaching);
  switch (rule.treatMissingData) {
    case 'breaching':
      return decide(breaching + filled);
    case 'notBreaching':
      return decide(breaching);
    case 'ignore':
      return real.length === 0 || isPremature(real, rule)
        ? { state: 'retain', used, filled }
        : decide(breaching);
    default:
      if (real.length === 0) return { state: 'INSUFFICIENT_DATA', used, filled };
      return isPremature(real, rule) ? { state: 'ALARM', used, filled } : decide(breaching);
  }
};
