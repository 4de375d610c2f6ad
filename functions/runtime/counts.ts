import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Runtime } from './runtime.ts';

/** The function's metrics, as embedded metric format lines in its log: no call to CloudWatch. */
export interface Counts {
  add(name: string, count?: number): void;
  seconds(name: string, seconds: number): void;
  /** Writes what was counted; once, at the end of the invocation. */
  flush(): void;
}

/** The namespace of Slipway's own metrics. */
export const METRICS_NAMESPACE = 'Slipway';

/** Makes the metrics of one invocation. */
export const countsFor = (runtime: Runtime, functionName: string): Counts => {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: 'slipway' });
  metrics.addDimension('function_name', functionName);
  return {
    add: (name, count = 1) => metrics.addMetric(name, MetricUnit.Count, count),
    seconds: (name, seconds) => metrics.addMetric(name, MetricUnit.Seconds, seconds),
    flush: () => {
      if (!metrics.hasStoredMetrics()) return;
      const line = metrics.serializeMetrics();
      metrics.clearMetrics();
      runtime.write(JSON.stringify({ ...line, _aws: { ...line._aws, Timestamp: runtime.now() } }));
    },
  };
};
