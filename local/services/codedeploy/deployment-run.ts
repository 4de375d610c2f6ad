import type { DeploymentStatus, ErrorCode } from '@aws-sdk/client-codedeploy';
import type { CloudContext, Place } from '../service.ts';
import type { Hook } from './app-spec.ts';
import { type Deployment, type Interruption, isActive, LIFECYCLE } from './deployment.ts';
import { type DeploymentState, stateChangeEvent } from './deployment-event.ts';
import { DeploymentFailure, ServiceRole } from './service-role.ts';

/** How the local CodeDeploy behaves where AWS promises nothing; may be changed at any time. */
export interface CodeDeploySettings {
  /** From the request to the first step. */
  startDelayMs: number;
  /** Between two looks at the alarms, from the start of a deployment to its end, hooks included. */
  alarmPollMs: number;
  /** How long a hook may take to answer; documented as one hour. */
  hookTimeoutMs: number;
}

/** What the run of a deployment reports to its keeper. */
export interface RunListener {
  /** The deployment has ended and asks for a rollback if its rules want one. */
  ended(deployment: Deployment, event: RollbackEvent | undefined): void;
}

/** What a rollback rule names. */
export type RollbackEvent =
  | 'DEPLOYMENT_FAILURE'
  | 'DEPLOYMENT_STOP_ON_ALARM'
  | 'DEPLOYMENT_STOP_ON_REQUEST';

class Interrupted extends Error {}

const HOOK_FAILED =
  'The deployment failed because one or more of the lifecycle event validation functions failed.';
const HOOK_SILENT =
  'The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour after a deployment hook is invoked.';
const THROTTLE_WAITS = [1_000, 2_000, 4_000];

/** Runs one deployment on the clock: checks, hooks, shifts, and a watch on the alarms all along. */
export class DeploymentRun {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #deployment: Deployment;
  readonly #settings: CodeDeploySettings;
  readonly #listener: RunListener;
  readonly #role: ServiceRole;
  #release: (() => void) | undefined;
  /** Nothing has been checked yet: a failure now leaves the alias alone. */
  #touchable = false;

  constructor(
    cloud: CloudContext,
    place: Place,
    deployment: Deployment,
    settings: CodeDeploySettings,
    listener: RunListener,
  ) {
    this.#cloud = cloud;
    this.#place = place;
    this.#deployment = deployment;
    this.#settings = settings;
    this.#listener = listener;
    this.#role = new ServiceRole(cloud, place, deployment.group.serviceRoleArn, deployment.id);
  }

  /** Starts the run; it goes on by itself. */
  start(): void {
    this.#release = this.#cloud.clock.hold();
    const rollback = this.#deployment.creator === 'codeDeployRollback';
    void (rollback ? this.#flipBack() : this.#deploy())
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#release?.());
  }

  get #now(): number {
    return this.#cloud.clock.now();
  }

