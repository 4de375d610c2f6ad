import { existsSync, readFileSync, rmSync } from 'node:fs';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Configuration } from '../config/schema.ts';
import { CliFailure, EXIT } from './failure.ts';

/** Where `slipway up` says where it is. */
export const STATE_FILE = '.slipway/local.json';

export interface LocalState {
  readonly endpoint: string;
  readonly pid: number;
  readonly config: string;
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** AWS, or a local cloud at an address: the commands do not know which. */
export class Connection {
  /** Null: AWS itself. */
  readonly endpoint: string | null;
  /** The role that a person takes in the targets' accounts; none: the credentials as they are. */
  readonly role: string | null;

  constructor(endpoint: string | null, role: string | null = null) {
    this.endpoint = endpoint;
    this.role = role;
  }

  ledger(configuration: Configuration): DynamoDBClient {
    return new DynamoDBClient(this.#settings(homeOf(configuration)));
  }

  machines(configuration: Configuration): SFNClient {
    return new SFNClient(this.#settings(homeOf(configuration)));
  }

  registry(configuration: Configuration): ECRClient {
    return new ECRClient(this.#settings(homeOf(configuration)));
  }

  async loadBalancers(place: Place): Promise<ElasticLoadBalancingV2Client> {
    return new ElasticLoadBalancingV2Client(await this.#settingsOfTarget(place));
  }

  async alarms(place: Place): Promise<CloudWatchClient> {
    return new CloudWatchClient(await this.#settingsOfTarget(place));
  }

  #settings(place: Place) {
    if (this.endpoint === null) return { region: place.region };
    return {
      region: place.region,
      endpoint: this.endpoint,
      // The local cloud takes an account id for a key: it says which account is meant.
      credentials: { accessKeyId: place.account, secretAccessKey: 'local' },
      maxAttempts: 2,
    };
  }

  async #settingsOfTarget(place: Place) {
    if (this.endpoint !== null || this.role === null) return this.#settings(place);
    const { Credentials } = await new STSClient({ region: place.region }).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${place.account}:role/${this.role}`,
        RoleSessionName: 'slipway',
      }),
    );
    return {
      region: place.region,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        ...(Credentials?.SessionToken === undefined
          ? {}
          : { sessionToken: Credentials.SessionToken }),
      },
    };
  }
}

const homeOf = (configuration: Configuration): Place => ({
  account: configuration.pipeline.account,
  region: configuration.regions.primary,
});

/** The endpoint asked for, else the local cloud that is up, else AWS. */
export const connect = (options: {
  endpoint?: string | undefined;
  role?: string | undefined;
}): Connection => {
  if (options.endpoint !== undefined) {
    if (!URL.canParse(options.endpoint)) {
      throw new CliFailure(`--endpoint must be an address, got "${options.endpoint}"`, {
        solution: 'for example --endpoint http://127.0.0.1:4566',
        exitCode: EXIT.usage,
      });
    }
    return new Connection(options.endpoint);
  }
  return new Connection(localState()?.endpoint ?? null, options.role ?? null);
};

/** What is written of a local cloud that still runs. */
export const localState = (): LocalState | null => {
  if (!existsSync(STATE_FILE)) return null;
  const state = JSON.parse(readFileSync(STATE_FILE, 'utf8')) as LocalState;
  try {
    process.kill(state.pid, 0);
    return state;
  } catch {
    rmSync(STATE_FILE, { force: true });
    return null;
  }
};
