import { ACCEPTED } from '../../config/manifests/kinds.ts';
import type { Slot } from './cluster-inputs.ts';
import { labelValue, MANAGED_BY, RELEASE, REPLACES, SLOT, slotName } from './manifests.ts';
import type { DeploymentView } from './workload-status.ts';

/** Objects that may be of a release that a slot no longer has. */
export interface Leftovers {
  readonly apiVersion: string;
  readonly kind: string;
  readonly labelSelector: string;
}

/** The release that had a slot before the one that fills it now; doing the same apply again answers the same. */
export const replacedBy = (slot: Slot, present: DeploymentView | null): string | null => {
  const there = present?.metadata.labels?.[RELEASE];
  if (there === undefined) return null;
  return there === labelValue(slot.releaseId)
    ? (present?.metadata.annotations?.[REPLACES] ?? null)
    : there;
};

/**
 * What is to go once a slot is applied: what Slipway made in this slot, and in this slot alone, for another release. What pods
 * mount stays one release longer, because the older pods that are being replaced may start again until the last one has gone.
 */
export const leftoversOf = (slot: Slot, replaces: string | null): Leftovers[] => {
  const kept = [labelValue(slot.releaseId)];
  const here = `${MANAGED_BY}=slipway,${SLOT}=${slotName(slot.service, slot.color)}`;
  return ACCEPTED.flatMap(({ kind, apiVersions, mounted }) => {
    const stay = mounted && replaces !== null ? [...kept, replaces] : kept;
    const labelSelector = `${here},${RELEASE} notin (${stay.join(',')})`;
    // A cluster serves the same objects under some of these, and not all of them everywhere.
    return apiVersions.map((apiVersion) => ({ apiVersion, kind, labelSelector }));
  });
};
