import { z } from 'zod';
import { Duration } from './duration.ts';
import { ShiftSetting, StrategySetting } from './strategy.ts';
import type { ConfiguredWorkload } from './workload.ts';

const Account = z.string().regex(/^\d{12}$/, { error: 'an account id of 12 digits' });
const Region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: 'a Region such as "eu-west-1"' });
/** Short enough that execution names stay within 80 characters, and a DNS label, because it names a namespace. */
const ServiceName = z.string().regex(/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/, {
  error: 'a name of 2 to 20 lower-case letters, digits and hyphens',
});
const EnvironmentName = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,11}$/, { error: 'a name of 2 to 12 lower-case letters and digits' });

export const ScanException = z.strictObject({
  cve: z.string().regex(/^CVE-\d{4}-\d{4,}$/, { error: 'a CVE id such as "CVE-2026-1234"' }),
  owner: z.string().min(1),
  reason: z.string().min(1),
  expires: z.iso.date({ error: 'a date such as "2027-01-31"' }),
});

const Scan = z.strictObject({
  failOn: z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']).default('HIGH'),
  epss: z.number().min(0).max(1).optional(),
  exceptions: z.array(ScanException).default([]),
});

const Build = z.strictObject({
  project: z.string().min(1),
  tests: z.literal('pass').optional(),
  lineCoverage: z.number().min(0).max(100).optional(),
});

const AlarmName = z
  .string()
  .min(1)
  .refine((name) => !name.startsWith('arn:'), {
    error:
      "an alarm's name, not its ARN: alarms are watched in the target's own account and Region",
  });
const SloId = z
  .string()
  .regex(
    /^([0-9A-Za-z][-._0-9A-Za-z ]{0,126}[0-9A-Za-z]|arn:aws[\w-]*:application-signals:.+:slo\/.+)$/,
    {
      error:
        'the name of a service level objective, or its ARN (arn:aws:application-signals:…:slo/…)',
    },
  );

const ErrorMetric = z
  .strictObject({
    namespace: z.string().regex(/^[^:]/, { error: 'a namespace that does not begin with ":"' }),
    metric: z.string().min(1),
    dimensions: z.record(z.string().min(1), z.string().min(1)),
  })
  .refine(
    ({ metric, dimensions }) =>
      [metric, ...Object.values(dimensions)].some((text) => /\{(color|targetGroup)\}/.test(text)),
    {
      error:
        'a metric of each color: "{color}" or "{targetGroup}" in its name or in the value of a dimension',
    },
  );

const AnalysisSetting = z.strictObject({
  errorRate: z.strictObject({ max: z.number().gt(0).max(1) }).default({ max: 0.01 }),
  /** At most 1 % of the answers may be slower than this. */
  latency: z.strictObject({ p99Ms: z.number().positive() }).optional(),
  minRequests: z.int().min(1).default(200),
  /** The highest chance of ever condemning a candidate that is no worse. */
  alpha: z.number().gt(0).max(0.05).default(0.001),
  /** Absent: three times what `minRequests` take at the service's own rate, 2 h to 24 h. */
  patience: Duration.refine((seconds) => seconds > 0, { error: 'longer than no time' }).optional(),
  /** `page`: a person is called when patience ends, and the candidate goes back after as long again. */
  onInconclusive: z.enum(['rollBack', 'page']).default('rollBack'),
  /** false where a request without an answer is no failure: WebSocket upgrades. */
  unanswered: z.boolean().default(true),
  /** Counts the failures that the load balancer does not see, as in gRPC. `{targetGroup}` and `{color}` stand for each color's. */
  errors: ErrorMetric.optional(),
  /** Age at which a closed CloudWatch period is believed. */
  settle: Duration.default(120),
  alarms: z.array(AlarmName).max(20).default([]),
  /** true: traces explain; `judges`: they may condemn as well. */
  xray: z
    .union([z.boolean(), z.literal('judges')], { error: 'true, false or "judges"' })
    .default(false),
  /** Service level objectives of Application Signals whose error budget must not be spent by a rollout: names, or ARNs. */
  slos: z.array(SloId).max(20).default([]),
  /** Synthetic requests to both colors while traffic shifts and bakes, for services with few users. */
  probe: z
    .strictObject({
      path: z.string().startsWith('/'),
      perMinute: z.int().min(1).max(600),
    })
    .optional(),
});

const RouteSetting = z
  .strictObject({
    hosts: z.array(z.string().min(1)).min(1),
    paths: z.array(z.string().startsWith('/')).default([]),
    listener: z.strictObject({ importFrom: z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/) }),
    priority: z.int().min(1).max(49_998),
  })
  .refine((route) => route.hosts.length + route.paths.length <= 4, {
    error:
      'at most 4 hosts and paths together: a listener rule takes 5 values and the test route needs one',
  });

/** What an alarm after the rollout may have its cause in, instead of in the release. */
const Dependencies = z.strictObject({
  /** Services of this configuration, in the same environment. */
  services: z.array(z.string().min(1)).max(20).default([]),
  /** Alarms in the target's account and Region of what is no service of this configuration. */
  alarms: z.array(z.string().min(1)).max(20).default([]),
});

