import {
  BatchGetDeploymentsCommand,
  CodeDeployClient,
  CreateDeploymentCommand,
  GetDeploymentCommand,
  GetDeploymentTargetCommand,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
  StopDeploymentCommand,
} from '@aws-sdk/client-codedeploy';
import { isNamed, TransientFailure } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { invariant } from '../domain/invariant.ts';
import { appSpec, deploymentDescription, rolloutIn } from '../domain/pointer.ts';
import type { ShiftRun } from '../domain/shift-run.ts';
import type { Shiftable } from '../domain/target.ts';
import type { DeploymentSight } from '../domain/tick-sight.ts';
import type { Shift, Versions } from '../ports/shift.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import { codeDeployHooks } from './code-deploy-hooks.ts';
import type { Place } from './place.ts';

/** CodeDeploy's side of one target, and what a write must be preceded by. */
export interface CodeDeployAt {
  readonly place: Place;
  readonly pointer: Shiftable['pointer'];
  readonly group: NonNullable<Shiftable['codeDeploy']>;
  readonly token: number;
  /** Throws once the lock is lost: CreateDeployment has no condition. */
  readonly assertHeld: () => Promise<void>;
}

/** BatchGetDeployments takes at most 25. */
const BATCH_MAX = 25;

/** A deployment names at most so many alarms. The tick and the alarm fast path look at all of them. */
const ALARMS_MAX = 10;

const alarmsOf = (names: readonly string[]) => ({
  enabled: names.length > 0,
  ignorePollAlarmFailure: false,
  alarms: names.slice(0, ALARMS_MAX).map((name) => ({ name })),
});

/** Statuses after which CodeDeploy changes nothing any more. */
const ended = (status: string): boolean =>
  status === 'Succeeded' || status === 'Failed' || status === 'Stopped';

/** CodeDeploy moves the alias, asks its two hooks, and goes back by itself when it is stopped. */
export const codeDeployShift = (runtime: Runtime, at: CodeDeployAt): Shift => {
  const { place, group } = at;
  const codeDeploy = aws(runtime)(CodeDeployClient, place);
  const once = aws(runtime)(CodeDeployClient, { ...place, maxAttempts: 1 });
  const names = { applicationName: group.application, deploymentGroupName: group.group };
  const { answer, deployment } = codeDeployHooks(runtime, place);

  const targetPercent = async (deploymentId: string): Promise<number | null> => {
    const { targetIds } = await codeDeploy.send(new ListDeploymentTargetsCommand({ deploymentId }));
    const [targetId] = targetIds ?? [];
    if (targetId === undefined) return null;
    const { deploymentTarget } = await codeDeploy.send(
      new GetDeploymentTargetCommand({ deploymentId, targetId }),
    );
    const weight = deploymentTarget?.lambdaTarget?.lambdaFunctionInfo?.targetVersionWeight;
    // Documented as a percentage, observed as a share: up to 1 it is read as the larger. The alias itself is the bound.
    return weight === undefined ? null : weight <= 1 ? weight * 100 : weight;
  };

  /** The deployment whose description names the rollout, also an ended one. */
  const find = async (rolloutId: string, since: number): Promise<string | null> => {
    let nextToken: string | undefined;
    do {
      const page = await codeDeploy.send(
        new ListDeploymentsCommand({
          ...names,
          createTimeRange: { start: new Date(since) },
          nextToken,
        }),
      );
      const ids = page.deployments ?? [];
      for (let from = 0; from < ids.length; from += BATCH_MAX) {
        const { deploymentsInfo } = await codeDeploy.send(
          new BatchGetDeploymentsCommand({ deploymentIds: ids.slice(from, from + BATCH_MAX) }),
        );
        const ours = deploymentsInfo?.find((each) => rolloutIn(each.description) === rolloutId);
        if (ours?.deploymentId !== undefined) return ours.deploymentId;
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return null;
  };

  const create = async (
    rolloutId: string,
    versions: Versions,
    alarms: readonly string[] | null,
  ): Promise<string> => {
    await at.assertHeld();
    const content = appSpec({
      ...at.pointer,
      currentVersion: versions.stable,
      targetVersion: versions.candidate,
      hooks: group.hooks,
    });
    try {
      const { deploymentId } = await once.send(
        new CreateDeploymentCommand({
          ...names,
          deploymentConfigName: group.configuration,
          description: deploymentDescription(rolloutId, at.token),
          revision: { revisionType: 'AppSpecContent', appSpecContent: { content } },
          ...(alarms === null ? {} : { overrideAlarmConfiguration: alarmsOf(alarms) }),
        }),
      );
      if (deploymentId !== undefined) return deploymentId;
      throw new TransientFailure('CodeDeploy gave the deployment no id');
    } catch (error) {
      if (!isNamed(error, 'DeploymentLimitExceededException')) throw error;
      throw new TransientFailure(
        `another deployment of ${group.group} is still active: ${(error as Error).message}`,
        { cause: error },
      );
    }
  };

  return {
    answer,
    start: async ({ rolloutId, since, run, versions, alarms = null }) => {
      const deploymentId =
        run.deploymentId ??
        (await find(rolloutId, since)) ??
        (await create(rolloutId, versions, alarms));
      return { deploymentId, startedAt: run.startedAt ?? isoOf(runtime.now()) };
    },
    advance: () => Promise.resolve(),
    read: async (run): Promise<DeploymentSight> => {
      const deploymentId = idOf(run);
      const { deploymentInfo } = await codeDeploy.send(new GetDeploymentCommand({ deploymentId }));
      return {
        status: deploymentInfo?.status ?? 'Unknown',
        errorCode: deploymentInfo?.errorInformation?.code ?? null,
        errorMessage: deploymentInfo?.errorInformation?.message ?? null,
        targetPercent: await targetPercent(deploymentId),
      };
    },
    stop: async ({ rolloutId, since, run }) => {
      const deploymentId = run.deploymentId ?? (await find(rolloutId, since));
      if (deploymentId === null) return { ended: true, reason: 'there was no deployment' };
      if (!ended((await deployment(deploymentId)).status)) {
        try {
          await codeDeploy.send(
            new StopDeploymentCommand({ deploymentId, autoRollbackEnabled: true }),
          );
        } catch (error) {
          if (!isNamed(error, 'DeploymentAlreadyCompletedException')) throw error;
        }
      }
      const { status, rollbackDeploymentId } = await deployment(deploymentId);
      const undo = rollbackDeploymentId === null ? null : await deployment(rollbackDeploymentId);
      return {
        ended: ended(status) && (undo === null || ended(undo.status)),
        reason: `deployment ${deploymentId} is ${status}${undo === null ? '' : `, its rollback ${undo.deploymentId} is ${undo.status}`}`,
      };
    },
  };
};

const idOf = ({ deploymentId }: ShiftRun): string => {
  invariant(deploymentId !== null, "CodeDeploy's shift has a deployment");
  return deploymentId;
};
