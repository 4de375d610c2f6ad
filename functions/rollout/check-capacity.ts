import type { z } from 'zod';
import { assertHeld } from '../adapters/fenced-rule.ts';
import { hold } from '../adapters/hold.ts';
import { locksOf } from '../adapters/locks.ts';
import { placeOf } from '../adapters/place.ts';
import { traffic } from '../adapters/traffic.ts';
import { READY_DEADLINE_SECONDS, SmokeInput } from '../domain/cluster-inputs.ts';
import { millisecondsOf } from '../domain/instant.ts';
import { groupOf, StepInput } from '../domain/prepared.ts';
import { smokeAddress, smokePath, testConditions } from '../domain/smoke.ts';
import { Judgement } from '../domain/verdict.ts';
import { split } from '../domain/weights.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = Judgement.extend({ smoke: SmokeInput.nullable() });

/** From preflight: the workload's own deadline, and what registering and health checks take after it. */
const DEADLINE_SECONDS = READY_DEADLINE_SECONDS + 600;
const SMOKE_REQUESTS = 5;

type Env = z.output<(typeof environments)['rollout/check-capacity']>;

/** Counts the candidate's healthy targets; when there are enough, opens the test route to it alone. */
export const checkCapacity =
  (world: World<Env>) =>
  async ({ rollout, lock, prepared }: StepInput): Promise<z.input<typeof Output>> => {
    const { runtime } = world;
    const { target, color } = prepared;
    const locks = locksOf(world);
    await hold({ locks, log: world.log }, lock, rollout.environmentLock);
    const balancer = traffic(runtime, placeOf(target));
    const group = groupOf(target, color);
    const health = await balancer.health(group);
    const needed = prepared.apply?.slot.workload.replicas.min ?? 1;
    const evidence = { healthy: health.healthy, registered: health.registered, needed };
    if (health.healthy < needed) {
      const late = runtime.now() > millisecondsOf(prepared.preparedAt) + DEADLINE_SECONDS * 1000;
      const why = health.reasons.length > 0 ? ` (${health.reasons.join(', ')})` : '';
      return {
        verdict: late ? 'fail' : 'inconclusive',
        reason: `${health.healthy} of ${needed} targets of the ${color} group are healthy${why}`,
        evidence,
        smoke: null,
      };
    }
    const route = target.shiftable?.route ?? target.plainRoute;
    const listener = await balancer.listener(route?.listenerArn ?? '');
    const address = smokeAddress(
      { ...listener, dnsName: route?.dnsName ?? '', hosts: route?.hosts ?? [] },
      // The test route takes any path; a plain one only its own.
      smokePath(target.plainRoute?.paths ?? [], prepared.apply?.slot.workload.readiness ?? '/'),
    );
    const open = async (): Promise<Record<string, string>> => {
      if (target.shiftable === null) return {};
      const { route: own } = target.shiftable;
      const test = testConditions(runtime.uuid(), own.hosts);
      await assertHeld(runtime, locks, lock);
      const stable = groupOf(target, color === 'blue' ? 'green' : 'blue');
      await balancer.forward(
        own.testRuleArn,
        split({ stable, candidate: group }, 100),
        test.conditions,
      );
      return test.headers;
    };
    return {
      verdict: 'pass',
      reason: `${health.healthy} targets of the ${color} group are healthy`,
      evidence,
      smoke: {
        url: address.url,
        headers: { ...address.headers, ...(await open()) },
        requests: SMOKE_REQUESTS,
      },
    };
  };

export const handler = handle({
  input: StepInput,
  output: Output,
  env: environments['rollout/check-capacity'],
  run: checkCapacity,
});
