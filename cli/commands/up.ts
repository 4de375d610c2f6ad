import { Command, InvalidArgumentError } from 'commander';
import { localState } from '../connection.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { seedFirstRelease } from '../laptop/first-release.ts';
import { announce, startLaptop } from '../laptop/laptop.ts';
import { paint, say, sayJson } from '../print.ts';

interface UpOptions {
  readonly config: string;
  readonly port: number;
  readonly speed: number;
  readonly empty?: boolean;
  readonly json?: boolean;
}

/** `slipway up` */
export const upCommand = (): Command =>
  new Command('up')
    .description('starts a local cloud with Slipway deployed, and leaves it running')
    .option('--config <file>', 'the configuration', 'examples/shop/slipway.config.ts')
    .option('--port <number>', 'where it answers', wholeNumber, 4566)
    .option(
      '--speed <factor>',
      'how many times faster than the wall its clock goes while nothing runs',
      factor,
      1,
    )
    .option('--empty', 'no stacks, only the cloud')
    .option('--json', 'machine-readable output')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway up\n  slipway up --speed 60\n  slipway up --port 4600 --empty',
    )
    .action(async (options: UpOptions) => {
      const running = localState();
      if (running !== null) {
        throw new CliFailure(
          `a local cloud is up already, at ${running.endpoint} (process ${running.pid})`,
          {
            solution: 'use that one, or end it first',
            exitCode: EXIT.failed,
          },
        );
      }
      const tell = (step: string): void => {
        if (options.json !== true) say(paint('dim', `  ${step} …`));
      };
      const laptop = await startLaptop({ ...options, empty: options.empty === true, tell });
      const takeBack = announce({
        endpoint: laptop.endpoint,
        pid: process.pid,
        config: options.config,
      });
      if (options.empty !== true) await seedFirstRelease(laptop, '1.0.0', tell);
      const entrances = laptop.entrances.addresses();
      if (options.json === true)
        sayJson({ endpoint: laptop.endpoint, speed: options.speed, entrances });
      else {
        say(paint('bold', `the local cloud answers at ${laptop.endpoint}`));
        for (const { environment, region, host, url } of entrances) {
          say(`  ${environment.padEnd(11)} ${region.padEnd(13)} curl -H 'host: ${host}' ${url}/`);
        }
        say('next: slipway push checkout 1.1.0, then slipway status --watch');
        say('Ctrl-C ends it; nothing is kept');
      }
      await interrupted();
      takeBack();
      await laptop.close();
    });

const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });

const wholeNumber = (text: string): number => {
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
