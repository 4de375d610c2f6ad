/** How the local CloudWatch behaves where AWS promises nothing; may be changed at any time. */
export interface CloudWatchSettings {
  /** How long after its time a value becomes visible, in milliseconds. */
  metricDelayMs: number;
  /** How long after the full minute alarms are evaluated, in milliseconds. */
  evaluationOffsetMs: number;
  /** How much of a series must be known before its anomaly model is trained, in milliseconds. */
  anomalyTrainingMs: number;
  /** Set to make GetMetricData answer so: a fault to be handled by its callers. */
  incomplete: 'PartialData' | 'InternalError' | undefined;
}
