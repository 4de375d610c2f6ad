import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { loadConfiguration } from '../config/load.ts';
import type { Configuration } from '../config/schema.ts';
import { type Connection, connect, localState } from './connection.ts';
import { CliFailure, EXIT } from './failure.ts';
import { named } from './standing.ts';
import { LedgerView } from './view/ledger.ts';

/** What every command that reads or changes something takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly endpoint?: string;
  readonly role?: string;
  readonly json?: boolean;
}

/** The configuration of the sample. */
export const SAMPLE = 'examples/shop/slipway.config.ts';

/** Adds the options that the commands share. */
export const withCommonOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--config <file>',
        'the configuration (default: that of the local cloud that is up, else the sample)',
      ),
    )
    .addOption(
      new Option('--endpoint <url>', 'a local cloud (default: the one that is up, else AWS)'),
    )
    .addOption(new Option('--role <name>', 'on AWS: the role to take in the targets’ accounts'))
    .addOption(new Option('--json', 'machine-readable output'));

/** Configuration, connection and ledger of one command. */
export interface Session {
  readonly configuration: Configuration;
  readonly connection: Connection;
  readonly ledger: LedgerView;
}

/** Opens what a command works on. */
export const open = async (options: CommonOptions): Promise<Session> => {
  const configuration = await loadConfiguration(configFile(options));
  const connection = connect(options);
  await connection.check();
  return { configuration, connection, ledger: new LedgerView(connection.ledger(configuration)) };
};

/** The configuration file that is meant. */
export const configFile = (options: { config?: string }): string =>
  options.config === undefined ? (localState()?.config ?? SAMPLE) : named(options.config);

/** Who types, as the ledger will say. */
export const whoAsks = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
};

/** The settings of a service that a person named. */
export const knownService = (
  { services }: Configuration,
  service: string,
): Configuration['services'][string] => {
  const settings = services[service];
  if (settings !== undefined) return settings;
  throw new CliFailure(`there is no service "${service}"`, {
    solution: `choose one of ${Object.keys(services).join(', ')}`,
    exitCode: EXIT.usage,
  });
};
