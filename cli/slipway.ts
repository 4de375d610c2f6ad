import { asFailure, EXIT, failurePage } from './failure.ts';
import { run } from './program.ts';
import { standInRoot } from './standing.ts';

const LINGER_MS = 2_000;

// Whoever reads us may stop reading: `slipway status --watch | head -1`.
process.stdout.on('error', () => process.exit(EXIT.ok));
// What nobody waited for must not end as a stack trace either.
const giveUp = (error: unknown): void => {
  process.stderr.write(failurePage(asFailure(error)));
  process.exit(EXIT.failed);
};
process.on('uncaughtException', giveUp);
process.on('unhandledRejection', giveUp);

standInRoot();
process.exitCode = await run(process.argv);
// A connection that somebody keeps open must not keep a finished command.
setTimeout(() => process.exit(), LINGER_MS).unref();
