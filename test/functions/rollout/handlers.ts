import { handler as alarmFastPath } from '../../../functions/rollback/alarm-fast-path.ts';
import { handler as claimRollback } from '../../../functions/rollback/claim-rollback.ts';
import { handler as concludeRollback } from '../../../functions/rollback/conclude-rollback.ts';
import { handler as liftOverride } from '../../../functions/rollback/lift-override.ts';
import { handler as overrideTraffic } from '../../../functions/rollback/override-traffic.ts';
import { handler as quiesceRollout } from '../../../functions/rollback/quiesce-rollout.ts';
import { handler as recordStuck } from '../../../functions/rollback/record-stuck.ts';
import { handler as requestRollback } from '../../../functions/rollback/request-rollback.ts';
import { handler as restoreStable } from '../../../functions/rollback/restore-stable.ts';
import { handler as stopDeployment } from '../../../functions/rollback/stop-deployment.ts';
import { handler as acquireLock } from '../../../functions/rollout/acquire-lock.ts';
import { handler as answerHook } from '../../../functions/rollout/answer-hook.ts';
import { handler as applyWorkload } from '../../../functions/rollout/apply-workload.ts';
import { handler as checkCapacity } from '../../../functions/rollout/check-capacity.ts';
import { handler as checkWorkload } from '../../../functions/rollout/check-workload.ts';
import { handler as concludeRollout } from '../../../functions/rollout/conclude-rollout.ts';
import { handler as createDeployment } from '../../../functions/rollout/create-deployment.ts';
import { handler as keepWarm } from '../../../functions/rollout/keep-warm.ts';
import { handler as ownRoute } from '../../../functions/rollout/own-route.ts';
import { handler as placeFirst } from '../../../functions/rollout/place-first.ts';
import { handler as preflight } from '../../../functions/rollout/preflight.ts';
import { handler as probe } from '../../../functions/rollout/probe.ts';
import { handler as publishPointer } from '../../../functions/rollout/publish-pointer.ts';
import { handler as refuseRollout } from '../../../functions/rollout/refuse-rollout.ts';
import { handler as scaleWorkload } from '../../../functions/rollout/scale-workload.ts';
import { handler as smokeTest } from '../../../functions/rollout/smoke-test.ts';
import { handler as tick } from '../../../functions/rollout/tick.ts';

type Handler = (event: unknown, context: never) => Promise<unknown>;

/** Every handler of a rollout and a rollback by the name that its machine gives it. */
export const handlers: Readonly<Record<string, Handler>> = {
  AcquireLock: acquireLock,
  AlarmFastPath: alarmFastPath,
  AnswerHook: answerHook,
  ApplyWorkload: applyWorkload,
  CheckCapacity: checkCapacity,
  CheckWorkload: checkWorkload,
  ClaimRollback: claimRollback,
  ConcludeRollback: concludeRollback,
  ConcludeRollout: concludeRollout,
  CreateDeployment: createDeployment,
  KeepWarm: keepWarm,
  LiftOverride: liftOverride,
  OverrideTraffic: overrideTraffic,
  OwnRoute: ownRoute,
  PlaceFirst: placeFirst,
  Preflight: preflight,
  Probe: probe,
  PublishPointer: publishPointer,
  QuiesceRollout: quiesceRollout,
  RecordStuck: recordStuck,
  RefuseRollout: refuseRollout,
  RequestRollback: requestRollback,
  RestoreStable: restoreStable,
  ScaleWorkload: scaleWorkload,
  SmokeTest: smokeTest,
  StopDeployment: stopDeployment,
  Tick: tick,
};
