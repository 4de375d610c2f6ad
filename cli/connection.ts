import { existsSync, readFileSync, rmSync } from 'node:fs';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { z } from 'zod';
import type { Configuration } from '../config/schema.ts';
import { CliFailure, EXIT } from './failure.ts';

/** Where `slipway up` says where it is. */
export const STATE_FILE = '.slipway/local.json';

const LocalState = z.object({ endpoint: z.url(), pid: z.int(), config: z.string() });
export type LocalState = z.infer<typeof LocalState>;

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A person waits: what has not answered by then will not. */
const ANSWER_MS = { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true };
const HEALTH_MS = 5_000;

/** AWS, or a local cloud at an address: the commands do not know which. */
export class Connection {
  /** Null: AWS itself. */
  readonly endpoint: string | null;
  /** The role that a person takes in the targets' accounts; none: the credentials as they are. */
  readonly role: string | null;
  readonly #clients = new Map<string, unknown>();

  constructor(endpoint: string | null, role: string | null = null) {
    this.endpoint = endpoint;
    this.role = role;
  }

  ledger(configuration: Configuration): DynamoDBClient {
    const home = homeOf(configuration);
    return this.#once('ledger', home, () => new DynamoDBClient(this.#settings(home)));
  }

  machines(configuration: Configuration): SFNClient {
    const home = homeOf(configuration);
    return this.#once('machines', home, () => new SFNClient(this.#settings(home)));
  }

  registry(configuration: Configuration): ECRClient {
    const home = homeOf(configuration);
    return this.#once('registry', home, () => new ECRClient(this.#settings(home)));
  }

  functions(configuration: Configuration): LambdaClient {
    const home = homeOf(configuration);
    return this.#once('functions', home, () => new LambdaClient(this.#settings(home)));
  }

  async loadBalancers(place: Place): Promise<ElasticLoadBalancingV2Client> {
    return this.#once(
      'loadBalancers',
      place,
      () => new ElasticLoadBalancingV2Client(this.#settingsOfTarget(place)),
    );
  }

  async metrics(place: Place): Promise<CloudWatchClient> {
    return this.#once('metrics', place, () => new CloudWatchClient(this.#settingsOfTarget(place)));
  }

  /**
   * Asks a local cloud whether it is there and deployed; of AWS nothing is asked.
   * @throws CliFailure that says what is there instead
   */
  async check(): Promise<void> {
    if (this.endpoint === null) return;
    const { state } = await healthOf(this.endpoint);
    if (state === 'ready') return;
    throw new CliFailure(
      {
        none: `nothing answers at ${this.endpoint}`,
        other: `what answers at ${this.endpoint} is not a local cloud of Slipway`,
        deploying: `the local cloud at ${this.endpoint} is still deploying`,
      }[state],
      {
        solution:
          state === 'deploying'
            ? 'try again in a moment: GET /_slipway/health answers 200 once it is ready'
            : 'start a local cloud with "slipway up", or give its address with --endpoint',
        exitCode: EXIT.unreachable,
      },
    );
  }

  /** The time there: a local cloud may be ahead of the wall. */
  async now(): Promise<number> {
    if (this.endpoint === null) return Date.now();
    const { now } = await healthOf(this.endpoint);
    return now ?? Date.now();
  }

  /** A client keeps its connections, so there is one of each. */
  #once<T>(what: string, { account, region }: Place, make: () => T): T {
    const key = `${what} ${account} ${region}`;
    const client = (this.#clients.get(key) as T | undefined) ?? make();
    this.#clients.set(key, client);
    return client;
  }

  #settings(place: Place) {
    if (this.endpoint === null) return { region: place.region };
    return {
      region: place.region,
      endpoint: this.endpoint,
      // The local cloud takes an account id for a key: it says which account is meant.
      credentials: { accessKeyId: place.account, secretAccessKey: 'local' },
      maxAttempts: 2,
      requestHandler: ANSWER_MS,
    };
  }

  #settingsOfTarget(place: Place) {
    const { role } = this;
    if (this.endpoint !== null || role === null) return this.#settings(place);
    return { region: place.region, credentials: () => assume(place, role) };
  }
}

/** Taken again whenever it has expired: the client asks. */
const assume = async ({ account, region }: Place, role: string) => {
  const { Credentials } = await new STSClient({ region }).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/${role}`,
      RoleSessionName: 'slipway',
    }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    ...(Credentials?.SessionToken === undefined ? {} : { sessionToken: Credentials.SessionToken }),
    ...(Credentials?.Expiration === undefined ? {} : { expiration: Credentials.Expiration }),
  };
};

const homeOf = (configuration: Configuration): Place => ({
  account: configuration.pipeline.account,
  region: configuration.regions.primary,
});

interface Health {
  readonly state: 'ready' | 'deploying' | 'other' | 'none';
  readonly now: number | null;
}

const Said = z.object({ ready: z.boolean(), now: z.iso.datetime() });

const healthOf = async (endpoint: string): Promise<Health> => {
  try {
    const answer = await fetch(new URL('/_slipway/health', endpoint), {
      signal: AbortSignal.timeout(HEALTH_MS),
    });
    const said = Said.safeParse(await answer.json().catch(() => null));
    if (!said.success) return { state: 'other', now: null };
    const { ready, now } = said.data;
    return { state: ready ? 'ready' : 'deploying', now: Date.parse(now) };
  } catch {
    return { state: 'none', now: null };
  }
};

/** The endpoint asked for, else the local cloud that is up, else AWS. */
export const connect = (options: {
  endpoint?: string | undefined;
  role?: string | undefined;
}): Connection => {
  const { endpoint, role } = options;
  if (endpoint === undefined) return new Connection(localState()?.endpoint ?? null, role ?? null);
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new CliFailure(`--endpoint must be an http address, got "${endpoint}"`, {
      solution: 'for example --endpoint http://127.0.0.1:4566',
      exitCode: EXIT.usage,
    });
  }
  return new Connection(endpoint);
};

/** What is written of a local cloud that still runs; what a dead one left is taken away. */
export const localState = (): LocalState | null => {
  if (!existsSync(STATE_FILE)) return null;
  const state = LocalState.safeParse(parsed(readFileSync(STATE_FILE, 'utf8')));
  if (state.success && alive(state.data.pid)) return state.data;
  rmSync(STATE_FILE, { force: true });
  return null;
};

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
