import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Command, Option } from 'commander';
import { machineArn } from '../../config/names.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { type CommonOptions, open, type Session, whoAsks, withCommonOptions } from '../options.ts';
import { say, sayJson } from '../print.ts';
import { awaitExecution, type Ending } from '../view/execution.ts';

interface ReleaseOptions extends CommonOptions {
  readonly tag?: string;
  readonly digest?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly wait?: boolean;
}

/** `slipway release <service> --tag 1.4.0` */
export const releaseCommand = (): Command =>
  withCommonOptions(new Command('release'))
    .description('starts a release by hand, of an image that is in the registry')
    .argument('<service>', 'a service of the configuration')
    .addOption(new Option('--tag <tag>', 'the image, by a tag that it has now').conflicts('digest'))
    .option('--digest <digest>', 'the image, by its digest')
    .option('--by <name>', 'who asks', whoAsks())
    .option('--reason <text>', 'why')
    .option('--wait', 'until it has ended')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway release checkout --tag 1.4.0 --reason "missed event"\n  slipway release checkout --digest sha256:… --wait --json',
    )
    .action(async (service: string, options: ReleaseOptions) => {
      if (options.tag === undefined && options.digest === undefined) {
        throw new CliFailure('which image? neither --tag nor --digest was given', {
          solution: 'for example: slipway release checkout --tag 1.4.0',
          exitCode: EXIT.usage,
        });
      }
      const session = await open(options);
      const executionArn = await start(session, service, options);
      if (options.wait !== true) {
        if (options.json === true) sayJson({ executionArn });
        else say(`started ${executionArn}\nsee it with: slipway status --watch`);
        return;
      }
      report(
        await awaitExecution(session.connection.machines(session.configuration), executionArn),
        options,
      );
    });

const start = async (
  session: Session,
  service: string,
  options: ReleaseOptions,
): Promise<string> => {
  const { configuration, connection } = session;
  const place = { account: configuration.pipeline.account, region: configuration.regions.primary };
  const { executionArn } = await connection.machines(configuration).send(
    new StartExecutionCommand({
      stateMachineArn: machineArn(place, 'release'),
      input: JSON.stringify({
        service,
        ...(options.tag === undefined ? {} : { tag: options.tag }),
        ...(options.digest === undefined ? {} : { digest: options.digest }),
        startedBy: options.by,
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      }),
    }),
  );
  return executionArn ?? '';
};

const report = (ending: Ending, options: ReleaseOptions): void => {
  if (options.json === true) sayJson(ending);
  else say(`${ending.outcome}${ending.reason === null ? '' : `: ${ending.reason}`}`);
  process.exitCode =
    ending.outcome === 'released' || ending.outcome === 'joined' ? EXIT.ok : EXIT.failed;
};
