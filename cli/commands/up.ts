import { Command, InvalidArgumentError } from 'commander';
import { targetsOf } from '../../config/targets.ts';
import { localState } from '../connection.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { announce, type Laptop, startLaptop } from '../laptop/laptop.ts';
import { Users } from '../laptop/users.ts';
import { SAMPLE } from '../options.ts';
import { paint, say, sayJson } from '../print.ts';
import { named } from '../standing.ts';

interface UpOptions {
  readonly config?: string;
  readonly port: number;
  readonly speed: number;
  readonly rate?: number;
  readonly empty?: boolean;
  readonly json?: boolean;
}

/** Requests a second for each second of the cloud's clock: enough that every step of the sample has evidence. */
const USERS_PER_SPEED = 5;
const USERS_MAX = 300;

/** `slipway up` */
export const upCommand = (): Command =>
  new Command('up')
    .description('starts a local cloud with Slipway deployed, and leaves it running')
    .option('--config <file>', `the configuration (default: "${SAMPLE}")`)
    .option('--port <number>', 'where it answers; 0 takes any that is free', portNumber, 4566)
    .option(
      '--speed <factor>',
      'how many times faster than the wall its clock goes while nothing runs',
      factor,
      1,
    )
    .option(
      '--rate <requests>',
      `users’ requests a second to production (default: ${USERS_PER_SPEED} times the speed, at most ${USERS_MAX}; 0: no users, so no evidence to shift by)`,
      rate,
    )
    .option('--empty', 'no stacks, only the cloud')
    .option('--json', 'machine-readable output')
    .addHelpText(
      'after',
      `
Its services answer at one address, as AWS does; GET /_slipway/health answers 200 once it is deployed.

Examples:
  slipway up
  slipway up --speed 60
  slipway up --port 4600 --empty`,
    )
    .action(async (options: UpOptions) => {
      const running = localState();
      if (running !== null) {
        throw new CliFailure(
          `a local cloud is up already, at ${running.endpoint} (process ${running.pid})`,
          { solution: 'use that one, or end it first with Ctrl-C in its terminal' },
        );
      }
      const enough = interrupted();
      const config = options.config === undefined ? SAMPLE : named(options.config);
      const empty = options.empty === true;
      const tell = (step: string): void => {
        if (options.json !== true) say(paint('dim', `  ${step} …`));
      };
      const starting = startLaptop({ ...options, config, empty, first: '1.0.0', tell });
      const laptop = await Promise.race([starting, enough]);
      // Interrupted before it was up: what has been started ends with the process.
      if (laptop === undefined) process.exit(EXIT.failed);
      const takeBack = announce({ endpoint: laptop.endpoint, pid: process.pid, config });
      const users = empty ? [] : usersOf(laptop, options);
      for (const one of users) one.start();
      if (options.json === true) sayJson(whereItIs(laptop, options));
      else for (const line of welcome(laptop, empty)) say(line);
      await enough;
      takeBack();
      await Promise.all(users.map((one) => one.stop()));
      await laptop.close();
      if (options.json !== true) say('ended; nothing is kept');
    });

const whereItIs = (laptop: Laptop, { speed }: UpOptions) => ({
  endpoint: laptop.endpoint,
  pid: process.pid,
  speed,
  entrances: laptop.entrances.addresses(),
});

const welcome = (laptop: Laptop, empty: boolean): string[] => [
  paint('bold', `the local cloud answers at ${laptop.endpoint}`),
  ...laptop.entrances
    .addresses()
    .map(
      ({ environment, region, host, url }) =>
        `  ${environment.padEnd(11)} ${region.padEnd(13)} curl -H 'host: ${host}' ${url}/`,
    ),
  empty
    ? 'next: any AWS SDK or the AWS CLI with that endpoint'
    : 'next, in another terminal: npx slipway push checkout 1.1.0, then npx slipway status --watch',
  'Ctrl-C ends it; nothing is kept',
];

/** Users of every target whose rollouts decide by what users get. */
const usersOf = (laptop: Laptop, { speed, rate: asked }: UpOptions): Users[] => {
  const requestsPerSecond = asked ?? Math.min(USERS_MAX, USERS_PER_SPEED * speed);
  if (requestsPerSecond === 0) return [];
  const served = targetsOf(laptop.configuration).filter(
    ({ colors, servesUsers }) => colors === 2 && servesUsers,
  );
  return laptop.entrances
    .addresses()
    .filter((entrance) =>
      served.some(
        ({ environment, region, settings }) =>
          environment === entrance.environment &&
          region === entrance.region &&
          settings.route.hosts.includes(entrance.host),
      ),
    )
    .map(({ port, host }) => new Users({ port, host, requestsPerSecond, clock: laptop.clock }));
};

const interrupted = (): Promise<undefined> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve(undefined));
    process.once('SIGTERM', () => resolve(undefined));
  });

const portNumber = (text: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new InvalidArgumentError('a port is a whole number from 0 to 65535');
};

/** A speed as people write it. */
export const factor = (text: string): number => {
  const speed = Number(text);
  if (Number.isFinite(speed) && speed >= 1 && speed <= 10_000) return speed;
  throw new InvalidArgumentError('a speed is a number from 1 to 10000');
};

/** Requests a second as people write them; 0: none. */
export const rate = (text: string): number => {
  const requests = Number(text);
  if (text.trim() !== '' && Number.isFinite(requests) && requests >= 0 && requests <= 2000)
    return requests;
  throw new InvalidArgumentError('a rate is a number from 0 to 2000');
};
