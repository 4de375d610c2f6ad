import type { Observation } from '../domain/observation.ts';
import { probeInput, probeUntil } from '../domain/probe.ts';
import { placeOf } from './place.ts';
import { startProbe } from './probe.ts';
import type { TickInput, Tools } from './tick-reads.ts';

/** Has synthetic requests sent where they are configured. Whatever goes wrong here costs evidence, never the tick. */
export const probe = async (
  tools: Tools,
  { prepared: { target } }: TickInput,
  observation: Observation,
  waitSeconds: number,
): Promise<Observation> => {
  const { runtime, log } = tools;
  const until = probeUntil(target, observation, { now: runtime.now(), waitSeconds });
  const settings = target.analysis.probe;
  const functionArn = target.functions.probe;
  if (until === null || settings === null || functionArn === null) return observation;
  const { route } = tools.shiftable;
  try {
    const [listener, [test]] = await Promise.all([
      tools.traffic.listener(route.listenerArn),
      tools.traffic.rules([route.testRuleArn]),
    ]);
    const { weightPercent } = observation;
    const input = probeInput(
      { listener, route, testConditions: test?.conditions ?? [], weightPercent, until },
      settings,
    );
    if (input === null) {
      log.warn('the test route is closed, so no probe was sent', { rule: route.testRuleArn });
      return observation;
    }
    await startProbe(runtime, placeOf(target), functionArn, input);
    return { ...observation, probedUntil: until };
  } catch (error) {
    log.warn('the probe could not be started', error as Error);
    return observation;
  }
};
