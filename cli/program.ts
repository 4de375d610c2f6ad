import { Command, CommanderError } from 'commander';
import { demoCommand } from './commands/demo.ts';
import { diffCommand } from './commands/diff.ts';
import { explainCommand } from './commands/explain.ts';
import { historyCommand } from './commands/history.ts';
import { judgeCommand } from './commands/judge.ts';
import { pushCommand } from './commands/push.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { releaseCommand } from './commands/release.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { validateCommand } from './commands/validate.ts';
import { asFailure, EXIT, failurePage } from './failure.ts';

const program = (): Command =>
  new Command('slipway')
    .description(
      'Takes a pushed container image to Kubernetes in two AWS Regions by safe rollouts, and back where it hurts.',
    )
    .addCommand(demoCommand())
    .addCommand(upCommand())
    .addCommand(pushCommand())
    .addCommand(releaseCommand())
    .addCommand(statusCommand())
    .addCommand(historyCommand())
    .addCommand(diffCommand())
    .addCommand(rollbackCommand())
    .addCommand(quarantineCommand())
    .addCommand(explainCommand())
    .addCommand(validateCommand())
    .addCommand(judgeCommand())
    .addHelpText(
      'after',
      `
Examples:
  slipway demo                         watch a push become a release, and a bad one go back
  slipway up                           start a local cloud and leave it running
  slipway push checkout 1.1.0          push the sample's version 1.1.0 to it
  slipway status --watch               see it move
  slipway rollback checkout --reason "orders fail"
  slipway explain 1.2.0                what happened to it and why, and what to do next

Exit codes: 0 done, 1 it did not end as it should, 2 the call was wrong, 3 nothing could be reached.`,
    )
    .showHelpAfterError('(slipway --help shows what there is)');

/** Runs one command line; answers the exit code. Failures are pages for people, or JSON where JSON was asked for. */
export const run = async (argv: readonly string[]): Promise<number> => {
  const root = program();
  process.exitCode = undefined;
  for (const command of [root, ...root.commands]) command.exitOverride();
  try {
    await root.parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure = asFailure(error);
    if (argv.includes('--json')) {
      const { message, details, solution } = failure;
      process.stdout.write(`${JSON.stringify({ error: { message, details, solution } })}\n`);
    } else {
      process.stderr.write(failurePage(failure));
    }
    return failure.exitCode;
  }
};
