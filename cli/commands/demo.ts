import { Command, InvalidArgumentError } from 'commander';
import { lines, silent, terminal } from '../demo/audiences.ts';
import { type Audience, playStory } from '../demo/story.ts';
import { EXIT } from '../failure.ts';
import { startLaptop } from '../laptop/laptop.ts';
import { paint, say, sayJson } from '../print.ts';
import { factor } from './up.ts';

interface DemoOptions {
  readonly speed: number;
  readonly rate: number;
  readonly json?: boolean;
}

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
      const laptop = await startLaptop({
        config: 'examples/shop/slipway.config.ts',
        port: 0,
        speed: options.speed,
        empty: false,
        tell: (step) => audience.step(step),
      });
      try {
        const { result, problems } = await playStory(laptop, audience, options.rate);
        if (options.json === true) sayJson(result);
        else {
          say(`\n${result.traffic.total} requests in all, ${result.traffic.failed} failed`);
          say(
            problems.length === 0
              ? paint('green', 'the story went as it should')
              : paint('red', `the story went otherwise: ${problems.join('; ')}`),
          );
          say('next: npx slipway up, then npx slipway push checkout 1.4.0');
        }
        process.exitCode = problems.length === 0 ? EXIT.ok : EXIT.failed;
      } finally {
        await laptop.close();
      }
    });

const audienceFor = ({ json }: DemoOptions): Audience => {
  if (json === true) return silent();
  return process.stdout.isTTY === true ? terminal() : lines();
};

const rate = (text: string): number => {
  const requests = Number(text);
  if (Number.isFinite(requests) && requests > 0 && requests <= 2000) return requests;
  throw new InvalidArgumentError('a rate is a number up to 2000');
};
