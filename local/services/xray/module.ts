/**
 * X-Ray: traces (from the data plane and as segment documents, kept for six hours), groups whose filter
 * applies to the traces that come after it, statistics per service and edge, the service graph, trace
 * summaries, sampling rules, and each group's ApproximateTraceCount in CloudWatch.
 *
 * Not imitated: insights, anomaly forecasts, Transaction Search and OTLP, encryption settings, tags,
 * BatchGetTraces, sampling targets, the filter keywords for users, clients, root causes and resources.
 * Not verified: zero counts of a group without traces (none are published here).
 */
import type { ServiceModule } from '../service.ts';
import { xrayResources } from './resources.ts';
import { createXRay, type XRayService } from './xray.ts';

export type { TraceRecord } from './trace.ts';
export type { XRayService } from './xray.ts';

/** X-Ray for the local cloud. */
export const xrayModule: ServiceModule<XRayService> = {
  name: 'xray',
  create: createXRay,
  resources: xrayResources,
};
