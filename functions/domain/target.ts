import { z } from 'zod';
import { DEFAULT_GUARD, GuardTerms } from './guard-terms.ts';

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
  z.object({
    kind: z.literal('steps'),
    /** Rising; after the last hold comes 100. */
    steps: z
      .array(z.object({ percent: z.int().min(1).max(99), holdSeconds: z.int().positive() }))
      .min(1),
  }),
]);
export type Strategy = z.infer<typeof Strategy>;

/** A metric of the service's own, in words that become names for each color: `{targetGroup}`, `{color}`. */
const ErrorMetric = z.object({
  namespace: z.string(),
  metric: z.string(),
  dimensions: z.record(z.string(), z.string()),
});
export type ErrorMetric = z.infer<typeof ErrorMetric>;

/** How a rollout of the service is judged. */
export const Analysis = z.object({
  /** Highest chance of ever condemning a candidate that is no worse than stable. */
  alpha: z.number().gt(0).max(0.05).default(0.001),
  /** Highest share of bad answers that passes, 0..1. */
  errorRatioMax: z.number().min(0).max(1),
  /** Response time that at most 1 % of the candidate's answers may exceed; null: not judged. */
  latencyP99MsMax: z.number().positive().nullable(),
  /** Requests that the candidate must have had in a step before it can pass. */
  requestsMin: z.int().min(1),
  /** How long a step may stay without evidence; null: derived from the service's request rate. */
  patienceSeconds: z.int().positive().nullable(),
  /** What happens when patience ends: back at once, or a person is asked first. Never forward. */
  onInconclusive: z.enum(['rollBack', 'page']).default('rollBack'),
  /** Age from which a closed metric period is believed. */
  settleSeconds: z.int().nonnegative(),
  /** Service level objectives whose error budget is watched: names or ARNs, of this target's account and Region. */
  slos: z.array(z.string()).default([]),
  /** Synthetic requests to both colors; null: only users'. */
  probe: z
    .object({ path: z.string(), perMinute: z.int().min(1).max(600) })
    .nullable()
    .default(null),
  /** Whether requests without an answer count as bad. */
  unanswered: z.boolean().default(true),
  /** Counts the failures that the load balancer does not see; null: it sees them all. */
  errors: ErrorMetric.nullable().default(null),
  /** Whether X-Ray's traces may condemn, beside explaining. */
  xrayJudges: z.boolean().default(false),
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
  /** Null where the rollout keeps the schedule itself. */
  codeDeploy: z
    .object({
      application: z.string(),
      group: z.string(),
      configuration: z.string(),
      /** Function names of the two lifecycle hooks. */
      hooks: z.object({ before: z.string(), after: z.string() }),
    })
    .nullable(),
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
    /** Sends the synthetic requests; null where none are configured. */
    probe: z.string().nullable().default(null),
  }),
  analysis: Analysis,
  guard: GuardTerms.default(DEFAULT_GUARD),
  rollback: z
    .object({
      /** Whether one pod of a color that was rolled back stays in its slot, without weight, to be looked at. */
      keepPod: z.boolean(),
    })
    .default({ keepPod: false }),
  /** What an alarm under guard may have its cause in, instead of in the release. */
  dependencies: z
    .object({ services: z.array(z.string()), alarms: z.array(z.string()) })
    .default({ services: [], alarms: [] }),
  /** Exactly one of the two is set. */
  plainRoute: PlainRoute.nullable(),
  shiftable: Shiftable.nullable(),
});
export type Target = z.infer<typeof Target>;

export const targetId = (at: { service: string; environment: string; region: string }): string =>
  `${at.service}/${at.environment}/${at.region}`;
