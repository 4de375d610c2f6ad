import { Command } from 'commander';
import { verifyChain } from '../../functions/domain/chain.ts';
import type { ReleaseRecord } from '../../functions/domain/release.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { type CommonOptions, open, type Session, withCommonOptions } from '../options.ts';
import { paint, say, sayJson } from '../print.ts';
import { clock, storyLines } from '../view/story.ts';

/** `slipway history <release>` */
export const historyCommand = (): Command =>
  withCommonOptions(new Command('history'))
    .description('what happened to a release, from the ledger, its chain verified')
    .argument('<release>', 'a release id, the beginning of one, or a version')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway history 1.2.0\n  slipway history checkout-1a2b3c4d5e6f-789abc --json',
    )
    .action(async (asked: string, options: CommonOptions) => {
      const session = await open(options);
      const record = await find(session, asked);
      const events = await session.ledger.events(record.releaseId);
      const broken = verifyChain(events);
      if (options.json === true) {
        sayJson({ release: record, events, chain: { valid: broken === null, problem: broken } });
      } else {
        say(paint('bold', `${record.service} ${record.version ?? ''} ${record.digest}`));
        say(
          `${record.releaseId}: ${record.outcome ?? record.phase}${record.reason === null ? '' : `, ${record.reason}`}`,
        );
        for (const { event, text } of storyLines(events)) say(`  ${clock(event.at)}  ${text}`);
        say(
          broken === null
            ? `  chain of ${events.length} events: whole`
            : paint('red', `  chain broken: ${broken}`),
        );
      }
      if (broken !== null) process.exitCode = EXIT.failed;
    });

const find = async ({ ledger }: Session, asked: string): Promise<ReleaseRecord> => {
  const services = await ledger.services();
  const all = (await Promise.all(services.map(({ service }) => ledger.releasesOf(service)))).flat();
  const found = all.find(
    ({ releaseId, version }) =>
      releaseId === asked || version === asked || releaseId.startsWith(asked),
  );
  if (found !== undefined) return found;
  throw new CliFailure(`no release "${asked}"`, {
    details: all
      .slice(0, 10)
      .map(
        ({ releaseId, version, outcome }) =>
          `${releaseId} ${version ?? ''} ${outcome ?? 'running'}`,
      ),
    solution: all.length === 0 ? 'there is none yet: push an image' : 'choose one of these',
    exitCode: EXIT.usage,
  });
};
