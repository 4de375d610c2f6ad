import type { ChainedEvent } from '../../functions/domain/chain.ts';
import type { ReleaseRecord, ServiceRecord } from '../../functions/domain/release.ts';

/** A release with what its chain tells. */
export interface ReleaseStory {
  readonly record: ReleaseRecord;
  readonly events: readonly ChainedEvent[];
}

export type StageState = 'ahead' | 'now' | 'done' | 'failed';

/** A part of a release's way: the image, the scan gate, then the environments. */
export interface Stage {
  readonly name: string;
  readonly state: StageState;
}

/** How far a release has come on its way, from its own chain. */
export const stagesOf = ({ record, events }: ReleaseStory, service: ServiceRecord): Stage[] => {
  const mine = events.slice(lastStart(events));
  const scan = mine.filter(({ kind }) => kind === 'ScanJudged').at(-1)?.facts['verdict'];
  const stages: Stage[] = [
    { name: 'image', state: mine.some(({ kind }) => kind === 'ImageResolved') ? 'done' : 'ahead' },
    { name: 'scan', state: scan === undefined ? 'ahead' : scan === 'pass' ? 'done' : 'failed' },
    ...service.environments.map(({ environment, waves }) => ({
      name: environment,
      state: stateIn(environment, waves.flat().length, mine),
    })),
  ];
  const next = stages.findIndex(({ state }) => state !== 'done');
  const there = stages[next];
  if (there === undefined || there.state === 'failed') return stages;
  const state = record.outcome === null ? 'now' : record.outcome === 'released' ? 'done' : 'failed';
  return stages.map((stage, index) => (index === next ? { ...stage, state } : stage));
};

/** A release may be tried again: only its newest attempt counts. */
const lastStart = (events: readonly ChainedEvent[]): number =>
  Math.max(
    0,
    events.findLastIndex(({ kind }) => kind === 'ReleaseAccepted'),
  );

const stateIn = (
  environment: string,
  targets: number,
  events: readonly ChainedEvent[],
): StageState => {
  const here = events.filter(
    ({ facts }) => String(facts['targetId'] ?? '').split('/')[1] === environment,
  );
  const count = (...kinds: string[]): number =>
    here.filter(({ kind }) => kinds.includes(kind)).length;
  if (count('RolledBack', 'RollbackStuck', 'RolloutRefused') > 0) return 'failed';
  return count('RolloutCompleted') >= targets ? 'done' : 'ahead';
};
