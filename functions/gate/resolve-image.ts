import { z } from 'zod';
import { ledgerOf } from '../adapters/ledger.ts';
import { registeredService } from '../adapters/registered-service.ts';
import { registryOf } from '../adapters/registry.ts';
import { ImageNotFound } from '../domain/errors.ts';
import { configurationOf, labelsIn, ResolvedImage, resolveImage } from '../domain/image.ts';
import { isoOf } from '../domain/instant.ts';
import { CarriedRelease } from '../domain/promotion.ts';
import { schemaTermsIn } from '../domain/schema.ts';
import type { Manifest, Registry } from '../ports/registry.ts';
import { environments } from '../runtime/env.ts';
import { handle } from '../runtime/handle.ts';

/** The labels of the image, or of the first of an index: what one build made says the same in all of them. */
const labelsOf = async (
  registry: Registry,
  { digest, children }: ResolvedImage,
  manifest: Manifest,
): Promise<Readonly<Record<string, string>>> => {
  const [first] = children;
  const plain =
    first === undefined || first.digest === digest
      ? manifest
      : await registry.manifest(first.digest);
  const configuration = configurationOf(plain?.body);
  return configuration === null ? {} : labelsIn(await registry.json(configuration));
};

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
      const registry = registryOf(world, service);
      const manifest = await registry.manifest(digest);
      if (manifest === null)
        throw new ImageNotFound(
          `${service.repository} has no image ${digest} any more; push it again`,
          { facts: { releaseId, digest } },
        );
      const image = resolveImage(manifest);
      const schema = schemaTermsIn(await labelsOf(registry, image, manifest));
      await ledger.changeRelease(releaseId, (record) => ({
        record: { ...record, schema },
        event: {
          at: isoOf(world.runtime.now()),
          kind: 'ImageResolved',
          facts: { ...image, schema },
          once: `resolved:${attempt}`,
        },
      }));
      return image;
    };
  },
});
