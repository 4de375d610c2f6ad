import { setTimeout as delay } from 'node:timers/promises';
import type { Configuration } from '../../config/schema.ts';
import { Connection } from '../connection.ts';
import { CliFailure } from '../failure.ts';
import { LedgerView } from '../view/ledger.ts';
import { pushSample } from '../view/push-image.ts';

/** A first release shifts nothing and bakes nothing: minutes of the cloud's clock, seconds of the wall's. */
const PATIENCE_MS = 120_000;

/** Pushes a version of the sample as every service and waits until it is live everywhere: what users have before anything else comes. */
export const seedFirstRelease = async (
  { endpoint, configuration }: { endpoint: string; configuration: Configuration },
  version: string,
  tell: (step: string) => void,
): Promise<void> => {
  const connection = new Connection(endpoint);
  const ledger = new LedgerView(connection.ledger(configuration));
  tell(`making the first release, ${version}`);
  const giveUp = performance.now() + PATIENCE_MS;
  for (const { repository } of Object.values(configuration.services)) {
    await pushSample(connection.registry(configuration), repository, version);
  }
  for (const service of Object.keys(configuration.services)) {
    const { outcome, reason } = await endOf(ledger, service, giveUp);
    if (outcome !== 'released') {
      throw new CliFailure(`the first release of ${service} ended ${outcome}`, {
        details: reason === null ? [] : [reason],
      });
    }
  }
};

const endOf = async (
  ledger: LedgerView,
  service: string,
  giveUp: number,
): Promise<{ outcome: string; reason: string | null }> => {
  for (;;) {
    const [newest] = await ledger.newestReleasesOf(service, 1);
    if (newest?.outcome) return { outcome: newest.outcome, reason: newest.reason };
    if (performance.now() > giveUp) {
      throw new CliFailure(
        `the first release of ${service} has not ended after ${PATIENCE_MS / 1000} s`,
        { solution: 'this machine may be very busy: try again, or with --speed 30' },
      );
    }
    await delay(100);
  }
};
