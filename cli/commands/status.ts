import Table from 'cli-table3';
import { Command } from 'commander';
import { type CommonOptions, open, withCommonOptions } from '../options.ts';
import { nameOf, paint, say, sayJson } from '../print.ts';
import { guardWords, waitingWords } from '../view/attention.ts';
import { look, storiesOf } from '../view/look.ts';
import type { ReleaseStory } from '../view/stages.ts';
import { readStatus, statusJson, type TargetPicture } from '../view/status.ts';
import { clock, sentenceOf } from '../view/story.ts';
import { watch } from '../view/watch.ts';

const LOCAL_LOOK_MS = 500;
/** Looks at AWS cost API calls that others in the account also need. */
const AWS_LOOK_MS = 5_000;

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
        const enough = new AbortController();
        process.once('SIGINT', () => enough.abort());
        process.once('SIGTERM', () => enough.abort());
        await watch(() => look(connection, ledger), {
          json: options.json === true,
          everyMs: connection.endpoint === null ? AWS_LOOK_MS : LOCAL_LOOK_MS,
          signal: enough.signal,
        });
        return;
      }
      const pictures = await readStatus(connection, ledger);
      if (options.json === true) {
        sayJson(statusJson(pictures));
        return;
      }
      say(statusTable(pictures));
      for (const story of await storiesOf(ledger, await ledger.services())) say(newest(story));
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
      ? [`${one.environment} ${one.region} ${one.phase}: ${one.reason}`]
      : [],
  );
  const attention = pictures.flatMap(({ environment, region, guard, waiting }) => [
    ...(waiting === null ? [] : [`${environment} ${region}: ${waitingWords(waiting)}`]),
    ...(guard === null ? [] : [`${environment} ${region}: ${guardWords(guard)}`]),
  ]);
  return [table.toString(), ...why, ...attention].join('\n');
};

/** The newest release of a service in one line: how it ended, or what happened to it last. */
const newest = ({ record, events }: ReleaseStory): string => {
  const name = `newest release: ${record.service} ${record.version ?? ''}`.trim();
  if (record.outcome !== null)
    return `${name}, ${record.outcome}${record.reason === null ? '' : `: ${record.reason}`}`;
  const last = events.at(-1);
  return last === undefined ? name : `${name}, ${clock(last.at)} ${sentenceOf(last)}`;
};

const traffic = ({ ruleArns, weights, overridden }: TargetPicture): string => {
  if (ruleArns === null) return 'one color';
  return `${weights.stable} / ${weights.candidate}${overridden ? ' (override)' : ''}`;
};

const phase = ({ phase: now, refused }: TargetPicture): string => {
  if (now === null) return '—';
  if (refused) return paint('red', 'refused');
  if (now === 'completed') return paint('green', now);
  if (now === 'stuck' || now === 'rollingBack' || now === 'rolledBack') return paint('red', now);
  return paint('yellow', now);
};
