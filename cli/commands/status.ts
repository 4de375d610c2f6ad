import Table from 'cli-table3';
import { Command } from 'commander';
import { type CommonOptions, open, withCommonOptions } from '../options.ts';
import { nameOf, paint, say, sayJson } from '../print.ts';
import { readStatus, statusJson, type TargetPicture } from '../view/status.ts';
import { watch } from '../view/watch.ts';

/** `slipway status [--watch]` */
export const statusCommand = (): Command =>
  withCommonOptions(new Command('status'))
    .description('what is live where, and what moves')
    .option('--watch', 'keep looking, until interrupted')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway status\n  slipway status --watch\n  slipway status --json',
    )
    .action(async (options: CommonOptions & { watch?: boolean }) => {
      const { connection, ledger } = await open(options);
      if (options.watch === true) {
        await watch(() => readStatus(connection, ledger), { json: options.json === true });
        return;
      }
      const pictures = await readStatus(connection, ledger);
      if (options.json === true) sayJson(statusJson(pictures));
      else say(statusTable(pictures));
    });

/** The table that people read. */
export const statusTable = (pictures: readonly TargetPicture[]): string => {
  if (pictures.length === 0)
    return 'no service is registered yet: deploy its stacks (docs/deploy.md)';
  const table = new Table({
    head: ['service', 'environment', 'region', 'live', 'candidate', 'traffic', 'phase'].map(
      (title) => paint('bold', title),
    ),
    style: { head: [], border: [], compact: true },
  });
  for (const one of pictures) {
    table.push([
      one.service,
      one.environment,
      one.region,
      nameOf(one.live),
      nameOf(one.candidate),
      traffic(one),
      phase(one),
    ]);
  }
  const why = pictures.flatMap((one) =>
    one.phase !== null &&
    ['rolledBack', 'rollingBack', 'stuck'].includes(one.phase) &&
    one.reason !== null
      ? [`${one.environment} ${one.region}: ${one.phase} because ${one.reason}`]
      : [],
  );
  return [table.toString(), ...why].join('\n');
};

const traffic = ({ ruleArns, weights, overridden }: TargetPicture): string => {
  if (ruleArns === null) return 'one color';
  return `${weights.stable} / ${weights.candidate}${overridden ? ' (override)' : ''}`;
};

const phase = ({ phase: now }: TargetPicture): string => {
  if (now === null) return '—';
  if (now === 'completed') return paint('green', now);
  if (now === 'stuck' || now === 'rollingBack' || now === 'rolledBack') return paint('red', now);
  return paint('yellow', now);
};
