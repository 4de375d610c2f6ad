import { z } from 'zod';
import { millisecondsOf } from '../domain/instant.ts';
import { ProbeInput } from '../domain/probe.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = z.object({ sent: z.int().nonnegative(), unanswered: z.int().nonnegative() });
type Output = z.infer<typeof Output>;

const MINUTE_MS = 60_000;
const TIMEOUT_MS = 5_000;

/**
 * Sends synthetic requests at an even pace. It judges nothing: the load balancer counts these requests like users' own, and the
 * tick reads them there. One at a time to each color, so a slow service gets fewer, never a pile of them.
 */
export const probe =
  ({ runtime, log }: World) =>
  async (input: ProbeInput): Promise<Output> => {
    const until = millisecondsOf(input.until);
    const pause = MINUTE_MS / input.perMinute;
    const counts = { sent: 0, unanswered: 0 };
    const ask = async ({ url, headers }: ProbeInput['candidate']): Promise<void> => {
      counts.sent += 1;
      try {
        const response = await runtime.fetch(url, {
          headers,
          redirect: 'manual',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await response.arrayBuffer();
      } catch {
        counts.unanswered += 1;
      }
    };
    const asked = input.users === null ? [input.candidate] : [input.candidate, input.users];
    for (let next = runtime.now(); next < until; next = Math.max(next + pause, runtime.now())) {
      const early = next - runtime.now();
      if (early > 0) await runtime.sleep(early);
      await Promise.all(asked.map(ask));
    }
    log.info('the probe has sent its requests', counts);
    return counts;
  };

export const handler = handle({
  input: ProbeInput,
  output: Output,
  env: environments['rollout/probe'],
  run: probe,
});
