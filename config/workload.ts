import { gunzipSync, gzipSync } from 'node:zlib';
import { canonical, fingerprint } from './canonical.ts';
import type { GivenObject } from './manifests/fields.ts';

/** A workload that Slipway writes the manifests of. */
export interface PlainWorkload {
  readonly port: number;
  readonly replicas: { readonly min: number; readonly max: number };
  readonly readiness: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A workload that brings its own manifests; what the rest of Slipway asks of a workload is read out of them. */
export interface OwnWorkload {
  /** Where the main Deployment's pods take requests. */
  readonly port: number;
  readonly replicas: { readonly min: number; readonly max: number };
  readonly readiness: string;
  /** Names, as they stand in the manifests, of what is behind the load balancer. */
  readonly main: {
    readonly deployment: string;
    readonly container: string;
    readonly service: string;
    readonly servicePort: number;
  };
  /** The objects as canonical JSON, gzip, base64: a whole chart in a state of an execution. */
  readonly objects: string;
}

/** The configuration half of a release, as it was configured. */
export type ConfiguredWorkload = PlainWorkload | OwnWorkload;

/** How much of a ledger row and of a state's 256 KiB own manifests may take, in characters of base64. */
export const OBJECTS_MAX = 16_384;

/** Objects as they travel: the same objects give the same digest, whatever zlib makes of them. */
export const packed = (objects: readonly GivenObject[]): string =>
  gzipSync(canonical(objects), { level: 9 }).toString('base64');

/** The objects of own manifests. */
export const unpacked = (objects: string): GivenObject[] =>
  JSON.parse(gunzipSync(Buffer.from(objects, 'base64')).toString('utf8')) as GivenObject[];

/** SHA-256 of a workload's canonical JSON, its objects unpacked: the configuration half of a release's name. */
export const configDigestOf = (workload: object): string => {
  const { objects } = workload as { objects?: unknown };
  return `sha256:${fingerprint(
    typeof objects === 'string' ? { ...workload, objects: unpacked(objects) } : workload,
  )}`;
};
