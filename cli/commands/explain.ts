import { Command } from 'commander';
import { verifyChain } from '../../functions/domain/chain.ts';
import { EXIT } from '../failure.ts';
import { findRelease } from '../find-release.ts';
import { type CommonOptions, open, withCommonOptions } from '../options.ts';
import { paint, say, sayJson } from '../print.ts';
import { explain } from '../view/explain.ts';
import { explanationText } from '../view/explain-text.ts';

/** `slipway explain <release>` */
export const explainCommand = (): Command =>
  withCommonOptions(new Command('explain'))
    .description('what happened to a release and why, with the evidence, and what to do next')
    .argument('<release>', 'a release id, the beginning of one, a version or a digest')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway explain 1.2.0\n  slipway explain sha256:… --json\n\nslipway history lists the same events one by one.',
    )
    .action(async (asked: string, options: CommonOptions) => {
      const session = await open(options);
      const record = await findRelease(session, asked);
      const [events, now] = await Promise.all([
        session.ledger.events(record.releaseId),
        session.connection.now(),
      ]);
      const broken = verifyChain(events);
      const story = explain(record, events, now);
      if (options.json === true)
        sayJson({ ...story, chain: { valid: broken === null, problem: broken } });
      else {
        say(explanationText(story));
        if (broken !== null)
          say(`\n${paint('red', `do not rely on it, the chain is broken: ${broken}`)}`);
      }
      if (broken !== null) process.exitCode = EXIT.failed;
    });
