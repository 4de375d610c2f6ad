import { unsupportedField, validationError } from './errors.ts';

type Check = (value: string) => boolean;

const bool: Check = (value) => value === 'true' || value === 'false';
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value);
const range =
  (min: number, max: number, ...others: string[]): Check =>
  (value) =>
    others.includes(value) || (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max);

/** Attributes by name: default, and what is valid. */
export type AttributeTable = Readonly<Record<string, readonly [string, Check]>>;

/** Of a target group whose targets are addresses behind an Application Load Balancer. */
export const targetGroupAttributes: AttributeTable = {
  'deregistration_delay.timeout_seconds': ['300', range(0, 3600)],
  'stickiness.enabled': ['false', bool],
  'stickiness.type': ['lb_cookie', oneOf('lb_cookie')],
  'stickiness.lb_cookie.duration_seconds': ['86400', range(1, 604_800)],
  'slow_start.duration_seconds': ['0', range(30, 900, '0')],
  'load_balancing.algorithm.type': [
    'round_robin',
    oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'),
  ],
  'load_balancing.algorithm.anomaly_mitigation': ['off', oneOf('off')],
  'load_balancing.cross_zone.enabled': [
    'use_load_balancer_configuration',
    oneOf('true', 'use_load_balancer_configuration'),
  ],
  'target_group_health.dns_failover.minimum_healthy_targets.count': ['1', range(1, 1000, 'off')],
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': [
    'off',
    range(1, 100, 'off'),
  ],
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': [
    '1',
    range(1, 1000),
  ],
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': [
    'off',
    range(1, 100, 'off'),
  ],
};

/** Of an Application Load Balancer; those without effect on requests are only kept. */
export const loadBalancerAttributes: AttributeTable = {
  'access_logs.s3.enabled': ['false', bool],
  'access_logs.s3.bucket': ['', () => true],
  'access_logs.s3.prefix': ['', () => true],
  'client_keep_alive.seconds': ['3600', range(60, 604_800)],
  'connection_logs.s3.enabled': ['false', bool],
  'connection_logs.s3.bucket': ['', () => true],
  'connection_logs.s3.prefix': ['', () => true],
  'deletion_protection.enabled': ['false', bool],
  'idle_timeout.timeout_seconds': ['60', range(1, 4000)],
  'load_balancing.cross_zone.enabled': ['true', oneOf('true')],
  'routing.http.desync_mitigation_mode': ['defensive', oneOf('monitor', 'defensive', 'strictest')],
  'routing.http.drop_invalid_header_fields.enabled': ['false', bool],
  'routing.http.preserve_host_header.enabled': ['false', bool],
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': ['false', bool],
  'routing.http.xff_client_port.enabled': ['false', bool],
  'routing.http.xff_header_processing.mode': ['append', oneOf('append', 'preserve', 'remove')],
  'routing.http2.enabled': ['true', bool],
  'waf.fail_open.enabled': ['false', bool],
  'zonal_shift.config.enabled': ['false', bool],
};

/** Of a listener: only response headers that the local cloud does not set exist, so there are none to change. */
export const listenerAttributes: AttributeTable = {
  'routing.http.response.server.enabled': ['true', bool],
};

/** Every attribute at its default. */
export const defaults = (table: AttributeTable): Map<string, string> =>
  new Map(Object.entries(table).map(([key, [value]]) => [key, value]));

/** Checks all first, then writes: a refused change leaves nothing half done. */
export const changeAttributes = (
  kept: Map<string, string>,
  table: AttributeTable,
  changes: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  operation: string,
): { Key: string; Value: string }[] => {
  for (const { Key = '', Value = '' } of changes ?? []) {
    const known = table[Key];
    if (known === undefined) {
      if (
        /^(load_balancing|stickiness|target_|routing|preserve|proxy|lambda|deregistration|health_check)/.test(
          Key,
        )
      ) {
        throw unsupportedField(operation, `attribute '${Key}'`);
      }
      throw validationError(`Attribute key '${Key}' is not recognized`);
    }
    if (!known[1](Value)) {
      throw validationError(`Attribute value '${Value}' is not valid for key '${Key}'`);
    }
  }
  for (const { Key = '', Value = '' } of changes ?? []) kept.set(Key, Value);
  return described(kept);
};

/** As the API describes them. */
export const described = (kept: ReadonlyMap<string, string>): { Key: string; Value: string }[] =>
  [...kept].map(([Key, Value]) => ({ Key, Value }));
