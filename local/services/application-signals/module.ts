/**
 * Application Signals: service level objectives by periods or by requests over CloudWatch metrics and metric
 * math, and their error budgets, computed from the metrics of the place when a report is asked for.
 *
 * Not imitated: services, operations and dependencies that Application Signals discovers, its own Latency,
 * Fault and Error metrics, burn rates, exclusion windows, tags, findings.
 * Not verified: the error code of an unknown objective in a batch, whether a budget of exactly 0 is BREACHED
 * (here it is not), how periods without data count (here they do not).
 */
import type { ServiceModule } from '../service.ts';
import { type ApplicationSignalsService, createApplicationSignals } from './application-signals.ts';
import { applicationSignalsResources } from './resources.ts';

export type { ApplicationSignalsService } from './application-signals.ts';

/** Application Signals for the local cloud. */
export const applicationSignalsModule: ServiceModule<ApplicationSignalsService> = {
  name: 'applicationsignals',
  create: createApplicationSignals,
  resources: applicationSignalsResources,
};
