import { targetsOf } from '../../config/targets.ts';
import type { InterceptedCall } from '../../local/services/lambda/invocation.ts';
import type { LambdaService } from '../../local/services/lambda/lambda-service.ts';
import type { World } from './world.ts';

/** What is done that something may end right before or right after: an invocation, or one of its calls that change something. */
export interface Effect {
  readonly functionName: string;
  /** `invocation`, `elasticloadbalancingv2.ModifyRule`, `https.PATCH` */
  readonly call: string;
  /** From 1, for this function and call, since the watch began. */
  readonly nth: number;
  readonly phase: 'before' | 'after';
}

/** Sees an effect; may wait, may throw what the function shall die of. */
export type EffectListener = (effect: Effect) => void | Promise<void>;

const READS = /^(Get|List|Describe|Query|Scan|BatchGet|AssumeRole|Head|Lookup|HEAD$|GET$)/;

/** Whether a call leaves anything behind. */
export const changesSomething = ({ operation }: Pick<InterceptedCall, 'operation'>): boolean =>
  !READS.test(operation);

const lambdasOf = (world: World): LambdaService[] => {
  const places = [world.home, ...targetsOf(world.configuration)];
  const keys = new Map(places.map((place) => [`${place.account} ${place.region}`, place]));
  return [...keys.values()].map((place) => world.cloud.service<LambdaService>('lambda', place));
};

/** Shows each effect of the pipeline's functions, in all accounts, numbered; the returned function ends that. */
export const watchEffects = (world: World, see: EffectListener): (() => void) => {
  const counts = new Map<string, number>();
  const numbers = new Map<unknown, number>();
  const count = (functionName: string, call: string): number => {
    const key = `${functionName} ${call}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    return nth;
  };
  const tell = (functionName: string, call: string, phase: Effect['phase'], id: unknown) => {
    const nth = phase === 'before' ? count(functionName, call) : (numbers.get(id) ?? 0);
    if (phase === 'before') numbers.set(id, nth);
    else numbers.delete(id);
    return see({ functionName, call, nth, phase });
  };
  const services = lambdasOf(world);
  const ends = services.map((service) => {
    service.beforeInvoke = ({ functionName, requestId, attempt }) =>
      tell(functionName, 'invocation', 'before', `${functionName} ${requestId} ${attempt}`);
    service.afterInvoke = ({ functionName, requestId, attempt }) =>
      tell(functionName, 'invocation', 'after', `${functionName} ${requestId} ${attempt}`);
    return service.interceptCalls((call) => {
      if (!changesSomething(call)) return undefined;
      const name = `${call.service}.${call.operation}`;
      return tell(call.functionName, name, call.phase, call.input);
    });
  });
  return () => {
    for (const end of ends) end();
    for (const service of services) {
      service.beforeInvoke = undefined;
      service.afterInvoke = undefined;
    }
  };
};
