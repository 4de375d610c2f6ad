import { Command } from 'commander';
import { verifyChain } from '../../functions/domain/chain.ts';
import { EXIT } from '../failure.ts';
import { findRelease } from '../find-release.ts';
import { type CommonOptions, open, withCommonOptions } from '../options.ts';
import { paint, say, sayJson } from '../print.ts';
import { clock, storyLines } from '../view/story.ts';

/** `slipway history <release>` */
export const historyCommand = (): Command =>
  withCommonOptions(new Command('history'))
    .description('what happened to a release, from the ledger, its chain verified')
    .argument('<release>', 'a release id, the beginning of one, a version or a digest')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway history 1.2.0\n  slipway history checkout-1a2b3c4d5e6f-789abc --json',
    )
    .action(async (asked: string, options: CommonOptions) => {
      const session = await open(options);
      const record = await findRelease(session, asked);
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
