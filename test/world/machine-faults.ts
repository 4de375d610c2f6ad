import { readFileSync } from 'node:fs';
import { type MachineNoun, names } from '../../config/names.ts';
import { KilledInvocation } from '../../local/services/lambda/invocation.ts';
import type { InvocationInfo } from '../../local/services/lambda/invoker.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import type { Place } from '../../local/services/service.ts';
import type { SfnService } from '../../local/services/sfn/module.ts';
import type { World } from './world.ts';

interface TaskState {
  readonly Type: string;
  readonly Resource: string;
  readonly Arguments: { readonly FunctionName: string };
}

const definitionOf = (noun: MachineNoun): Record<string, TaskState> =>
  JSON.parse(readFileSync(`statemachines/${noun}.asl.json`, 'utf8')).States;

/** The states of a machine that invoke a function, as its file has them. */
export const tasksOf = (noun: MachineNoun): string[] =>
  Object.entries(definitionOf(noun)).flatMap(([name, { Type, Resource }]) =>
    Type === 'Task' && Resource.endsWith(':lambda:invoke') ? [name] : [],
  );

/** `${AcquireLockFn}` → `-acquire-lock`; `{% $prepared.target.functions.applyWorkload %}` → `-apply-workload` */
const endingOf = (noun: MachineNoun, state: string): string => {
  const name = definitionOf(noun)[state]?.Arguments.FunctionName ?? '';
  const [, step] = /(?:\$\{|functions\.)(\w+?)(?:Fn)?(?:\}| %\})/.exec(name) ?? [];
  if (step === undefined) throw new Error(`${noun} has no state ${state} that invokes a function`);
  return step
    .replace(/(^|[a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/^-?/, '-');
};

const functionsAt = (world: World, places: readonly Place[]): LambdaService[] =>
  places.map((place) => world.cloud.service<LambdaService>('lambda', place));

/** A machine invokes under its own role in the pipeline's account, and under the invoke role in a target's. */
const invokedBy = (noun: string, { principal }: InvocationInfo): boolean =>
  new RegExp(`-(machine-${noun}|invoke)$`).test(principal?.roleArn ?? '');

/** Functions that die. */
export interface Fault {
  /** How often each state's function has died. */
  readonly struck: ReadonlyMap<string, number>;
  /** From here on everything lives. */
  readonly end: () => void;
}

/**
 * Kills what states of a machine invoke, at each try, so that they get past their retries. Only executions whose name has `named`
 * in it are meant; `when` chooses among the visits, `deaths` bounds them for each state.
 */
export const failAt = (
  world: World,
  at: {
    readonly noun: MachineNoun;
    readonly states: readonly string[];
    readonly target: Place;
    readonly named: string;
    readonly when?: () => boolean;
    readonly deaths?: number;
  },
): Fault => {
  const machine = `:stateMachine:${names.machine(at.noun)}`;
  const endings = new Map(at.states.map((state) => [state, endingOf(at.noun, state)]));
  const struck = new Map<string, number>();
  let now = '';
  const stop = world.cloud
    .service<SfnService>('sfn', world.home)
    .onTransition(({ stateMachineArn, executionArn, state }) => {
      if (stateMachineArn.endsWith(machine) && executionArn.includes(at.named)) now = state;
    });
  const services = functionsAt(world, [world.home, at.target]);
  for (const service of services) {
    service.beforeInvoke = (info) => {
      const ending = endings.get(now);
      if (ending === undefined || !info.functionName.endsWith(ending)) return;
      const before = struck.get(now) ?? 0;
      if (!invokedBy(at.noun, info) || at.when?.() === false || before >= (at.deaths ?? 99)) return;
      struck.set(now, before + 1);
      throw new KilledInvocation(`${now} died`);
    };
  }
  return {
    struck,
    end: () => {
      stop();
      for (const service of services) service.beforeInvoke = undefined;
    },
  };
};

/** Runs each function that a machine invokes twice with the same input; the machine gets the first answer. */
export const runTwice = (
  world: World,
  target: Place,
): { readonly functions: ReadonlySet<string>; readonly end: () => void } => {
  const functions = new Set<string>();
  const services = functionsAt(world, [world.home, target]);
  for (const service of services) {
    service.afterInvoke = async (info) => {
      if (!invokedBy('(release|rollout|rollback)', info)) return;
      functions.add(info.functionName);
      const qualifier = info.functionVersion;
      const again = await service.invoke(info.functionName, info.payload, { qualifier });
      if (again.functionError !== undefined && info.functionError === undefined) {
        throw new Error(
          `${info.functionName} failed the second time: ${JSON.stringify(again.payload)}`,
        );
      }
    };
  }
  return {
    functions,
    end: () => {
      for (const service of services) service.afterInvoke = undefined;
    },
  };
};
