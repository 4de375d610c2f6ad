import type { StateValue } from '@aws-sdk/client-cloudwatch';
import type { MetricAlarmRecord } from './alarm.ts';
import { type EvaluationRule, evaluateSlots, evaluationRange } from './alarm-evaluation.ts';
import { stateReason, stateReasonData } from './alarm-reason.ts';
import type { AnomalyDetectors } from './anomaly-detectors.ts';
import { timesIn } from './metric-query.ts';
import type { MetricStore } from './metric-store.ts';

/** The state that an evaluation leads to, and why. */
export interface NewState {
  readonly value: StateValue;
  readonly reason: string;
  readonly reasonData: string;
}

/** Outside of a band, by the comparison that the alarm names. */
const OUTSIDE: Readonly<Record<string, (value: number, low: number, high: number) => boolean>> = {
  LessThanLowerOrGreaterThanUpperThreshold: (value, low, high) => value < low || value > high,
  LessThanLowerThreshold: (value, low) => value < low,
  GreaterThanUpperThreshold: (value, _low, high) => value > high,
};

/** Looks at an alarm's periods up to now, by the documented rules; `undefined`: it stays in the state that it is in. */
export const evaluateMetricAlarm = (
  alarm: MetricAlarmRecord,
  around: { store: MetricStore; detectors: AnomalyDetectors; now: number; grain: number },
): NewState | undefined => {
  const { now, grain } = around;
  const to = Math.floor(now / grain) * grain;
  const from = to - evaluationRange(alarm.rule.evaluationPeriods) * alarm.period;
  const resolve = alarm.queries.over({ from, to }, around.store, now, around.detectors);
  const answer = resolve(alarm.watched);
  const [series] = answer;
  const [high, low] = alarm.band === undefined ? [] : resolve(alarm.band);
  const slots = timesIn({ from, to }, alarm.period).map((time) => {
    const value = answer.length === 1 ? series?.points.get(time) : undefined;
    // Without a band there is nothing to compare a value with: as good as missing.
    const known = alarm.band === undefined || high?.points.has(time) === true;
    return { time, value: known ? value : undefined };
  });
  const outside = OUTSIDE[alarm.input.ComparisonOperator ?? ''];
  const rule: EvaluationRule = outside
    ? {
        ...alarm.rule,
        breaches: (value, time) =>
          outside(
            value,
            low?.points.get(time) ?? Number.NEGATIVE_INFINITY,
            high?.points.get(time) ?? Number.POSITIVE_INFINITY,
          ),
      }
    : alarm.rule;
  const evaluation = evaluateSlots(slots, rule);
  const { state } = evaluation;
  if (state === 'retain' || state === alarm.state.value) return undefined;
  const { input } = alarm;
  const last = evaluation.used[0]?.time ?? to;
  const edge = input.ComparisonOperator === 'LessThanLowerThreshold' ? low : high;
  const context = {
    rule,
    comparison: input.ComparisonOperator ?? '',
    threshold: input.Threshold ?? edge?.points.get(last) ?? 0,
    statistic: input.Statistic ?? input.ExtendedStatistic,
    period: alarm.period / 1_000,
    now,
  };
  return {
    value: state,
    reason: stateReason(evaluation, alarm.state.value, state, context),
    reasonData: stateReasonData(evaluation, context),
  };
};
