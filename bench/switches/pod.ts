import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../local/clock/clock.ts';
import type { Workload } from '../../local/traffic/network.ts';

/** One pod in this process: a real HTTP server with fast and slow answers, which ends as Kubernetes ends a pod. */
export class Pod {
  readonly ip: string;
  readonly #version: string;
  readonly #clock: Clock;
  readonly #server: Server;
  #ready = true;

  constructor(at: { readonly ip: string; readonly version: string; readonly clock: Clock }) {
    this.ip = at.ip;
    this.#version = at.version;
    this.#clock = at.clock;
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
      incoming.resume();
      this.#answer(outgoing, Number(/^\/slow\/(\d+)/.exec(incoming.url ?? '')?.[1] ?? 0));
    });
  }

  /** Listens; answers as what others reach it. */
  async start(): Promise<Workload> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return {
      labels: {},
      version: this.#version,
      address: { host: '127.0.0.1', port },
      probe: () => (this.#ready ? 200 : 'refused'),
    };
  }

  /** The signal: no new connection, and what is under way may end. */
  signal(): void {
    this.#ready = false;
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** The grace is over. */
  kill(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Slow answers last seconds of the clock, as everything else here does. */
  #answer(outgoing: ServerResponse, seconds: number): void {
    const end = () => {
      outgoing.writeHead(200, { 'x-version': this.#version, 'content-type': 'text/plain' });
      outgoing.end(`${this.#version}\n`);
    };
    if (seconds === 0) end();
    else this.#clock.at(this.#clock.now() + seconds * 1000, end);
  }
}