/** A folder of rendered manifests, relative to the configuration, and what its objects leave open. */
const ManifestsSetting = z.union(
  [
    z
      .string()
      .min(1)
      .transform((path) => ({ path, configMaps: [] as string[] })),
    z.strictObject({
      path: z.string().min(1),
      /** The Service behind the load balancer, where several select the service's pods. */
      service: z.string().min(1).optional(),
      /** Its port, by number or name, where it has several. */
      port: z.union([z.int().min(1).max(65_535), z.string().min(1)]).optional(),
      /** The path of health checks, where no readiness probe asks the serving port. */
      readiness: z.string().startsWith('/').optional(),
      /** ConfigMaps that the platform keeps: they do not go back with an image. */
      configMaps: z.array(z.string().min(1)).default([]),
    }),
  ],
  {
    error:
      'a folder of rendered manifests such as "k8s/checkout", or { path, service, port, readiness, configMaps }',
  },
);

export const ServiceSetting = z.strictObject({
  repository: z.string().regex(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, {
    error: 'the name of an ECR repository such as "shop/checkout"',
  }),
  /** What Slipway writes the manifests of; or `manifests`. */
  workload: z
    .strictObject({
      port: z.int().min(1).max(65_535),
      replicas: z
        .strictObject({ min: z.int().min(1), max: z.int().min(1) })
        .refine((replicas) => replicas.min <= replicas.max, { error: 'min at most max' }),
      readiness: z.string().startsWith('/'),
      env: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  manifests: ManifestsSetting.optional(),
  route: RouteSetting,
  gates: z
    .strictObject({
      scan: Scan.default({ failOn: 'HIGH', exceptions: [] }),
      build: Build.optional(),
    })
    .default({ scan: { failOn: 'HIGH', exceptions: [] } }),
  analysis: AnalysisSetting.default({
    errorRate: { max: 0.01 },
    minRequests: 200,
    alpha: 0.001,
    onInconclusive: 'rollBack',
    unanswered: true,
    settle: 120,
    alarms: [],
    xray: false,
    slos: [],
  }),
  dependencies: Dependencies.default({ services: [], alarms: [] }),
});

const HOUR = 3600;
const WithinHour = Duration.refine((seconds) => seconds > 0 && seconds <= HOUR, {
  error: 'more than 0 and at most "1h"',
});

/** How long a finished rollout is watched; `'0s'`: not at all. */
const GuardSetting = z
  .union(
    [
      Duration.transform((seconds) => ({ for: seconds })),
      z.strictObject({
        for: Duration,
        /** So long an alarm rolls back by itself; after it, it pages. */
        rollsBackFor: Duration.optional(),
        correlated: z
          .strictObject({ services: z.int().min(2), within: WithinHour })
          .default({ services: 3, within: 300 }),
      }),
    ],
    {
      error:
        'a duration such as "24h" ("0s" switches it off), or { for, rollsBackFor, correlated: { services (2 or more), within (at most "1h") } }',
    },
  )
  .transform((given) => ({
    correlated: { services: 3, within: 300 },
    ...given,
    rollsBackFor:
      ('rollsBackFor' in given ? given.rollsBackFor : undefined) ?? Math.min(HOUR, given.for),
  }));

export const EnvironmentSetting = z.strictObject({
  account: Account,
  cluster: z.string().min(1),
  namespace: z.string().min(1).optional(),
  strategy: StrategySetting,
  /** Who moves the release pointer's alias; of no meaning with one color. */
  shift: ShiftSetting.default('codeDeploy'),
  /** How long all users stay on the candidate before it is believed; at most 15 min in a standby, where nobody sends requests. */
  bake: Duration.default(0),
  /** Watching after the rollout has ended. */
  guard: GuardSetting.default({
    for: 24 * HOUR,
    rollsBackFor: HOUR,
    correlated: { services: 3, within: 300 },
  }),
  /** `keepPod`: one pod of a candidate that was rolled back stays in its slot, without weight, to be looked at. */
  rollback: z.strictObject({ keepPod: z.boolean().default(false) }).default({ keepPod: false }),
  /** `none`: nobody sends requests here, so smoke tests and target health are the evidence. */
  traffic: z.enum(['users', 'none']).default('users'),
  waves: z
    .array(z.array(z.enum(['primary', 'standby'])).length(1))
    .min(1)
    .default([['primary']]),
});

export const ConfigurationSchema = z.strictObject({
  regions: z.strictObject({
    primary: Region,
    standby: Region.optional(),
    witness: Region.optional(),
  }),
  pipeline: z.strictObject({ account: Account }),
  services: z
    .record(ServiceName, ServiceSetting)
    .refine((services) => Object.keys(services).length > 0, { error: 'at least one service' }),
  environments: z
    .record(EnvironmentName, EnvironmentSetting)
    .refine((environments) => Object.keys(environments).length > 0, {
      error: 'at least one environment',
    }),
});

/** What a person writes. */
export type ConfigurationInput = z.input<typeof ConfigurationSchema>;
/** What is read: defaults filled in, durations in seconds. */
export interface Configuration extends Omit<ParsedConfiguration, 'services'> {
  readonly services: Record<string, ServiceConfiguration>;
}
/** What the schema makes of a configuration, before manifests are read. */
export type ParsedConfiguration = z.output<typeof ConfigurationSchema>;
type ParsedService = ParsedConfiguration['services'][string];
export type ServiceConfiguration = Omit<ParsedService, 'workload' | 'manifests'> & {
  /** As it stands in the configuration, or as its manifests say. */
  readonly workload: ConfiguredWorkload;
};
export type EnvironmentConfiguration = Configuration['environments'][string];
