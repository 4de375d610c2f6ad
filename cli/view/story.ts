import type { ChainedEvent } from '../../functions/domain/chain.ts';

/** `14:03:07` in UTC. */
export const clock = (instant: string): string => instant.slice(11, 19);

/** `ScanJudged` → `scan judged` */
const words = (kind: string): string =>
  kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

/** One event of a chain as a line that people read: what, where, why. */
export const sentenceOf = ({ kind, facts }: Pick<ChainedEvent, 'kind' | 'facts'>): string => {
  const where = facts['targetId'] ?? facts['environment'];
  const why = facts['reason'];
  const rest = Object.entries(facts)
    .filter(
      ([key]) =>
        ![
          'targetId',
          'environment',
          'reason',
          'evidence',
          'rolloutId',
          'executionArn',
          'releaseId',
        ].includes(key),
    )
    .flatMap(([key, value]) =>
      value === null || typeof value === 'object' ? [] : [`${words(key)} ${String(value)}`],
    );
  return [
    words(kind),
    where === undefined ? '' : `in ${String(where)}`,
    why ? `because ${String(why)}` : '',
    rest.length > 0 ? `(${rest.join(', ')})` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
};
