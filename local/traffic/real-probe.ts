import { Agent, request } from 'node:http';
import type { ProbeResult } from './network.ts';

/** Asks one address again and again over one kept connection, as kubelets and load balancers do. */
export class RealProbe {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  readonly #address: { readonly host: string; readonly port: number };

  constructor(address: { readonly host: string; readonly port: number }) {
    this.#address = address;
  }

  ask(path: string, timeoutMs: number): Promise<ProbeResult> {
    return new Promise((resolve) => {
      const asked = request({ ...this.#address, path, agent: this.#agent, timeout: timeoutMs });
      asked.on('response', (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 'refused'));
        response.on('error', () => resolve('refused'));
      });
      asked.on('timeout', () => {
        resolve('timeout');
        asked.destroy();
      });
      asked.on('error', () => resolve('refused'));
      asked.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
