import { Command, InvalidArgumentError, Option } from 'commander';
import { CliFailure, EXIT } from '../failure.ts';
import { say, sayJson } from '../print.ts';
import { recordingOf, settingsOf } from '../view/judge-input.ts';
import { type Answer, answerOf, METHODS, type Method } from '../view/judge-methods.ts';
import { answerText, comparisonText } from '../view/judge-text.ts';

interface JudgeOptions {
  readonly json?: boolean;
  readonly compare?: boolean;
  readonly method: Method;
  readonly [setting: string]: unknown;
}

/** `slipway judge`: replays a recording that comes on standard input. */
export const judgeCommand = (): Command =>
  new Command('judge')
    .description('judge a recording on standard input: a rollout’s ticks, or two samples')
    .addOption(
      new Option('--method <name>', 'how to judge').choices([...METHODS]).default('slipway'),
    )
    .option('--compare', 'all methods beside each other')
    .option('--json', 'machine-readable output')
    .option('--alpha <p>', 'chance of ever condemning an equal candidate (0.001)', number)
    .option('--min-requests <n>', 'ticks: requests the candidate needs to pass (200)', number)
    .option('--error-rate-max <ratio>', 'ticks: a ceiling, however bad stable is', number)
    .option('--direction <which>', 'samples: increase, decrease or either is bad (either)')
    .option('--threshold <n>', 'fixed-threshold: the limit (ticks: 0.01)', number)
    .option('--tolerance <part>', 'mann-whitney: part of the shift to clear (0.25)', number)
    .option('--conf-level <p>', 'mann-whitney: of its interval (0.98)', number)
    .option('--effect-size-thresholds <low,high>', 'mann-whitney: allowed effect (1,1)', pair)
    .option('--critical-thresholds <low,high>', 'mann-whitney: critical effect (1,1)', pair)
    .option('--effect-size-measure <name>', 'mann-whitney: meanRatio or cles (meanRatio)')
    .option('--nan-strategy <name>', 'mann-whitney: remove or replace (remove)')
    .option('--critical', 'mann-whitney: the metric is critical')
    .option('--must-have-data', 'mann-whitney: no data fails the metric')
    .addHelpText(
      'after',
      `
The verdict: pass, fail (roll back), inconclusive (wait), error (the metrics are unknown).

Examples:
  slipway judge --json < incident.json
  echo '{"control":[1,1,1,1],"experiment":[9,8,9,7],"direction":"increase"}' | slipway judge --compare
  slipway judge --method mann-whitney --conf-level 0.95 --json < samples.json`,
    )
    .action(async ({ json, compare, method, ...settings }: JudgeOptions) => {
      const recording = recordingOf(await standardInput());
      const chosen = { ...recording.settings, ...settingsOf(settings) };
      if (compare === true) {
        const answers = Object.fromEntries(
          METHODS.map((each) => [each, answerOf(each, recording, chosen)]),
        ) as Record<Method, Answer>;
        if (json === true) sayJson({ ...answers.slipway, methods: answers });
        else say(comparisonText(answers));
        return;
      }
      const answer = answerOf(method, recording, chosen);
      if (json === true) sayJson(answer);
      else say(answerText(answer));
    });

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('not a number.');
  return value;
};

const pair = (text: string): [number, number] => {
  const [low = '', high = '', ...more] = text.split(',');
  if (more.length > 0) throw new InvalidArgumentError('two numbers, as in 0.8,1.2.');
  return [number(low), number(high)];
};

const standardInput = async (): Promise<string> => {
  if (process.stdin.isTTY) {
    throw new CliFailure('judge reads a recording from standard input', {
      solution: 'slipway judge < recording.json',
      exitCode: EXIT.usage,
    });
  }
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) text += chunk;
  return text;
};
