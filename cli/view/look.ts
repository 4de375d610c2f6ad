import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { ServiceRecord } from '../../functions/domain/release.ts';
import type { Color, Target } from '../../functions/domain/target.ts';
import type { Place } from '../connection.ts';
import type { LedgerView } from './ledger.ts';
import { type Rate, readRates } from './rates.ts';
import type { ReleaseStory } from './stages.ts';
import { type Balancers, inOrder, readTargets, type TargetPicture } from './status.ts';

/** A target with what its users get, by color. */
export interface SeenTarget extends TargetPicture {
  readonly rates: Partial<Record<Color, Rate>>;
}

/** All that can be seen at one moment. */
export interface Look {
  /** On the cloud's clock. */
  readonly now: number;
  readonly services: readonly ServiceRecord[];
  readonly targets: readonly SeenTarget[];
  /** The newest release of each service. */
  readonly stories: readonly ReleaseStory[];
}

/** What a look asks AWS, or the local cloud. */
export interface Seen extends Balancers {
  metrics(place: Place): Promise<CloudWatchClient>;
  now(): Promise<number>;
}

/** Looks once: the load balancers' rules, CloudWatch's newest minute and the ledger. */
export const look = async (connection: Seen, ledger: LedgerView): Promise<Look> => {
  const [now, services, registered] = await Promise.all([
    connection.now(),
    ledger.services(),
    ledger.targets(),
  ]);
  const targets = inOrder(services, registered);
  const [pictures, rates, stories] = await Promise.all([
    readTargets(connection, ledger, targets),
    Promise.all(targets.map((target) => ratesOf(connection, target, now))),
    storiesOf(ledger, services),
  ]);
  return {
    now,
    services,
    stories,
    targets: pictures.map((picture, index) => ({ ...picture, rates: rates[index] ?? {} })),
  };
};

/** The newest release of each service, with its chain. */
export const storiesOf = async (
  ledger: LedgerView,
  services: readonly ServiceRecord[],
): Promise<ReleaseStory[]> => {
  const found = await Promise.all(
    services.map(async ({ service }) => {
      const [record] = await ledger.newestReleasesOf(service, 1);
      return record === undefined
        ? []
        : [{ record, events: await ledger.events(record.releaseId) }];
    }),
  );
  return found.flat();
};

const ratesOf = async (connection: Seen, target: Target, now: number) =>
  target.shiftable === null || !target.servesUsers
    ? {}
    : readRates(await connection.metrics(target), target.shiftable, now);
