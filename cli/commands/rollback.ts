import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Command } from 'commander';
import { machineArn } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import { targetsOf } from '../../config/targets.ts';
import { earlierReleases } from '../../functions/domain/earlier.ts';
import type { RolloutRecord } from '../../functions/domain/rollout.ts';
import { targetId } from '../../functions/domain/target.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { type CommonOptions, knownService, open, whoAsks, withCommonOptions } from '../options.ts';
import { nameOf, say, sayJson, shortDigest } from '../print.ts';
import { awaitExecution, type Ending } from '../view/execution.ts';
import type { LedgerView } from '../view/ledger.ts';

interface RollbackOptions extends CommonOptions {
  readonly region?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly to?: string;
  readonly wait: boolean;
}

/** `slipway rollback <service> [environment]` */
export const rollbackCommand = (): Command =>
  withCommonOptions(new Command('rollback'))
    .description(
      'puts last good back, while a rollout runs or after it; or a release that ran before',
    )
    .argument('<service>', 'a service of the configuration')
    .argument('[environment]', 'where', 'production')
    .option(
      '--region <region>',
      'only there (default: every Region of the environment that has the same release)',
    )
    .option(
      '--to <release>',
      'a release that ran there: its id, version or digest; not while one is under way',
    )
    .option('--by <name>', 'who asks', whoAsks())
    .requiredOption('--reason <text>', 'why: it goes into the ledger and into the quarantine')
    .option('--no-wait', 'do not wait for its end')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway rollback checkout --reason "orders fail"\n  slipway rollback checkout --to 1.0.0 --reason "orders fail since 1.1.0"\n  slipway rollback checkout staging --reason "wrong build" --json',
    )
    .action(async (service: string, environment: string, options: RollbackOptions) => {
      const { configuration, connection, ledger } = await open(options);
      knownService(configuration, service);
      const region = options.region ?? configuration.regions.primary;
      knownTarget(configuration, { service, environment, region });
      const asked = { service, environment, region };
      const places =
        options.region === undefined ? await servingTheSame(ledger, configuration, asked) : [asked];
      const asks = await Promise.all(
        places.map(async (place) => ({
          place,
          to: options.to === undefined ? null : await ranThere(ledger, targetId(place), options.to),
        })),
      );
      const client = connection.machines(configuration);
      const stateMachineArn = machineArn(
        { account: configuration.pipeline.account, region: configuration.regions.primary },
        'rollback',
      );
      // All are asked for before any is waited for: users of no Region wait for another one's pods.
      const started = await Promise.all(
        asks.map(async ({ place, to }) => {
          const { executionArn = '' } = await client.send(
            new StartExecutionCommand({
              stateMachineArn,
              input: JSON.stringify({
                ...place,
                ...(to === null ? {} : { to: to.releaseId }),
                reason: options.reason,
                by: options.by,
              }),
            }),
          );
          return { place, to, executionArn };
        }),
      );
      if (!options.wait) {
        if (options.json === true) sayJson(inAll(started));
        else for (const { executionArn } of started) say(`started ${executionArn}`);
        return;
      }
      const ended = await Promise.all(
        started.map(async (one) => ({
          ...one,
          ...(await awaitExecution(client, one.executionArn)),
        })),
      );
      if (options.json === true) sayJson(inAll(ended));
      else for (const one of ended) say(sentence(one, whereOf(one.place, ended.length), one.to));
      process.exitCode = ended.every(({ outcome }) => GONE_WELL.includes(outcome))
        ? EXIT.ok
        : EXIT.failed;
    });

/** The Region is said where there are several. */
const whereOf = ({ service, environment, region }: Place, places: number): string =>
  places === 1 ? `${service} ${environment}` : `${service} ${environment} ${region}`;

const GONE_WELL: readonly string[] = ['rolledBack', 'nothingToDo', 'joined'];

interface Place {
  readonly service: string;
  readonly environment: string;
  readonly region: string;
}

/**
 * The Regions of the environment that a rollback without a Region means: the primary, and every other one in which the
 * same release serves or is tried. One that has not got it yet must not go further back than it is.
 */
const servingTheSame = async (
  ledger: LedgerView,
  configuration: Configuration,
  asked: Place,
): Promise<Place[]> => {
  const releaseAt = async (place: Place): Promise<string | undefined> => {
    const [live, rollout] = await Promise.all([
      ledger.live(targetId(place)),
      ledger.rollout(targetId(place)),
    ]);
    return rollout?.endedAt === null ? rollout.releaseId : live?.releaseId;
  };
  const meant = await releaseAt(asked);
  const others = targetsOf(configuration)
    .filter(
      ({ service, environment, region }) =>
        service === asked.service && environment === asked.environment && region !== asked.region,
    )
    .map(({ service, environment, region }) => ({ service, environment, region }));
  const same = await Promise.all(
    others.map(async (place) => meant !== undefined && (await releaseAt(place)) === meant),
  );
  return [asked, ...others.filter((_, index) => same[index] === true)];
};

/** What happened on the first target, and on each. */
const inAll = <T extends { place: Place; to: unknown }>(
  all: readonly T[],
): Record<string, unknown> => {
  const each = all.map(({ place, to: _, ...rest }) => ({ targetId: targetId(place), ...rest }));
  const { targetId: _, ...first } = each[0] ?? { targetId: '' };
  return { ...first, targets: each };
};

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

/** The one release that ran on the target and is called so. */
const ranThere = async (
  ledger: LedgerView,
  at: string,
  named: string,
): Promise<Pick<RolloutRecord, 'releaseId' | 'version' | 'digest'>> => {
  const all = earlierReleases(await ledger.rolloutHistory(at));
  const found = all.filter((one) => [one.releaseId, one.version, one.digest].includes(named));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  throw new CliFailure(
    found.length === 0
      ? `"${named}" never ran on ${at}, so no image and configuration of it served there together`
      : `"${named}" is ${found.length} releases on ${at}: the same image with several configurations`,
    {
      details: (found.length === 0 ? all : found).map(
        (one) => `${one.version ?? ''} ${one.releaseId} ${shortDigest(one.digest)}`,
      ),
      solution:
        all.length === 0
          ? 'nothing has completed there yet'
          : 'name one of these by its release id',
      exitCode: EXIT.usage,
    },
  );
};

const sentence = (
  { outcome, reason }: Ending,
  where: string,
  to: { version: string | null; digest: string } | null,
): string => {
  switch (outcome) {
    case 'rolledBack':
      return `${where}: ${to === null ? 'last good' : nameOf(to)} serves again, verified (${reason ?? 'no reason recorded'})`;
    case 'abandoned':
      return `${where}: ${reason ?? 'the release does not get ready'}\nno traffic was moved: what was live goes on serving`;
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
