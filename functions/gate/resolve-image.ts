import { z } from 'zod';
import { ledgerOf } from '../adapters/ledger.ts';
import { registeredService } from '../adapters/registered-service.ts';
import { registryOf } from '../adapters/registry.ts';
import { ImageNotFound } from '../domain/errors.ts';
import { ResolvedImage, resolveImage } from '../domain/image.ts';
import { isoOf } from '../domain/instant.ts';
import { CarriedRelease } from '../domain/promotion.ts';
import { environments } from '../runtime/env.ts';
import { handle } from '../runtime/handle.ts';

/** Resolves an index to the images that can be deployed. The index is what is deployed, its children are what is scanned. */
export const handler = handle({
  input: z.object({ release: CarriedRelease }),
  output: ResolvedImage,
  env: environments['gate/resolve-image'],
  run: (world) => {
    const ledger = ledgerOf(world);
    return async ({ release }) => {
      const { releaseId, digest, attempt } = release;
      const service = await registeredService(ledger, release.service);
      const manifest = await registryOf(world, service).manifest(digest);
      if (manifest === null)
        throw new ImageNotFound(
          `${service.repository} has no image ${digest} any more; push it again`,
          { facts: { releaseId, digest } },
        );
      const image = resolveImage(manifest);
      await ledger.append(releaseId, {
        at: isoOf(world.runtime.now()),
        kind: 'ImageResolved',
        facts: { ...image },
        once: `resolved:${attempt}`,
      });
      return image;
    };
  },
});
