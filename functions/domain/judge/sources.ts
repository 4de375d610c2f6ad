import { z } from 'zod';

/** Where counts come from: the load balancer's metrics, or X-Ray's sampled traces. */
export const Source = z.enum(['alb', 'xray']);
export type Source = z.infer<typeof Source>;

/** What is counted as bad. `slow`: slower than the limit. */
export const Metric = z.enum(['errors', 'slow']);
export type Metric = z.infer<typeof Metric>;

const SHARES: Readonly<Record<Source, number>> = { alb: 0.8, xray: 0.2 };

/**
 * The part of α that each source may use up. Split, because any of them may condemn; not averaged as e-values, because
 * X-Ray tells of a minute that the load balancer has told of already: given that past its factor need not have mean ≤ 1,
 * and a union bound asks nothing about how sources depend on each other. A source alone has all of α.
 */
export const alphaOf = (source: Source, sources: readonly Source[], alpha: number): number => {
  const all = sources.reduce((sum, each) => sum + SHARES[each], 0);
  return (alpha * SHARES[source]) / all;
};
