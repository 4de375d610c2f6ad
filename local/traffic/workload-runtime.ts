import type { Workload } from './network.ts';

/** The image configuration as OCI writes it, as far as running needs it. */
export interface ImageConfig {
  readonly config?: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
}

/** An image for this platform, as it came from its registry. */
export interface PulledImage {
  readonly digest: string;
  readonly config: ImageConfig;
  readonly layers: readonly {
    readonly digest: string;
    readonly mediaType: string;
    /** Nothing, where the registry keeps the manifest alone. */
    bytes(): Uint8Array | undefined;
  }[];
}

/** One container of a pod, its environment resolved. */
export interface ContainerSpec {
  readonly podUid: string;
  readonly podName: string;
  readonly namespace: string;
  readonly image: string;
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** The port that others reach it at; none for one that runs to its end. */
  readonly port: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** A container that has been started. */
export interface RunningContainer {
  readonly workload: Workload;
  /** Its exit code, once it has ended for whatever reason. */
  readonly exited: Promise<number>;
  /** Asks it to end, and ends it after the grace. */
  stop(graceMs: number): void;
  logs(): string;
}

/** What runs containers: real processes, or a model of them. */
export interface WorkloadRuntime {
  start(container: ContainerSpec, image: PulledImage): RunningContainer | Promise<RunningContainer>;
}
