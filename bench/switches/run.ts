import { parseArgs } from 'node:util';
import { GRACE_SECONDS, switchColors } from './switches.ts';

const HELP = `npm run switches -- [--switches 1000] [--rate 200] [--seed 1]

Moves the local load balancer's weights under real HTTP load, with slow requests under way, and ends the pods of every color that
was left. The exit code is 1 where a request failed. 2: the command was wrong.`;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const numberIn = (text: string, name: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new TypeError(`--${name} must be a whole number above 0, got ${text}`);
};

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        switches: { type: 'string', default: '1000' },
        rate: { type: 'string', default: '200' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      help: values.help,
      switches: numberIn(values.switches, 'switches'),
      requestsPerSecond: numberIn(values.rate, 'rate'),
      seed: numberIn(values.seed, 'seed'),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}\n`);
    process.exit(2);
  }
};

const { help, ...options } = readOptions();
if (help) {
  say(HELP);
} else {
  const result = await switchColors({
    ...options,
    podsPerColor: 3,
    keepSeconds: 6,
    graceSeconds: GRACE_SECONDS,
    speed: 30,
  });
  const lines: [string, number][] = [
    ['switches of weights', result.switches],
    ['pods ended after draining', result.podsStopped],
    ['requests', result.requests],
    ['under way on a color when it lost its last weight', result.underWay],
    ['failed', result.failed],
    ['seconds', Math.round(result.wallSeconds)],
  ];
  for (const [what, figure] of lines) say(`${String(figure).padStart(9)}  ${what}`);
  if (result.skipped > 0)
    say(`${String(result.skipped).padStart(9)}  not sent: too many under way`);
  if (result.failed > 0 || result.skipped > 0) {
    say(`by status: ${JSON.stringify(result.byStatus)}`);
    process.exitCode = 1;
  }
}
