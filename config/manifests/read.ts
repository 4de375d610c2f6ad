import { resolve } from 'node:path';
import { canonical } from '../canonical.ts';
import type { Problem } from '../problem.ts';
import { OBJECTS_MAX, type OwnWorkload, packed } from '../workload.ts';
import { type Bounds, type Checked, checkObject } from './check-object.ts';
import { checkTogether } from './check-together.ts';
import type { GivenObject } from './fields.ts';
import { readFolder } from './folder.ts';
import { orderOf } from './kinds.ts';
import { type Choices, mainOf } from './main-deployment.ts';

/** A service's own manifests, as they are configured. */
export interface ManifestsSetting extends Choices {
  /** A folder, relative to the configuration. */
  readonly path: string;
}

/** Reads a folder of rendered manifests into a workload, or says everything that is wrong with it. */
export const readManifests = (
  setting: ManifestsSetting,
  bounds: Bounds,
  at: { readonly folder: string; readonly path: string },
): { readonly workload?: OwnWorkload; readonly problems: readonly Problem[] } => {
  const { found, problems: unread } = readFolder(resolve(at.folder, setting.path), setting.path);
  const problems: Problem[] = [...unread];
  const checked = found
    .map((one) => checkObject(one, bounds, problems))
    .filter((one) => one !== null);
  // Beside what is missing, everything else would look wrong as well.
  if (problems.length > 0) return { problems };
  problems.push(...checkTogether(checked, bounds));
  const main = mainOf(checked, bounds, setting, at.path);
  problems.push(...main.problems);
  if (problems.length > 0 || main.facts === undefined) return { problems };
  const objects = packed(inOrder(checked));
  if (objects.length > OBJECTS_MAX)
    return { problems: [tooLarge(checked, objects.length, at.path)] };
  return { problems, workload: { ...main.facts, objects } };
};

/** By kind in the order of existence, then by name: the same objects are the same configuration, whatever file they stand in. */
const inOrder = (checked: readonly Checked[]): GivenObject[] =>
  checked
    .map(({ object }) => object)
    .sort(
      (a, b) => orderOf(a.kind) - orderOf(b.kind) || (a.metadata.name < b.metadata.name ? -1 : 1),
    );

const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

const tooLarge = (checked: readonly Checked[], size: number, path: string): Problem => {
  const [largest] = checked
    .map(({ object }) => ({ object, bytes: canonical(object).length }))
    .sort((a, b) => b.bytes - a.bytes);
  const which =
    largest === undefined
      ? ''
      : `; the largest is ${largest.object.kind} ${largest.object.metadata.name} with ${kibibytes(largest.bytes)}`;
  return {
    path,
    found: `${kibibytes(size)} compressed${which}`,
    expected: `at most ${kibibytes(OBJECTS_MAX)}, because the objects travel with every step of a rollout: put large files into the image`,
  };
};
