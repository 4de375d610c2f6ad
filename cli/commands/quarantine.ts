import { InvokeCommand } from '@aws-sdk/client-lambda';
import { Command } from 'commander';
import { z } from 'zod';
import { names } from '../../config/names.ts';
import { CliFailure, EXIT } from '../failure.ts';
import {
  type CommonOptions,
  knownService,
  open,
  type Session,
  whoAsks,
  withCommonOptions,
} from '../options.ts';
import { say, sayJson } from '../print.ts';
import { quarantineRows, quarantineTable } from '../view/quarantine.ts';

interface ListOptions extends CommonOptions {
  readonly service?: string;
  readonly all?: boolean;
}

interface LiftOptions extends CommonOptions {
  readonly service: string;
  readonly reason: string;
  readonly by?: string;
}

/** `slipway quarantine list|lift` */
export const quarantineCommand = (): Command =>
  new Command('quarantine')
    .description(
      'pairs of image and configuration that were rolled back, and their release from it',
    )
    .addCommand(listCommand())
    .addCommand(liftCommand());

const listCommand = (): Command =>
  withCommonOptions(new Command('list'))
    .description('what may not be released again, since when and why')
    .option('--service <service>', 'only of this service')
    .option('--all', 'those that were lifted too')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway quarantine list\n  slipway quarantine list --service checkout --all --json',
    )
    .action(async (options: ListOptions) => {
      const { configuration, ledger } = await open(options);
      if (options.service !== undefined) knownService(configuration, options.service);
      const records = await ledger.quarantines(options.service ?? null);
      const rows = quarantineRows(records).filter(
        ({ lifted }) => options.all === true || lifted === null,
      );
      if (options.json === true) sayJson({ quarantines: rows });
      else say(quarantineTable(rows));
    });

const liftCommand = (): Command =>
  withCommonOptions(new Command('lift'))
    .description('lets a pair be released again; it is recorded who said so and why')
    .argument('<release>', 'a release id, a version or a digest')
    .requiredOption('--service <service>', 'whose')
    .requiredOption('--reason <text>', 'why it may: it goes into the ledger')
    .option('--by <name>', 'who says so', whoAsks())
    .addHelpText(
      'after',
      '\nExamples:\n  slipway quarantine lift 1.4.0 --service checkout --reason "it was the database"',
    )
    .action(async (pair: string, options: LiftOptions) => {
      if (options.reason.trim() === '') {
        throw new CliFailure('why? --reason is empty', {
          solution: 'say what has changed since it was rolled back: the next person reads it',
          exitCode: EXIT.usage,
        });
      }
      const session = await open(options);
      knownService(session.configuration, options.service);
      const lifted = await lift(session, pair, options);
      if (options.json === true) sayJson(lifted);
      else {
        say(`${lifted.releaseId} is out of quarantine since ${lifted.liftedAt}`);
        say(
          `release it with: slipway release ${options.service} --digest ${lifted.digest} --reason …`,
        );
      }
    });

const Lifted = z.object({
  releaseId: z.string(),
  service: z.string(),
  digest: z.string(),
  configDigest: z.string(),
  liftedAt: z.string(),
});
const Refused = z.object({ errorType: z.string(), errorMessage: z.string() });

/** The act is the pipeline's; whether the caller may ask for it is IAM's. */
const lift = async (
  { configuration, connection }: Session,
  pair: string,
  { service, reason, by }: LiftOptions,
): Promise<z.output<typeof Lifted>> => {
  const { Payload, FunctionError } = await connection.functions(configuration).send(
    new InvokeCommand({
      FunctionName: names.handler('lift-quarantine'),
      Payload: Buffer.from(JSON.stringify({ service, pair, reason, by })),
    }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || 'null');
  if (FunctionError === undefined) return Lifted.parse(answer);
  const said = Refused.safeParse(answer).data;
  const refused = said?.errorType === 'InputRefused' || said?.errorType === 'ReleaseRefused';
  throw new CliFailure(said?.errorMessage ?? 'the quarantine could not be lifted', {
    solution: refused
      ? 'slipway quarantine list shows what is in quarantine'
      : `look at the log group /aws/lambda/${names.handler('lift-quarantine')}`,
    exitCode: refused ? EXIT.usage : EXIT.failed,
  });
};
