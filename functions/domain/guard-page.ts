import type { ChainedEvent } from './chain.ts';
import { MINUTE, millisecondsOf } from './instant.ts';

/** A person is called once an hour for one alarm of one release. */
const PAGED_AGAIN_MS = 60 * MINUTE;

/** The command that rolls back, one per Region in which the release runs, so that both end on the same pair. */
export const rollbackCommand = (targetIds: readonly string[]): string =>
  [...targetIds]
    .sort()
    .map((id) => id.split('/'))
    .map(
      ([service, environment, region]) =>
        `npx slipway rollback ${service} ${environment} --region ${region} --reason 'an alarm after the rollout'`,
    )
    .join(' && ');

/** When a person was last called by this chain, for this alarm or for any; null: never. */
export const lastPaged = (
  events: readonly ChainedEvent[],
  subject: string | null,
): { readonly at: string; readonly eventId: unknown } | null => {
  const page = events.findLast(
    ({ kind, facts }) =>
      kind === 'AlarmPaged' && (subject === null || facts['alarmName'] === subject),
  );
  return page === undefined ? null : { at: page.at, eventId: page.facts['eventId'] };
};

/** Whether a person was called so recently that another call says nothing new. */
export const pagedRecently = (paged: { readonly at: string } | null, now: number): boolean =>
  paged !== null && now - millisecondsOf(paged.at) < PAGED_AGAIN_MS;
