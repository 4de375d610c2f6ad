import { Command } from 'commander';
import { targetsOf } from '../../config/targets.ts';
import { configDigestOf } from '../../config/workload.ts';
import type { ReleaseRecord, ServiceRecord } from '../../functions/domain/release.ts';
import type { LiveRecord } from '../../functions/domain/rollout.ts';
import type { Target } from '../../functions/domain/target.ts';
import type { Workload } from '../../functions/domain/workload.ts';
import { asFailure, CliFailure, EXIT } from '../failure.ts';
import { findRelease } from '../find-release.ts';
import {
  type CommonOptions,
  knownService,
  open,
  type Session,
  withCommonOptions,
} from '../options.ts';
import { say, sayJson } from '../print.ts';
import { differs, diffLines, type TargetDiff } from '../view/diff-text.ts';
import { settingChanges } from '../view/planned.ts';
import { objectChanges, type Side } from '../view/release-diff.ts';
import { inOrder } from '../view/status.ts';

interface DiffOptions extends CommonOptions {
  readonly environment?: string;
  readonly release?: string;
}

/** As `diff` and `kubectl diff` end: 1 is a difference, and whatever went wrong is more than that. */
const DIFFERENT = 1;

/** `slipway diff [service]` */
export const diffCommand = (): Command =>
  withCommonOptions(new Command('diff'))
    .description('what a release would change on each target, before it is promoted')
    .argument('[service]', 'a service of the configuration (default: all)')
    .option('--environment <name>', 'only this environment')
    .option(
      '--release <release>',
      'a release that is there: its id, the beginning of one, its version or digest (default: the newest image with the configuration as its file is now)',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  slipway diff                                   what the configuration file would change\n  slipway diff checkout --environment production --release 1.4.0\n  slipway diff --config slipway.config.ts --json\n\nExit codes: 0 no difference, 1 a difference, 2 the call was wrong or something failed, 3 nothing could be reached.',
    )
    .action(async (service: string | undefined, options: DiffOptions) => {
      try {
        const diffs = await readDiffs(await open(options), service, options);
        const different = diffs.some(differs);
        if (options.json === true) sayJson({ different, targets: diffs });
        else say(diffs.map((diff) => diffLines(diff).join('\n')).join('\n\n'));
        process.exitCode = different ? DIFFERENT : EXIT.ok;
      } catch (error) {
        const failure = asFailure(error);
        if (failure.exitCode !== DIFFERENT) throw failure;
        const { message, details, solution } = failure;
        throw new CliFailure(message, {
          details,
          ...(solution === null ? {} : { solution }),
          exitCode: EXIT.usage,
        });
      }
    });

const readDiffs = async (
  session: Session,
  service: string | undefined,
  options: DiffOptions,
): Promise<TargetDiff[]> => {
  const { configuration, ledger } = session;
  if (service !== undefined) knownService(configuration, service);
  const { environment } = options;
  if (environment !== undefined && configuration.environments[environment] === undefined) {
    throw new CliFailure(`there is no environment "${environment}"`, {
      solution: `choose one of ${Object.keys(configuration.environments).join(', ')}`,
      exitCode: EXIT.usage,
    });
  }
  const release =
    options.release === undefined ? null : await findRelease(session, options.release);
  if (release !== null && service !== undefined && release.service !== service) {
    throw new CliFailure(
      `${release.releaseId} is a release of ${release.service}, not of ${service}`,
      {
        solution: `slipway diff ${release.service} --release ${options.release}`,
        exitCode: EXIT.usage,
      },
    );
  }
  const wanted = release?.service ?? service;
  const [services, registered] = await Promise.all([ledger.services(), ledger.targets()]);
  const asked = services.filter((one) => wanted === undefined || one.service === wanted);
  if (asked.length === 0) {
    throw new CliFailure(`${wanted ?? 'no service'} is not deployed`, {
      solution: 'deploy its stacks (docs/deploy.md): there is nothing to compare with yet',
    });
  }
  const diffs = await Promise.all(
    asked.map(async (record) => {
      const next = await nextSide(session, record, release);
      const targets = inOrder([record], registered).filter(
        (target) => environment === undefined || target.environment === environment,
      );
      return Promise.all(
        targets.map((target) => targetDiff(session, { record, target, next, release })),
      );
    }),
  );
  return diffs.flat();
};

/** What would run: the release that was asked for, or the newest image as the configuration's file says now. */
const nextSide = async (
  { configuration, ledger }: Session,
  { service }: ServiceRecord,
  release: ReleaseRecord | null,
): Promise<Side> => {
  if (release !== null) return { ...named(release), workload: await workloadOf(ledger, release) };
  const [newest] = await ledger.newestReleasesOf(service, 1);
  if (newest === undefined) {
    throw new CliFailure(`${service} has no release yet`, {
      solution: 'push an image: there is nothing to compare with yet',
    });
  }
  const { workload } = knownService(configuration, service);
  return {
    version: newest.version,
    digest: newest.digest,
    configDigest: configDigestOf(workload),
    workload: workload as Workload,
  };
};

const named = ({ version, digest, configDigest }: ReleaseRecord | LiveRecord) => ({
  version,
  digest,
  configDigest,
});

const workloadOf = async (
  ledger: Session['ledger'],
  pair: { readonly releaseId: string; readonly configDigest: string },
): Promise<Workload> => {
  const workload = await ledger.workload(pair.configDigest);
  if (workload !== null) return workload;
  throw new CliFailure(`the ledger has no configuration ${pair.configDigest}`, {
    details: [`${pair.releaseId} names it`],
    solution: 'deploy the stack of its service again',
  });
};

const targetDiff = async (
  { configuration, ledger }: Session,
  at: {
    readonly record: ServiceRecord;
    readonly target: Target;
    readonly next: Side;
    readonly release: ReleaseRecord | null;
  },
): Promise<TargetDiff> => {
  const { record, target, next, release } = at;
  const live = await ledger.live(target.targetId);
  const before: Side | null =
    live === null ? null : { ...named(live), workload: await workloadOf(ledger, live) };
  const configured = targetsOf(configuration).find(({ targetId }) => targetId === target.targetId);
  const { service, environment, region } = target;
  const { workload: _, ...name } = next;
  return {
    service,
    environment,
    region,
    live: live === null ? null : named(live),
    next: name,
    objects: objectChanges(
      { target, service: record, liveColor: live?.color ?? null },
      before,
      next,
    ),
    // A release changes pods; how it is shifted and watched changes with the target's stack.
    settings: release === null ? settingChanges(target, configured) : [],
  };
};
