import type { CloudContext } from '../services/service.ts';

/** Answers a request to a host that lives inside the cloud. */
export type HostHandler = (url: URL, init: RequestInit) => Response | Promise<Response>;

/** What a cloud offers besides its context: hosts of its own, and whether it has a service at all. */
export interface HostingCloud extends CloudContext {
  has(service: string): boolean;
  /** Serves what `matches`. The function that it answers ends it. */
  serveHttp(matches: (url: URL) => boolean, handler: HostHandler): () => void;
}

/** Whether the cloud runs a service: a part that only adds (traces) is left out where it does not. */
export const offers = (cloud: CloudContext, service: string): boolean =>
  (cloud as Partial<HostingCloud>).has?.(service) ?? false;

/** Serves a host name inside the cloud, where the cloud has hosts. */
export const serveHost = (cloud: CloudContext, host: string, handler: HostHandler): (() => void) =>
  (cloud as Partial<HostingCloud>).serveHttp?.((url) => url.hostname === host, handler) ??
  (() => {});
