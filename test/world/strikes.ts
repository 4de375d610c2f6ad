import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { KilledInvocation } from '../../local/services/lambda/invocation.ts';
import type { SfnService } from '../../local/services/sfn/module.ts';
import { type Effect, watchEffects } from './effects.ts';
import type { StepVisit, StepVisits } from './step-visits.ts';
import type { World } from './world.ts';

/**
 * What ends at a point: the function once · the function for good, at each retry too, so that its state fails · its execution,
 * by hand or out of time, while the function itself runs on, as it does at AWS.
 */
export const ENDINGS = ['function', 'functionForGood', 'stopped', 'timedOut'] as const;
export type Ending = (typeof ENDINGS)[number];

/** Where something ends. */
export interface Point extends Effect {
  readonly scenario: string;
  readonly ends: Ending;
}

/** A point in one line. */
export const nameOf = ({ scenario, functionName, call, nth, phase, ends }: Point): string =>
  `${scenario}: ${ends} ${phase} ${functionName} ${call} #${nth}`;

/** A point that is waited for. */
export interface Strike {
  /** When it struck; null until then. */
  readonly at: () => number | null;
  /** From here on everything lives. */
  end(): void;
}

const isMeant = (effect: Effect, point: Effect): boolean =>
  effect.functionName === point.functionName &&
  effect.call === point.call &&
  effect.nth === point.nth &&
  effect.phase === point.phase;

/** Ends what a point says, when it comes. */
export const strike = (world: World, visits: StepVisits, point: Point): Strike => {
  let at: number | null = null;
  let visit: StepVisit | undefined;
  const machines = world.cloud.service<SfnService>('sfn', world.home);

  const diesAgain = ({ functionName, call, phase }: Effect): boolean => {
    if (at === null || point.ends !== 'functionForGood') return false;
    if (functionName !== point.functionName || call !== 'invocation' || phase !== 'before') {
      return false;
    }
    const now = visits.of(functionName);
    return now?.executionArn === visit?.executionArn && now?.count === visit?.count;
  };

  const end = watchEffects(world, async (effect) => {
    if (diesAgain(effect)) throw new KilledInvocation('it dies again');
    if (at !== null || !isMeant(effect, point)) return;
    at = world.clock.now();
    visit = visits.of(point.functionName);
    if (point.ends === 'function' || point.ends === 'functionForGood') {
      throw new KilledInvocation('it dies');
    }
    const executionArn = visit?.executionArn ?? '';
    if (point.ends === 'timedOut') machines.timeOut(executionArn);
    else await world.client().send(new StopExecutionCommand({ executionArn }));
  });
  return { at: () => at, end };
};
