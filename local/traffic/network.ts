import type { CloudContext, Place } from '../services/service.ts';
import type { Tracing } from './tracing.ts';

/** A status, or why there is none. */
export type ProbeResult = number | 'refused' | 'timeout';

/** `count` requests that were answered alike. */
export interface Answer {
  readonly status: number;
  readonly latencyMs: number;
  readonly count: number;
}

/** Something that answers at an address of the place's network: one container port. */
export interface Workload {
  readonly labels: Readonly<Record<string, string>>;
  /** How it appears in traces; absent where it sends none. */
  readonly tracing?: Tracing | undefined;
  /** What its image calls itself, as answers carry it in `x-version`. */
  readonly version?: string | undefined;
  /** Where a process really listens; absent where behaviour is modelled. */
  readonly address?: { readonly host: string; readonly port: number } | undefined;
  probe(path: string, timeoutMs: number): ProbeResult | Promise<ProbeResult>;
  /** Modelled answers to `count` requests; absent where a process really listens. */
  readonly answers?: ((count: number) => readonly Answer[]) | undefined;
  /** Tells when a probe's result may have changed; what offers it need not be polled in between. */
  readonly onChange?: ((listener: () => void) => void) | undefined;
}

/** Addresses of one account and Region, and what answers there. */
export class Network {
  readonly #workloads = new Map<string, Workload>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #allocated = 0;

  /** A free address of the pods' subnet. */
  allocate(): string {
    this.#allocated += 1;
    const n = this.#allocated + 9;
    return `10.0.${Math.floor(n / 250) % 250}.${(n % 250) + 1}`;
  }

  open(ip: string, port: number, workload: Workload): void {
    const address = `${ip}:${port}`;
    this.#workloads.set(address, workload);
    workload.onChange?.(() => this.#tell(address));
    this.#tell(address);
  }

  close(ip: string, port: number): void {
    const address = `${ip}:${port}`;
    if (this.#workloads.delete(address)) this.#tell(address);
  }

  at(ip: string, port: number): Workload | undefined {
    return this.#workloads.get(`${ip}:${port}`);
  }

  /** Calls `listener` whenever what answers at the address comes, goes or may answer differently. */
  watch(ip: string, port: number, listener: () => void): () => void {
    const address = `${ip}:${port}`;
    const listeners = this.#listeners.get(address) ?? new Set();
    this.#listeners.set(address, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(address);
    };
  }

  #tell(address: string): void {
    for (const listener of this.#listeners.get(address) ?? []) listener();
  }
}

const networks = new WeakMap<CloudContext, Map<string, Network>>();

/** The one network of a place, shared by what runs pods and what reaches them. */
export const networkOf = (cloud: CloudContext, place: Place): Network => {
  const places = networks.get(cloud) ?? new Map<string, Network>();
  networks.set(cloud, places);
  const key = `${place.account}/${place.region}`;
  const network = places.get(key) ?? new Network();
  places.set(key, network);
  return network;
};
