import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { sleep } from '../clock/clock.ts';
import { unpackImage } from './image-files.ts';
import { RealProbe } from './real-probe.ts';
import { tracingOf } from './tracing.ts';
import type {
  ContainerSpec,
  PulledImage,
  RunningContainer,
  WorkloadRuntime,
} from './workload-runtime.ts';

/** The image has nothing that can be run here. */
export class ImageCommandError extends Error {
  override readonly name = 'ImageCommandError';
}

export interface ProcessRuntimeOptions {
  /** A clock that follows the wall: while a process starts it is held, and must go on. */
  readonly clock: Clock;
  /** How much memory a process may use for its heap, in MiB; 64 unless told. */
  readonly heapMiB?: number;
}

const host = '127.0.0.1';
const listenPollMs = 25;
const listenDeadlineMs = 15_000;
const keptLogBytes = 64 * 1024;
const nodeCommands = new Set(['node', '/usr/local/bin/node', '/usr/bin/node', '/nodejs/bin/node']);

/**
 * Runs containers as child processes on this machine: unpacks the image, starts its entry point with this Node in place
 * of the image's, on a port of its own told by `PORT`. No isolation: for images that one trusts, the sample's.
 */
export class ProcessRuntime implements WorkloadRuntime {
  readonly #options: ProcessRuntimeOptions;
  readonly #root = mkdtempSync(join(tmpdir(), 'local-cloud-images-'));
  readonly #unpacked = new Map<string, Promise<string>>();
  readonly #children = new Set<ChildProcess>();
  readonly #onExit = () => this.close();

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    process.once('exit', this.#onExit);
  }

  async start(container: ContainerSpec, image: PulledImage): Promise<RunningContainer> {
    const root = await this.#filesOf(image);
    const port = await freePort();
    const { command, directory } = commandOf(container, image, root);
    const { file, args } = executable(command, root, this.#options.heapMiB ?? 64);
    const child = spawn(file, args, {
      cwd: directory,
      env: { ...environmentOf(image), ...container.env, PORT: String(port), HOST: host },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    const probe = new RealProbe({ host, port });
    const exited = new Promise<number>((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
    }).finally(() => {
      this.#children.delete(child);
      probe.close();
    });
    const logs = keptLogs(child);
    if (container.port !== undefined) await this.#untilListening(port, exited);
    const labels = image.config.config?.Labels ?? {};
    return {
      workload: {
        labels: container.labels,
        tracing: tracingOf(container.env),
        version: labels['org.opencontainers.image.version'],
        address: { host, port },
        probe: (path, timeoutMs) => probe.ask(path, timeoutMs),
      },
      exited,
      stop: (graceMs) => this.#stop(child, graceMs),
      logs,
    };
  }

  /** Ends all that runs and removes what was unpacked. */
  close(): void {
    process.off('exit', this.#onExit);
    for (const child of this.#children) child.kill('SIGKILL');
    this.#children.clear();
    rmSync(this.#root, { recursive: true, force: true });
  }

  #filesOf(image: PulledImage): Promise<string> {
    const known = this.#unpacked.get(image.digest);
    if (known) return known;
    const root = join(this.#root, image.digest.replace(':', '-'));
    const unpacking = unpackImage(image, root).then(() => root);
    this.#unpacked.set(image.digest, unpacking);
    unpacking.catch(() => this.#unpacked.delete(image.digest));
    return unpacking;
  }

  /** A start that listens to nothing is still a start: probes will say so. */
  async #untilListening(port: number, exited: Promise<number>): Promise<void> {
    const { clock } = this.#options;
    const release = clock.hold();
    let ended = false;
    void exited.then(() => {
      ended = true;
    });
    try {
      const deadline = clock.now() + listenDeadlineMs;
      while (!ended && clock.now() < deadline && !(await accepts(port))) {
        await sleep(clock, listenPollMs);
      }
    } finally {
      release();
    }
  }

  #stop(child: ChildProcess, graceMs: number): void {
    if (graceMs === 0) {
      child.kill('SIGKILL');
      return;
    }
    child.kill('SIGTERM');
    const { clock } = this.#options;
    const timer = clock.at(clock.now() + graceMs, () => child.kill('SIGKILL'));
    child.once('exit', () => timer.cancel());
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Kubernetes' `command` replaces the entry point, `args` the image's arguments. */
const commandOf = (
  container: ContainerSpec,
  image: PulledImage,
  root: string,
): { command: readonly string[]; directory: string } => {
  const { Entrypoint, Cmd, WorkingDir } = image.config.config ?? {};
  const entry = container.command ?? Entrypoint ?? [];
  const rest = container.args ?? (container.command ? [] : (Cmd ?? []));
  const command = [...entry, ...rest];
  if (command.length === 0) {
    throw new ImageCommandError(
      `image ${image.digest} has neither Entrypoint nor Cmd; give the container a command`,
    );
  }
  return { command, directory: join(root, WorkingDir ?? '/') };
};

const executable = (
  [program = '', ...args]: readonly string[],
  root: string,
  heapMiB: number,
): { file: string; args: string[] } => {
  const mapped = args.map((arg) => (arg.startsWith('/') ? join(root, arg) : arg));
  if (nodeCommands.has(program)) {
    const small = [`--max-old-space-size=${heapMiB}`, '--max-semi-space-size=2'];
    return { file: process.execPath, args: [...small, ...mapped] };
  }
  if (program.startsWith('/')) return { file: join(root, program), args: mapped };
  throw new ImageCommandError(
    `'${program}' is not run here; an image's command must be node or a file of the image`,
  );
};

const environmentOf = (image: PulledImage): Record<string, string> =>
  Object.fromEntries(
    (image.config.config?.Env ?? []).map((variable) => {
      const at = variable.indexOf('=');
      return [variable.slice(0, at), variable.slice(at + 1)];
    }),
  );

const keptLogs = (child: ChildProcess): (() => string) => {
  let kept = '';
  const keep = (chunk: Buffer) => {
    kept = `${kept}${chunk.toString('utf8')}`.slice(-keptLogBytes);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => kept;
};
