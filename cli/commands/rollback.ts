import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Command } from 'commander';
import { machineArn } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import { targetsOf } from '../../config/targets.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { type CommonOptions, knownService, open, whoAsks, withCommonOptions } from '../options.ts';
import { say, sayJson } from '../print.ts';
import { awaitExecution } from '../view/execution.ts';

interface RollbackOptions extends CommonOptions {
  readonly region?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly wait: boolean;
}

/** `slipway rollback <service> [environment]` */
export const rollbackCommand = (): Command =>
  withCommonOptions(new Command('rollback'))
    .description('puts last good back: while a rollout runs, or after it')
    .argument('<service>', 'a service of the configuration')
    .argument('[environment]', 'where', 'production')
    .option('--region <region>', 'where, if the environment has several (default: the primary)')
    .option('--by <name>', 'who asks', whoAsks())
    .requiredOption('--reason <text>', 'why: it goes into the ledger and into the quarantine')
    .option('--no-wait', 'do not wait for its end')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway rollback checkout --reason "orders fail"\n  slipway rollback checkout staging --reason "wrong build" --json',
    )
    .action(async (service: string, environment: string, options: RollbackOptions) => {
      const { configuration, connection } = await open(options);
      const region = options.region ?? configuration.regions.primary;
      knownService(configuration, service);
      knownTarget(configuration, { service, environment, region });
      const place = {
        account: configuration.pipeline.account,
        region: configuration.regions.primary,
      };
      const client = connection.machines(configuration);
      const { executionArn = '' } = await client.send(
        new StartExecutionCommand({
          stateMachineArn: machineArn(place, 'rollback'),
          input: JSON.stringify({
            service,
            environment,
            region,
            reason: options.reason,
            by: options.by,
          }),
        }),
      );
      if (!options.wait) {
        if (options.json === true) sayJson({ executionArn });
        else say(`started ${executionArn}`);
        return;
      }
      const ending = await awaitExecution(client, executionArn);
      if (options.json === true) sayJson(ending);
      else say(sentence(ending.outcome, ending.reason, `${service} ${environment}`));
      process.exitCode = ['rolledBack', 'nothingToDo', 'joined'].includes(ending.outcome)
        ? EXIT.ok
        : EXIT.failed;
    });

const knownTarget = (
  configuration: Configuration,
  asked: { service: string; environment: string; region: string },
): void => {
  const targets = targetsOf(configuration).filter(({ service }) => service === asked.service);
  const there = targets.some(
    ({ environment, region }) => environment === asked.environment && region === asked.region,
  );
  if (there) return;
  throw new CliFailure(`${asked.service} has no target "${asked.environment} ${asked.region}"`, {
    solution: `choose one of ${targets.map(({ environment, region }) => `${environment} ${region}`).join(', ')}`,
    exitCode: EXIT.usage,
  });
};

const sentence = (outcome: string, reason: string | null, where: string): string => {
  switch (outcome) {
    case 'rolledBack':
      return `${where}: last good serves again, verified (${reason ?? 'no reason recorded'})`;
    case 'nothingToDo':
      return `${where}: nothing was changed: ${reason ?? 'there is nothing to go back to'}`;
    case 'refused':
      return `${where}: nothing was changed: ${reason ?? 'the rollback was refused'}`;
    case 'joined':
      return `${where}: another execution rolls back already${reason === null ? '' : `: ${reason}`}`;
    case 'RollbackRefused':
      return `${where}: nothing was changed: ${reason ?? 'the input was refused'}`;
    default:
      return `${where}: ${outcome}: ${reason ?? ''}\nthe override stays where it is; docs/runbooks/stuck-rollout.md says what to do`;
  }
};
