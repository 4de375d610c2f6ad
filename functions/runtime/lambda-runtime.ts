import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientConfiguration, Runtime } from './runtime.ts';

/** Credentials of assumed roles change every hour; older clients are let go. */
const CLIENTS_MAX = 64;

type ClientClass = new (configuration: ClientConfiguration) => unknown;

const keyOf = ({ region, credentials, maxAttempts }: ClientConfiguration): string =>
  [region ?? '', credentials?.accessKeyId ?? '', maxAttempts ?? ''].join('|');

/** Keeps clients across invocations, so that their connections stay open. */
const cachedClients = () => {
  const byClass = new Map<ClientClass, Map<string, unknown>>();
  return <C>(
    Client: new (configuration: ClientConfiguration) => C,
    configuration: ClientConfiguration,
  ): C => {
    const clients = byClass.get(Client) ?? new Map<string, unknown>();
    byClass.set(Client, clients);
    const key = keyOf(configuration);
    const known = clients.get(key);
    if (known !== undefined) return known as C;
    if (clients.size >= CLIENTS_MAX) {
      const [oldest] = clients.keys();
      if (oldest !== undefined) clients.delete(oldest);
    }
    const client = new Client({
      ...configuration,
      // A call without a limit would eat the function's own time and end it without a recorded state.
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000 },
    } as ClientConfiguration);
    clients.set(key, client);
    return client;
  };
};

const makeRuntime = (): Runtime => ({
  env: process.env,
  now: () => Date.now(),
  sleep: (milliseconds) => wait(milliseconds),
  uuid: () => randomUUID(),
  random: () => Math.random(),
  client: cachedClients(),
  fetch: (...request) => globalThis.fetch(...request),
  write: (line) => {
    process.stdout.write(`${line}\n`);
  },
});

let runtime: Runtime | undefined;

/** The runtime of a Lambda process: its environment, its clock, real clients. */
export const lambdaRuntime = (): Runtime => {
  runtime ??= makeRuntime();
  return runtime;
};
