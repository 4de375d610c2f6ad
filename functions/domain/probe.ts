import { z } from 'zod';
import type { RuleCondition } from './fast-path-row.ts';
import { isoOf, millisecondsOf } from './instant.ts';
import type { Observation } from './observation.ts';
import { smokeAddress, TEST_HEADER } from './smoke.ts';
import type { Route, Target } from './target.ts';

const Addressed = z.object({ url: z.url(), headers: z.record(z.string(), z.string()) });

/** Synthetic requests for about a minute: to the candidate by the test route, to stable as users come. */
export const ProbeInput = z.object({
  candidate: Addressed,
  /** As any user: by the weights of the moment. null: stable serves nobody, so nobody asks it. */
  users: Addressed.nullable(),
  perMinute: z.int().min(1).max(600),
  /** Nothing is sent after it: a retried or late invocation must not double the load of a later minute. */
  until: z.iso.datetime(),
});
export type ProbeInput = z.infer<typeof ProbeInput>;

/** The condition by which the test route is opened. */
const TestCondition = z.object({
  Field: z.literal('http-header'),
  HttpHeaderConfig: z.object({
    HttpHeaderName: z.literal(TEST_HEADER),
    Values: z.array(z.string()),
  }),
});

const LEAST_SECONDS = 60;
const MOST_SECONDS = 120;
/** An invocation that begins this much before the last one's end closes the gap between them. */
const OVERLAP_MS = 5_000;

/** Whether this tick starts a probe, and until when it sends; null: the last one still does, or there is nothing to prove yet. */
export const probeUntil = (
  target: Pick<Target, 'analysis'>,
  observation: Pick<Observation, 'weightPercent' | 'probedUntil'>,
  at: { readonly now: number; readonly waitSeconds: number },
): string | null => {
  if (target.analysis.probe === null || observation.weightPercent === 0) return null;
  const { probedUntil } = observation;
  if (probedUntil !== null && at.now < millisecondsOf(probedUntil) - OVERLAP_MS) return null;
  const seconds = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, at.waitSeconds));
  return isoOf(at.now + seconds * 1000);
};

/** What the probe is told; null: the test route is closed, so nothing leads to the candidate alone. */
export const probeInput = (
  at: {
    readonly listener: { readonly protocol: string; readonly port: number };
    readonly route: Route;
    readonly testConditions: readonly RuleCondition[];
    readonly weightPercent: number;
    readonly until: string;
  },
  probe: { readonly path: string; readonly perMinute: number },
): ProbeInput | null => {
  const [value] = at.testConditions.flatMap((condition) => {
    const header = TestCondition.safeParse(condition);
    return header.success ? header.data.HttpHeaderConfig.Values : [];
  });
  if (value === undefined) return null;
  const { dnsName, hosts } = at.route;
  const address = smokeAddress({ ...at.listener, dnsName, hosts }, probe.path);
  return {
    candidate: { url: address.url, headers: { ...address.headers, [TEST_HEADER]: value } },
    users: at.weightPercent === 100 ? null : address,
    perMinute: probe.perMinute,
    until: at.until,
  };
};
