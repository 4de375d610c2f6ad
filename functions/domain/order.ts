import { z } from 'zod';

/** `SERVICE#<service> / NEWEST`: the release that waits for nobody newer. */
export const Newest = z.object({
  releaseId: z.string(),
  digest: z.string(),
  imagePushedAt: z.iso.datetime(),
});
export type Newest = z.infer<typeof Newest>;

/** A place in the registry's order. */
export type Pushed = Pick<Newest, 'digest' | 'imagePushedAt'>;

/**
 * The registry's order: by its own time of push, never by arrival. The registry counts whole seconds, so two pushes of one
 * second are ordered by digest: arbitrary, but the same whoever compares.
 */
export const pushOrder = (a: Pushed, b: Pushed): number => {
  const apart = Date.parse(a.imagePushedAt) - Date.parse(b.imagePushedAt);
  if (apart !== 0) return apart;
  return a.digest === b.digest ? 0 : a.digest < b.digest ? -1 : 1;
};

/** Says whether one image was pushed after another. */
export const pushedAfter = (a: Pushed, b: Pushed): boolean => pushOrder(a, b) > 0;
