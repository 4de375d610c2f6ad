import { z } from 'zod';

const Replicas = z.object({ min: z.int().min(1), max: z.int().min(1) });
const port = z.int().min(1).max(65_535);

/** A workload that Slipway writes the manifests of. */
export const PlainWorkload = z.object({
  port,
  replicas: Replicas,
  readiness: z.string().startsWith('/'),
  env: z.record(z.string(), z.string()),
});
export type PlainWorkload = z.infer<typeof PlainWorkload>;

/** A workload that brings its own manifests; what other code asks of a workload was read out of them when it was configured. */
export const OwnWorkload = z.object({
  port,
  replicas: Replicas,
  readiness: z.string().startsWith('/'),
  /** Names, as they stand in the manifests, of what is behind the load balancer. */
  main: z.object({
    deployment: z.string(),
    container: z.string(),
    service: z.string(),
    servicePort: port,
  }),
  /** The objects as canonical JSON, gzip, base64. */
  objects: z.base64(),
});
export type OwnWorkload = z.infer<typeof OwnWorkload>;

/** What a release runs as, beside its image: the configuration half of the pair. Its digest is `configDigest`. */
export const Workload = z.union([OwnWorkload, PlainWorkload]);
export type Workload = z.infer<typeof Workload>;

/** Says whether a workload brings its own manifests. */
export const isOwn = (workload: Workload): workload is OwnWorkload => 'objects' in workload;
