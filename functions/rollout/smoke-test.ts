import { SmokeInput } from '../domain/cluster-inputs.ts';
import { Judgement } from '../domain/verdict.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

/** A rule just written takes a moment to route, and one lost packet is no verdict. */
const TRIES = 4;
const PAUSE_MS = 2_000;
const TIMEOUT_MS = 5_000;

/** Sends requests over the test route, which leads to the candidate alone: each must be answered well within its tries. */
export const smokeTest =
  ({ runtime }: World) =>
  async (input: SmokeInput): Promise<Judgement> => {
    const once = async (): Promise<string | null> => {
      try {
        const response = await runtime.fetch(input.url, {
          headers: input.headers,
          redirect: 'manual',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await response.arrayBuffer();
        return response.status >= 200 && response.status < 400 ? null : `status ${response.status}`;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    };
    for (let request = 1; request <= input.requests; request += 1) {
      let problem = await once();
      for (let more = 1; problem !== null && more < TRIES; more += 1) {
        await runtime.sleep(PAUSE_MS);
        problem = await once();
      }
      if (problem !== null) {
        return {
          verdict: 'fail',
          reason: `smoke request ${request} of ${input.requests} to the candidate failed ${TRIES} times, last: ${problem}`,
          evidence: { url: input.url, problem },
        };
      }
    }
    return {
      verdict: 'pass',
      reason: `${input.requests} smoke requests to the candidate were answered`,
      evidence: { url: input.url, requests: input.requests },
    };
  };

export const handler = handle({
  input: SmokeInput,
  output: Judgement,
  env: environments['rollout/smoke-test'],
  run: smokeTest,
});
