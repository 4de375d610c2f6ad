import { z } from 'zod';

/** blue or green: one of a target's two slots. A target with one color only ever uses blue. */
export const Color = z.enum(['blue', 'green']);
export type Color = z.infer<typeof Color>;

export const otherColor = (color: Color): Color => (color === 'blue' ? 'green' : 'blue');

export const Strategy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rolling') }),
  z.object({ kind: z.literal('recreate') }),
  z.object({ kind: z.literal('allAtOnce') }),
  z.object({ kind: z.literal('blueGreen') }),
  z.object({
    kind: z.literal('canary'),
    percent: z.int().min(1).max(99),
    everySeconds: z.int().positive(),
  }),
  z.object({
    kind: z.literal('linear'),
    stepPercent: z.int().min(1).max(99),
    everySeconds: z.int().positive(),
  }),
]);
export type Strategy = z.infer<typeof Strategy>;

/** What a release runs as, beside its image: the configuration half of the pair. Its digest is `configDigest`. */
export const Workload = z.object({
  port: z.int().min(1).max(65_535),
  replicas: z.object({ min: z.int().min(1), max: z.int().min(1) }),
  readiness: z.string().startsWith('/'),
  env: z.record(z.string(), z.string()),
});
export type Workload = z.infer<typeof Workload>;

export const Analysis = z.object({
  /** Highest share of bad answers that passes, 0..1. */
  errorRatioMax: z.number().min(0).max(1),
  /** Highest 99th percentile of the target's response time; null: not judged. */
  latencyP99MsMax: z.number().positive().nullable(),
  /** Requests that the candidate must have had in a step before it can pass. */
  requestsMin: z.int().min(1),
  /** How long a step may stay without evidence before the rollout goes back. */
  patienceSeconds: z.int().positive(),
  /** Age from which a closed metric period is believed. */
  settleSeconds: z.int().nonnegative(),
});
export type Analysis = z.infer<typeof Analysis>;

/** The load balancer in front of a target, and what of it is the service's. */
const Entrance = z.object({
  loadBalancerArn: z.string(),
  /** `app/name/id`: the `LoadBalancer` dimension of its metrics. */
  loadBalancerFullName: z.string(),
  dnsName: z.string(),
  listenerArn: z.string(),
  hosts: z.array(z.string()),
  paths: z.array(z.string()),
});

/** The routing of a target with two colors. */
export const Route = Entrance.extend({
  weightedRuleArn: z.string(),
  overrideRuleArn: z.string(),
  testRuleArn: z.string(),
  targetGroupArns: z.object({ blue: z.string(), green: z.string() }),
});
export type Route = z.infer<typeof Route>;

/** The routing of a target with one color: one group behind one plain rule. */
export const PlainRoute = Entrance.extend({ ruleArn: z.string(), targetGroupArn: z.string() });
export type PlainRoute = z.infer<typeof PlainRoute>;

/** What only a target with two colors has. */
export const Shiftable = z.object({
  route: Route,
  pointer: z.object({ functionName: z.string(), alias: z.string() }),
  codeDeploy: z.object({
    application: z.string(),
    group: z.string(),
    configuration: z.string(),
    /** Function names of the two lifecycle hooks. */
    hooks: z.object({ before: z.string(), after: z.string() }),
  }),
  /** The alarm fast path's own small table, in the target's account. */
  fastPathTable: z.string(),
  alarms: z.object({
    /** Every alarm that is watched while traffic shifts, configured ones included. */
    watched: z.array(z.string()),
    composite: z.string(),
  }),
  /** X-Ray groups, one per color; null where the service has not turned it on. */
  xrayGroups: z.object({ blue: z.string(), green: z.string() }).nullable(),
});
export type Shiftable = z.infer<typeof Shiftable>;

/** One environment of one service in one account and Region, as its stack registered it in the ledger. */
export const Target = z.object({
  service: z.string(),
  environment: z.string(),
  region: z.string(),
  account: z.string(),
  /** `<service>/<environment>/<region>`: the name by which the ledger knows it. */
  targetId: z.string(),
  strategy: Strategy,
  bakeSeconds: z.int().nonnegative(),
  /** False where a Region or environment gives no evidence of its own: smoke tests and target health decide there. */
  servesUsers: z.boolean(),
  /** Role for Slipway's handlers. */
  roleArn: z.string(),
  externalId: z.string(),
  /** Role for Slipway's machines, to invoke the target's cluster functions. */
  invokeRoleArn: z.string(),
  cluster: z.object({ name: z.string(), namespace: z.string() }),
  functions: z.object({
    applyWorkload: z.string(),
    checkWorkload: z.string(),
    scaleWorkload: z.string(),
    smokeTest: z.string(),
  }),
  analysis: Analysis,
  /** Exactly one of the two is set. */
  plainRoute: PlainRoute.nullable(),
  shiftable: Shiftable.nullable(),
});
export type Target = z.infer<typeof Target>;

export const targetId = (at: { service: string; environment: string; region: string }): string =>
  `${at.service}/${at.environment}/${at.region}`;
