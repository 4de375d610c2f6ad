import type { ServiceConfiguration } from './schema.ts';

/** How a service's rollouts are judged, as its targets are registered. */
export const judged = (analysis: ServiceConfiguration['analysis']) => ({
  alpha: analysis.alpha,
  errorRatioMax: analysis.errorRate.max,
  latencyP99MsMax: analysis.latency?.p99Ms ?? null,
  requestsMin: analysis.minRequests,
  patienceSeconds: analysis.patience ?? null,
  onInconclusive: analysis.onInconclusive,
  settleSeconds: analysis.settle,
  unanswered: analysis.unanswered,
  errors: analysis.errors ?? null,
  xrayJudges: analysis.xray === 'judges',
});
