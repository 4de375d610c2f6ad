import { z } from 'zod';
import { ledgerOf } from '../adapters/ledger.ts';
import { registeredService } from '../adapters/registered-service.ts';
import { scanGate } from '../adapters/scan-gate.ts';
import { ResolvedImage } from '../domain/image.ts';
import { isoOf } from '../domain/instant.ts';
import { CarriedRelease } from '../domain/promotion.ts';
import { ScanJudgement, ScanProgress } from '../domain/scan.ts';
import { environments } from '../runtime/env.ts';
import { handle } from '../runtime/handle.ts';

/** Asks what the scan of every deployable image found; `judgeScan` decides. */
export const handler = handle({
  input: z.object({
    release: CarriedRelease,
    image: ResolvedImage,
    earlier: ScanProgress.nullable(),
  }),
  output: ScanJudgement,
  env: environments['gate/check-scan'],
  run: (world) => {
    const ledger = ledgerOf(world);
    return async ({ release, image, earlier }) => {
      const service = await registeredService(ledger, release.service);
      const judgement = await scanGate(world)(service, image, earlier);
      if (judgement.verdict !== 'inconclusive') {
        const { verdict, reason, evidence } = judgement;
        await ledger.append(release.releaseId, {
          at: isoOf(world.runtime.now()),
          kind: 'ScanJudged',
          facts: { verdict, reason, evidence },
          once: `scan:${release.attempt}:${verdict}`,
        });
      }
      return judgement;
    };
  },
});
