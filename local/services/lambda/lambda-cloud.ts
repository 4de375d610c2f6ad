import type { CloudContext } from '../service.ts';

/** What Lambda asks of the cloud beyond what every service gets: assets on disk, and hosts inside the cloud. */
export interface LambdaCloud extends CloudContext {
  /** The directory that a published asset was unpacked to. */
  asset?(bucket: string, key: string): string | undefined;
  /** The answer of a host inside the cloud; `undefined` where the address is not the cloud's. */
  http?(url: string | URL, init?: RequestInit): Promise<Response> | undefined;
}
