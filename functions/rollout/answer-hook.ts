import { z } from 'zod';
import { codeDeployHooks, type DeploymentDetail } from '../adapters/code-deploy-hooks.ts';
import { fastPath } from '../adapters/fast-path.ts';
import { HERE } from '../adapters/place.ts';
import { traffic } from '../adapters/traffic.ts';
import { isoOf } from '../domain/instant.ts';
import { rolloutIn } from '../domain/pointer.ts';
import { HookCalled } from '../events/deployment-state-changed.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Output = z.object({
  answer: z.enum(['Succeeded', 'Failed', 'later']),
  reason: z.string(),
});
type Output = z.output<typeof Output>;

type Env = z.output<(typeof environments)['rollout/answer-hook']>;

/** CodeDeploy asks before and after it moves the alias. Whoever can't decide says no; a rollback is never held up. */
export const answerHook =
  (world: World<Env>) =>
  async (called: HookCalled): Promise<Output> => {
    const { runtime } = world;
    const service = codeDeployHooks(runtime, HERE);
    const hook = { id: called.LifecycleEventHookExecutionId, deploymentId: called.DeploymentId };
    const decide = async (): Promise<Output> => {
      try {
        return await decision(world, await service.deployment(hook.deploymentId), hook);
      } catch (error) {
        world.log.error('the hook could not decide', error as Error);
        return { answer: 'Failed', reason: (error as Error).message };
      }
    };
    const decided = await decide();
    if (decided.answer !== 'later') await service.answer(hook, decided.answer);
    world.log.info('hook', { ...hook, ...decided });
    return decided;
  };

const decision = async (
  { runtime, env }: World<Env>,
  deployment: DeploymentDetail,
  hook: { id: string; deploymentId: string },
): Promise<Output> => {
  if (deployment.creator === 'codeDeployRollback') {
    return { answer: 'Succeeded', reason: "CodeDeploy's own rollback" };
  }
  const store = fastPath(runtime, HERE, env.FAST_PATH_TABLE);
  const row = await store.read();
  const rolloutId = rolloutIn(deployment.description);
  if (row === null || rolloutId === null || row.rolloutId !== rolloutId || row.phase === 'idle') {
    return { answer: 'Succeeded', reason: `no rollout that is under way: ${rolloutId ?? 'none'}` };
  }
  if (env.STAGE === 'before') {
    const { healthy } = await traffic(runtime, HERE).health(row.candidateTargetGroupArn);
    return healthy > 0
      ? { answer: 'Succeeded', reason: `the candidate has ${healthy} healthy targets` }
      : { answer: 'Failed', reason: 'the candidate has no healthy target' };
  }
  const left = await store.leaveHook(rolloutId, { ...hook, calledAt: isoOf(runtime.now()) });
  return left
    ? { answer: 'later', reason: 'the tick answers when the bake is over' }
    : { answer: 'Succeeded', reason: 'the rollout ended meanwhile' };
};

export const handler = handle({
  input: HookCalled,
  output: Output,
  env: environments['rollout/answer-hook'],
  run: answerHook,
});