  /** Lets time pass: `milliseconds`, or until someone wakes the deployment. */
  async #pause(milliseconds: number): Promise<void> {
    // Whoever interrupted while a call was under way found nobody to wake.
    this.#checkInterruption();
    const deployment = this.#deployment;
    await new Promise<void>((resolve) => {
      const resume = (): void => {
        delete deployment.wake;
        this.#release = this.#cloud.clock.hold();
        resolve();
      };
      const timer = this.#cloud.clock.at(this.#now + milliseconds, resume);
      deployment.wake = () => {
        timer.cancel();
        resume();
      };
      this.#release?.();
    });
    this.#checkInterruption();
  }

  #checkInterruption(): void {
    if (this.#deployment.interruption) throw new Interrupted();
  }

  async #deploy(): Promise<void> {
    const deployment = this.#deployment;
    await this.#pause(this.#settings.startDelayMs);
    this.#begin();
    await this.#role.assume();
    await this.#lookAtAlarms();
    this.#checkInterruption();
    this.#watchAlarms();
    await this.#role.checkAlias(deployment.spec);
    this.#touchable = true;
    await this.#hook('BeforeAllowTraffic');
    await this.#allowTraffic();
    await this.#hook('AfterAllowTraffic');
    this.#finish('Succeeded');
  }

  /** A rollback flips the alias at once; its hooks are not run, though its events succeed. */
  async #flipBack(): Promise<void> {
    this.#begin();
    this.#mark('BeforeAllowTraffic', 'Succeeded');
    this.#mark('AllowTraffic', 'InProgress');
    await this.#shift(100);
    this.#mark('AllowTraffic', 'Succeeded');
    this.#mark('AfterAllowTraffic', 'Succeeded');
    this.#finish('Succeeded');
  }

  #begin(): void {
    this.#deployment.status = 'InProgress';
    this.#deployment.startTime = this.#now;
    this.#announce('START');
  }

  #mark(event: (typeof LIFECYCLE)[number], status: 'InProgress' | 'Succeeded' | 'Failed'): void {
    const record = this.#deployment.lifecycle[event];
    record.status = status;
    record.startTime ??= this.#now;
    if (status !== 'InProgress') record.endTime = this.#now;
  }

  async #allowTraffic(): Promise<void> {
    this.#mark('AllowTraffic', 'InProgress');
    for (const { percent, minutes } of this.#deployment.steps) {
      await this.#shift(percent);
      if (minutes > 0) await this.#pause(minutes * 60_000);
    }
    this.#mark('AllowTraffic', 'Succeeded');
  }

  async #shift(percent: number): Promise<void> {
    for (const wait of [...THROTTLE_WAITS, undefined]) {
      try {
        await this.#role.shift(this.#deployment.spec, percent);
        this.#deployment.weight = percent / 100;
        break;
      } catch (error) {
        const throttled = error instanceof DeploymentFailure && error.code === 'THROTTLED';
        if (!throttled || wait === undefined) throw error;
        await this.#pause(wait);
      }
    }
    this.#checkInterruption();
  }

  async #hook(event: Hook): Promise<void> {
    const deployment = this.#deployment;
    const script = deployment.spec.hooks[event];
    this.#mark(event, 'InProgress');
    if (script !== undefined) {
      const blob = { encryptedData: this.#cloud.token(48), materialSetSerial: 1 };
      const executionId = Buffer.from(JSON.stringify(blob)).toString('base64url');
      deployment.hooks.set(executionId, 'pending');
      let succeeded: boolean | undefined;
      deployment.pendingHook = {
        executionId,
        answer: (said) => {
          succeeded = said;
          deployment.wake?.();
        },
      };
      await this.#role.startHook(script, deployment.id, executionId);
      // The answer may have come while the function was being started.
      if (succeeded === undefined) await this.#pause(this.#settings.hookTimeoutMs);
      delete deployment.pendingHook;
      this.#checkInterruption();
      if (succeeded === undefined) throw this.#hookFailure(event, script, 'TIMEOUT', HOOK_SILENT);
      if (!succeeded) {
        throw this.#hookFailure(event, script, 'HOOK_EXECUTION_FAILURE', HOOK_FAILED);
      }
    }
    this.#mark(event, 'Succeeded');
  }

  #hookFailure(event: Hook, script: string, code: ErrorCode, message: string): DeploymentFailure {
    this.#deployment.lifecycle[event].failure = { script, message };
    return new DeploymentFailure(code, message);
  }

  #watchAlarms(): void {
    if (!this.#alarmNames()) return;
    this.#cloud.clock.at(this.#now + this.#settings.alarmPollMs, () => {
      if (!isActive(this.#deployment) || this.#deployment.interruption) return;
      const release = this.#cloud.clock.hold();
      void this.#lookAtAlarms()
        .then(() => this.#watchAlarms())
        .finally(release);
    });
  }

  #alarmNames(): string[] | undefined {
    const { alarms, creator } = this.#deployment;
    // The alarm that set a rollback off must not stop it.
    if (!alarms?.enabled || creator === 'codeDeployRollback') return undefined;
    return (alarms.alarms ?? []).flatMap(({ name }) => (name ? [name] : []));
  }

  async #lookAtAlarms(): Promise<void> {
    const names = this.#alarmNames();
    if (!names) return;
    try {
      const alarms = await this.#role.activeAlarms(names);
      if (alarms.length > 0) this.#interrupt({ kind: 'alarm', alarms });
    } catch (error) {
      if (this.#deployment.alarms?.ignorePollAlarmFailure) return;
      const message = error instanceof Error ? error.message : String(error);
      const denied = error instanceof Error && error.name.startsWith('AccessDenied');
      this.#interrupt({ kind: 'poll', denied, message });
    }
  }

  #interrupt(interruption: Interruption): void {
    const deployment = this.#deployment;
    if (!isActive(deployment) || deployment.interruption) return;
    deployment.interruption = interruption;
    deployment.wake?.();
  }

  #fail(error: unknown): void {
    const deployment = this.#deployment;
    const { interruption } = deployment;
    for (const event of LIFECYCLE) {
      const record = deployment.lifecycle[event];
      if (record.status === 'InProgress') this.#mark(event, 'Failed');
      else if (record.status === 'Pending') record.status = 'Skipped';
    }
    if (error instanceof Interrupted && interruption) {
      this.#stopped(interruption);
      return;
    }
    const failure =
      error instanceof DeploymentFailure
        ? error
        : new DeploymentFailure(
            'INTERNAL_ERROR',
            error instanceof Error ? error.message : String(error),
          );
    deployment.error = { code: failure.code, message: failure.message };
    // What failed before the alias was checked has changed nothing and says nothing about where to go back to.
    this.#finish('Failed', this.#touchable ? 'DEPLOYMENT_FAILURE' : undefined);
  }

  #stopped(interruption: Interruption): void {
    const deployment = this.#deployment;
    switch (interruption.kind) {
      case 'alarm':
        deployment.error = {
          code: 'ALARM_ACTIVE',
          message: `One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: ${interruption.alarms.map((name) => `<${name}>`).join(' ')}`,
        };
        this.#finish('Stopped', 'DEPLOYMENT_STOP_ON_ALARM');
        return;
      case 'poll':
        deployment.error = {
          code: interruption.denied ? 'IAM_ROLE_PERMISSIONS' : 'INTERNAL_ERROR',
          message: `The deployment was stopped because the state of its alarms could not be read from CloudWatch: ${interruption.message}`,
        };
        this.#finish('Stopped', this.#touchable ? 'DEPLOYMENT_FAILURE' : undefined);
        return;
      case 'stop':
        deployment.error = {
          code: 'MANUAL_STOP',
          message: 'The deployment was stopped by a StopDeployment request.',
        };
        this.#finish('Stopped', 'DEPLOYMENT_STOP_ON_REQUEST');
    }
  }

  #finish(status: DeploymentStatus, event?: RollbackEvent): void {
    const deployment = this.#deployment;
    deployment.status = status;
    deployment.completeTime = this.#now;
    delete deployment.pendingHook;
    delete deployment.wake;
    this.#announce(status === 'Succeeded' ? 'SUCCESS' : status === 'Failed' ? 'FAILURE' : 'STOP');
    this.#listener.ended(deployment, event);
  }

  #announce(state: DeploymentState): void {
    this.#cloud.emit(stateChangeEvent(this.#deployment, this.#place, state), this.#place);
  }
}
