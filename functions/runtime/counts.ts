import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Runtime } from './runtime.ts';

/** The function's metrics, as embedded metric format lines in its log: no call to CloudWatch. */
export interface Counts {
  add(name: string, count?: number): void;
  seconds(name: string, seconds: number): void;
  /** A duration of something that has a name of its own: a metric with exactly these dimensions. */
  secondsOf(name: string, seconds: number, dimensions: Readonly<Record<string, string>>): void;
  /** Writes what was counted; once, at the end of the invocation. */
  flush(): void;
}

/** The namespace of Slipway's own metrics. */
export const METRICS_NAMESPACE = 'Slipway';

/** Makes the metrics of one invocation. */
export const countsFor = (runtime: Runtime, functionName: string): Counts => {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: 'slipway' });
  metrics.addDimension('function_name', functionName);
  const named: Metrics[] = [];
  const put = (some: Metrics): void => {
    if (!some.hasStoredMetrics()) return;
    const line = some.serializeMetrics();
    some.clearMetrics();
    runtime.write(JSON.stringify({ ...line, _aws: { ...line._aws, Timestamp: runtime.now() } }));
  };
  return {
    add: (name, count = 1) => metrics.addMetric(name, MetricUnit.Count, count),
    seconds: (name, seconds) => metrics.addMetric(name, MetricUnit.Seconds, seconds),
    secondsOf: (name, seconds, { service = 'slipway', ...dimensions }) => {
      // The library has a dimension of that name in every set.
      const own = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: service });
      own.addDimensions(dimensions);
      own.addMetric(name, MetricUnit.Seconds, seconds);
      named.push(own);
    },
    flush: () => {
      put(metrics);
      for (const own of named.splice(0)) put(own);
    },
  };
};
