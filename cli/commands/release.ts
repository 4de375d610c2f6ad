import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Command, Option } from 'commander';
import { machineArn } from '../../config/names.ts';
import { Digest } from '../../functions/domain/release.ts';
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
import { awaitExecution, type Ending, untilThere } from '../view/execution.ts';

interface ReleaseOptions extends CommonOptions {
  readonly tag?: string;
  readonly digest?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly waive?: readonly string[];
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
    .option(
      '--waive <check...>',
      'leave a check out, this once: schema or alarm:<name>; needs --reason',
    )
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
      if (options.digest !== undefined && !Digest.safeParse(options.digest).success) {
        throw new CliFailure(`"${options.digest}" is no digest`, {
          details: ['a digest is sha256: and 64 lower-case hexadecimal digits'],
          solution: 'push shows it, as does docker inspect; or name the image by its --tag',
          exitCode: EXIT.usage,
        });
      }
      const session = await open(options);
      knownService(session.configuration, service);
      const executionArn = await start(session, service, options);
      if (options.wait !== true) {
        if (options.json === true) sayJson({ executionArn });
        else say(`started ${executionArn}\nsee it with: slipway status --watch`);
        return;
      }
      const machines = session.connection.machines(session.configuration);
      const ending = await awaitExecution(machines, executionArn);
      report(await ofRelease(session, ending), options);
    });

/** What is carried by another execution already ends with that one: to wait is to wait for the release. */
const ofRelease = async ({ ledger }: Session, ending: Ending): Promise<Ending> => {
  const { releaseId } = ending;
  if (ending.outcome !== 'joined' || releaseId === null) return ending;
  const { outcome, reason } = await untilThere(async () => {
    const record = await ledger.release(releaseId);
    return record?.outcome ? { outcome: record.outcome, reason: record.reason } : null;
  });
  return { ...ending, outcome, reason };
};

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
        ...(options.waive === undefined ? {} : { waive: options.waive }),
      }),
    }),
  );
  return executionArn ?? '';
};

const report = (ending: Ending, options: ReleaseOptions): void => {
  if (options.json === true) sayJson(ending);
  else say(`${ending.outcome}${ending.reason === null ? '' : `: ${ending.reason}`}`);
  process.exitCode = ending.outcome === 'released' ? EXIT.ok : EXIT.failed;
};
