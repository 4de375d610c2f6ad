import type { ExecutionFigures } from './flight.ts';

/** What one target takes of a release. */
export interface TargetShare {
  readonly target: string;
  readonly region: string | null;
  readonly transitions: number;
}

/** The first and the last state of the machine `release` that stand for one target. */
const FIRST = 'EnterEnvironment';
const LAST = 'RolledOut';

/** Each rollout's transitions and those of the release that lead into it and out of it again. */
export const byTarget = (
  executions: readonly Pick<ExecutionFigures, 'machine' | 'target' | 'region' | 'states'>[],
): TargetShare[] => {
  const release = executions.find(({ machine }) => machine === 'release');
  const ways = waysIn(release?.states ?? []);
  const rollouts = executions.filter(({ machine }) => machine === 'rollout');
  if (ways.length !== rollouts.length) {
    throw new Error(`${rollouts.length} rollouts, but the release says ${ways.length}`);
  }
  return rollouts.map(({ target, region, states }, at) => ({
    target: target ?? 'unknown',
    region,
    transitions: states.length + (ways[at] ?? 0),
  }));
};

const waysIn = (states: readonly string[]): number[] => {
  const ways: number[] = [];
  let from: number | null = null;
  for (const [at, state] of states.entries()) {
    if (state === FIRST) from ??= at;
    if (state !== LAST || from === null) continue;
    ways.push(at - from + 1);
    from = null;
  }
  return ways;
};
