import type { StateValue } from '@aws-sdk/client-cloudwatch';
import type { Evaluation, EvaluationRule, Slot } from './alarm-evaluation.ts';

/** A number as CloudWatch prints it (Java's double: `50.0`). */
export const doubleText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toFixed(1) : String(value);

/** `2019-10-02T17:04:40.989+0000`, as alarm events have their times. */
export const alarmTime = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

const weekday = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: '2-digit',
  month: 'long',
  timeZone: 'UTC',
});

/** `Friday 22 July, 2022 15:57:45 UTC`, as reasons of composite alarms have their times. */
export const longTime = (at: number): string => {
  const date = new Date(at);
  const parts = Object.fromEntries(
    weekday.formatToParts(date).map(({ type, value }) => [type, value]),
  );
  const { weekday: day, day: number, month } = parts;
  return `${day} ${number} ${month}, ${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} UTC`;
};

/** `dd/MM/yy HH:mm:ss`, as reasons have their times. */
const shortTime = (at: number): string => {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
};

const COMPARISONS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
  LessThanLowerOrGreaterThanUpperThreshold: 'outside of',
  LessThanLowerThreshold: 'less than the lower bound of',
  GreaterThanUpperThreshold: 'greater than the upper bound of',
};

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

const datapointList = (slots: readonly Slot[]): string =>
  slots
    .map(({ time, value }) => `${doubleText(value ?? Number.NaN)} (${shortTime(time)})`)
    .join(', ');

/** What a reason needs to know about the alarm. */
export interface ReasonContext {
  readonly rule: EvaluationRule;
  readonly comparison: string;
  readonly threshold: number;
  readonly statistic: string | undefined;
  /** Seconds. */
  readonly period: number;
  readonly now: number;
}

const TREATED: Readonly<Record<string, string>> = {
  breaching: 'Breaching',
  notBreaching: 'NonBreaching',
};

/** The text of a state that an evaluation led to. */
export const stateReason = (
  evaluation: Evaluation,
  from: StateValue,
  to: StateValue,
  { rule, comparison, threshold }: ReasonContext,
): string => {
  const { used, filled } = evaluation;
  if (to === 'INSUFFICIENT_DATA') {
    const count = rule.evaluationPeriods;
    return `Insufficient Data: ${count} ${plural(count, 'datapoint was', 'datapoints were')} unknown.`;
  }
  const treated = TREATED[rule.treatMissingData];
  const missing = `${filled} missing ${plural(filled, 'datapoint was', 'datapoints were')} treated as [${treated}]`;
  if (used.length === 0) {
    const periods = rule.evaluationPeriods;
    return `Threshold Crossed: no datapoints were received for ${periods} ${plural(periods, 'period', 'periods')} and ${missing}.`;
  }
  const matching = used.filter(
    ({ value, time }) => rule.breaches(value ?? Number.NaN, time) === (to === 'ALARM'),
  );
  const shown = matching.length > 0 ? matching : used;
  const needed =
    to === 'ALARM' ? rule.datapointsToAlarm : rule.evaluationPeriods - rule.datapointsToAlarm + 1;
  const verb = `${plural(shown.length, 'was', 'were')}${to === 'ALARM' ? '' : ' not'}`;
  const also = filled > 0 && treated ? ` and ${missing}` : '';
  return `Threshold Crossed: ${shown.length} out of the last ${rule.evaluationPeriods} datapoints [${datapointList(shown)}] ${verb} ${COMPARISONS[comparison]} the threshold (${doubleText(threshold)})${also} (minimum ${needed} ${plural(needed, 'datapoint', 'datapoints')} for ${from} -> ${to} transition).`;
};

/** The JSON that goes with a state's reason. */
export const stateReasonData = (
  evaluation: Evaluation,
  { threshold, statistic, period, now }: ReasonContext,
): string => {
  const points = evaluation.used.toReversed();
  const fields = ['"version":"1.0"', `"queryDate":"${alarmTime(now)}"`];
  const first = points[0];
  if (first) fields.push(`"startDate":"${alarmTime(first.time)}"`);
  if (statistic) fields.push(`"statistic":${JSON.stringify(statistic)}`);
  fields.push(
    `"period":${period}`,
    `"recentDatapoints":[${points.map(({ value }) => doubleText(value ?? 0)).join(',')}]`,
    `"threshold":${doubleText(threshold)}`,
    `"evaluatedDatapoints":[${points
      .map(
        ({ time, value }) => `{"timestamp":"${alarmTime(time)}","value":${doubleText(value ?? 0)}}`,
      )
      .join(',')}]`,
  );
  return `{${fields.join(',')}}`;
};
