import { readFileSync } from 'node:fs';
import { type MachineNoun, names } from '../../config/names.ts';
import type { SfnService } from '../../local/services/sfn/module.ts';
import type { World } from './world.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName?: string };
}

/** An execution while it is in a state that invokes a function. */
export interface StepVisit {
  readonly noun: MachineNoun;
  readonly state: string;
  readonly executionArn: string;
  /** Counts the states entered: another visit of the same state has another one. */
  readonly count: number;
}

const NOUNS: readonly MachineNoun[] = ['release', 'rollout', 'rollback'];

/** `${AcquireLockFn}` → `-acquire-lock`; `{% $prepared.target.functions.applyWorkload %}` → `-apply-workload` */
const endingOf = (name: string): string => {
  const [, step = ''] = /(?:\$\{|functions\.)(\w+?)(?:Fn)?(?:\}| %\})/.exec(name) ?? [];
  const kebab = step.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  return `-${kebab}`;
};

const statesOf = (noun: MachineNoun): ReadonlyMap<string, string> => {
  const { States } = JSON.parse(readFileSync(`statemachines/${noun}.asl.json`, 'utf8')) as {
    States: Record<string, State>;
  };
  return new Map(
    Object.entries(States).flatMap(([name, { Type, Arguments }]) => {
      const invoked = Arguments?.FunctionName;
      return Type === 'Task' && invoked !== undefined ? [[name, endingOf(invoked)]] : [];
    }),
  );
};

/** Which execution last entered a state that invokes a function of this name. */
export interface StepVisits {
  of(functionName: string): StepVisit | undefined;
  /** Calls back at each such state entered. */
  onVisit: ((visit: StepVisit) => void) | undefined;
  stop(): void;
}

/** Follows the three machines, so that a function is known by the execution that runs it. */
export const followSteps = (world: World): StepVisits => {
  const machines = NOUNS.map((noun) => ({
    noun,
    ending: `:stateMachine:${names.machine(noun)}`,
    states: statesOf(noun),
  }));
  const newest = new Map<string, StepVisit>();
  const visits: StepVisits = {
    of: (functionName) => {
      for (const [ending, visit] of newest) if (functionName.endsWith(ending)) return visit;
      return undefined;
    },
    onVisit: undefined,
    stop: world.cloud
      .service<SfnService>('sfn', world.home)
      .onTransition(({ stateMachineArn, executionArn, state, count }) => {
        const machine = machines.find(({ ending }) => stateMachineArn.endsWith(ending));
        const ending = machine?.states.get(state);
        if (machine === undefined || ending === undefined) return;
        const visit = { noun: machine.noun, state, executionArn, count };
        newest.set(ending, visit);
        visits.onVisit?.(visit);
      }),
  };
  return visits;
};
