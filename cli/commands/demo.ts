import { Command } from 'commander';
import { lines, silent, terminal } from '../demo/audiences.ts';
import { type Audience, playStory } from '../demo/story.ts';
import { EXIT } from '../failure.ts';
import { startLaptop } from '../laptop/laptop.ts';
import { SAMPLE } from '../options.ts';
import { paint, say, sayJson } from '../print.ts';
import { factor, rate } from './up.ts';

interface DemoOptions {
  readonly speed: number;
  readonly rate: number;
  readonly json?: boolean;
}

/** Many times what the whole takes: whatever hangs, a script that waits for the end gets one. */
const DEADLINE_MS = 480_000;

/** `slipway demo`: what `npm start` runs. */
export const demoCommand = (): Command =>
  new Command('demo')
    .description(
      'a push becomes a release, a bad one goes back, a vulnerable one is stopped: all on this machine',
    )
    .option(
      '--speed <factor>',
      'how many times faster than the wall the clock goes while nothing runs',
      factor,
      60,
    )
    .option('--rate <requests>', 'users’ requests a second', rate, 300)
    .option('--json', 'one JSON document instead of a picture')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway demo\n  slipway demo --speed 30\n  slipway demo --json',
    )
    .action(async (options: DemoOptions) => {
      const audience = audienceFor(options);
      // Pods are processes of their own: they end when this one exits, not when it is killed.
      process.once('SIGINT', () => process.exit(130));
      process.once('SIGTERM', () => process.exit(143));
      const deadline = setTimeout(giveUp, DEADLINE_MS);
      const laptop = await startLaptop({
        config: SAMPLE,
        port: 0,
        speed: options.speed,
        empty: false,
        first: '1.0.0',
        tell: (step) => audience.step(step),
      });
      try {
        const { result, problems } = await playStory(laptop, audience, options.rate);
        if (options.json === true) {
          sayJson(result);
          for (const problem of problems) process.stderr.write(`${problem}\n`);
        } else {
          say(`\n${result.traffic.total} requests in all, ${result.traffic.failed} failed`);
          say(
            problems.length === 0
              ? paint('green', 'the story went as it should')
              : paint('red', `the story went otherwise: ${problems.join('; ')}`),
          );
          say('next: npx slipway up --speed 60');
          say('and in another terminal: npx slipway push checkout 1.4.0');
        }
        process.exitCode = problems.length === 0 ? EXIT.ok : EXIT.failed;
      } finally {
        await laptop.close();
        clearTimeout(deadline);
      }
    });

const audienceFor = ({ json }: DemoOptions): Audience => {
  if (json === true) return silent();
  return process.stdout.isTTY === true ? terminal() : lines();
};

const giveUp = (): never => {
  process.stderr.write(`error: the story has not ended after ${DEADLINE_MS / 1000} s\n`);
  process.exit(EXIT.failed);
};
