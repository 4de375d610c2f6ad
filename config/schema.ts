import { z } from 'zod';
import { Duration } from './duration.ts';

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
const Percent = z.int().min(1).max(99);
const WholeMinutes = Duration.refine((seconds) => seconds > 0 && seconds % 60 === 0, {
  error: 'whole minutes, because CodeDeploy shifts by the minute',
});

const Schedule = z.strictObject({ step: Percent, every: WholeMinutes });
export const StrategySetting = z.union(
  [
    z.enum(['rolling', 'recreate', 'allAtOnce', 'blueGreen']),
    z.strictObject({ canary: Schedule }),
    z.strictObject({ linear: Schedule }),
  ],
  {
    error:
      'one of "rolling", "recreate", "allAtOnce", "blueGreen", { canary: { step, every } }, { linear: { step, every } }',
  },
);

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

const AnalysisSetting = z.strictObject({
  errorRate: z.strictObject({ max: z.number().gt(0).max(1) }).default({ max: 0.01 }),
  latency: z.strictObject({ p99Ms: z.number().positive() }).optional(),
  minRequests: z.int().min(1).default(200),
  patience: Duration.default(7200),
  /** Age at which a closed CloudWatch period is believed. */
  settle: Duration.default(120),
  alarms: z.array(z.string().min(1)).max(20).default([]),
  xray: z.boolean().default(false),
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

export const ServiceSetting = z.strictObject({
  repository: z.string().regex(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, {
    error: 'the name of an ECR repository such as "shop/checkout"',
  }),
  workload: z.strictObject({
    port: z.int().min(1).max(65_535),
    replicas: z
      .strictObject({ min: z.int().min(1), max: z.int().min(1) })
      .refine((replicas) => replicas.min <= replicas.max, { error: 'min at most max' }),
    readiness: z.string().startsWith('/'),
    env: z.record(z.string(), z.string()).default({}),
  }),
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
    patience: 7200,
    settle: 120,
    alarms: [],
    xray: false,
  }),
});

export const EnvironmentSetting = z.strictObject({
  account: Account,
  cluster: z.string().min(1),
  namespace: z.string().min(1).optional(),
  strategy: StrategySetting,
  /** How long all users stay on the candidate before it is believed; at most 15 min in a standby, where nobody sends requests. */
  bake: Duration.default(0),
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
export type Configuration = z.output<typeof ConfigurationSchema>;
export type ServiceConfiguration = Configuration['services'][string];
export type EnvironmentConfiguration = Configuration['environments'][string];
