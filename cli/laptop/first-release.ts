import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../connection.ts';
import { CliFailure } from '../failure.ts';
import { LedgerView } from '../view/ledger.ts';
import { pushSample } from '../view/push-image.ts';
import type { Laptop } from './laptop.ts';

/** Pushes a version of every service of the sample and waits until it is live everywhere: what users have before the story begins. */
export const seedFirstRelease = async (
  laptop: Laptop,
  version: string,
  tell: (step: string) => void,
): Promise<void> => {
  const connection = new Connection(laptop.endpoint);
  const ledger = new LedgerView(connection.ledger(laptop.configuration));
  tell(`releasing ${version}, the first one`);
  for (const { repository } of Object.values(laptop.configuration.services)) {
    await pushSample(connection.registry(laptop.configuration), repository, version);
  }
  for (const service of Object.keys(laptop.configuration.services)) {
    const { outcome, reason } = await endOf(ledger, service);
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
): Promise<{ outcome: string; reason: string | null }> => {
  for (;;) {
    const [newest] = await ledger.releasesOf(service);
    if (newest?.outcome) return { outcome: newest.outcome, reason: newest.reason };
    await delay(100);
  }
};
