import { readCatch } from './catch.ts';
import { StateFailure, StatesError, tooLarge } from './errors.ts';
import { type Details, Payload } from './history.ts';
import type { Integration, TaskRequest } from './integrations/integration.ts';
import type { Json, JsonObject } from './json.ts';
import { integerField, type NumberField } from './number-field.ts';
import type { Passage } from './passage.ts';
import { isWithin, quotas } from './quotas.ts';
import { parseResource, type Resource } from './resource.ts';
import { readRetry } from './retry.ts';
import type { Sight } from './sight.ts';
import { type ReadState, readExit } from './state.ts';
import { type Template, template } from './template.ts';

interface Task {
  readonly arn: string;
  readonly resource: Resource;
  readonly args: Template | undefined;
  readonly credentials: Template | undefined;
  readonly timeout: NumberField | undefined;
  readonly heartbeat: NumberField | undefined;
}

/** One attempt of a Task: a late answer to an earlier attempt must not reach the next one. */
class Attempt {
  readonly #visit: Passage;
  readonly #task: Task;
  readonly #integration: Integration;
  readonly #stops: (() => void)[] = [];
  #stopHeartbeat: (() => void) | undefined;
  #over = false;

  constructor(visit: Passage, task: Task, integration: Integration) {
    this.#visit = visit;
    this.#task = task;
    this.#integration = integration;
  }

  begin(): void {
    const visit = this.#visit;
    const { execution } = visit.flow;
    const { world } = execution;
    const task = this.#task;
    if (task.resource.pattern === 'token') visit.token = world.tokens.give();
    const frame = visit.frame();
    const args = task.args === undefined ? visit.input : task.args.evaluate(frame);
    if (!isWithin(args)) throw tooLarge(task.arn);
    const roleArn = credentialsRole(task, frame);
    const timeout = task.timeout?.(frame);
    const heartbeat = task.heartbeat?.(frame);
    this.#record('TaskScheduled', {
      region: world.place.region,
      parameters: new Payload(args),
      timeoutInSeconds: timeout,
      heartbeatInSeconds: heartbeat,
      taskCredentials: roleArn === undefined ? undefined : { roleArn },
    });
    this.#record('TaskStarted');
    visit.pending(() => this.#stop());
    if (timeout !== undefined) {
      const timer = visit.after(timeout * 1000, () => this.#timedOut(false));
      this.#stops.push(() => timer.cancel());
    }
    const request: TaskRequest = {
      cloud: world.cloud,
      region: world.place.region,
      principal: execution.about.principal,
      executionArn: execution.about.arn,
      stateMachineArn: execution.about.stateMachineArn,
      args,
      roleArn,
    };
    if (visit.token !== undefined) this.#waitFor(visit.token, heartbeat);
    this.#send(request);
  }

  /** The request goes out. Whoever takes real time to answer it holds the clock; nothing is held here, since a handler may sleep on it. */
  #send(request: TaskRequest): void {
    this.#integration.request(request).then(
      (response) => this.#resume(() => this.#answered(request, response)),
      (error: unknown) =>
        this.#resume(() => {
          if (!(error instanceof StateFailure)) throw error;
          this.#failed(error);
        }),
    );
  }

  #answered(request: TaskRequest, response: Json): void {
    const { pattern } = this.#task.resource;
    if (pattern === 'response') {
      this.#succeeded(response);
      return;
    }
    this.#record('TaskSubmitted', { output: new Payload(response) });
    if (pattern === 'token') return;
    const follow = this.#integration.follow;
    if (follow === undefined) throw new TypeError(`${this.#task.arn} cannot be followed`);
    this.#stops.push(
      follow(request, response, this.#task.resource, {
        succeeded: (output) => this.#resume(() => this.#succeeded(output)),
        failed: (failure) => this.#resume(() => this.#failed(failure)),
      }),
    );
  }

  #waitFor(token: string, heartbeatSeconds: number | undefined): void {
    const { tokens } = this.#visit.flow.execution.world;
    const beat = (): void => {
      this.#stopHeartbeat?.();
      if (heartbeatSeconds === undefined) return;
      const timer = this.#visit.after(heartbeatSeconds * 1000, () => this.#timedOut(true));
      this.#stopHeartbeat = () => timer.cancel();
    };
    beat();
    this.#stops.push(() => {
      tokens.close(token);
      this.#visit.token = undefined;
      this.#stopHeartbeat?.();
    });
    tokens.open(token, {
      succeed: (output) => this.#resume(() => this.#succeeded(output)),
      fail: (error, cause) => this.#resume(() => this.#failed(new StateFailure(error, cause))),
      heartbeat: beat,
    });
  }

  #resume(work: () => void): void {
    if (!this.#over) this.#visit.resume(work);
  }

  #succeeded(output: Json): void {
    this.#stop();
    if (!isWithin(output)) {
      const failure = tooLarge(this.#task.arn);
      this.#record('TaskFailed', { error: failure.error, cause: failure.cause });
      throw failure;
    }
    this.#record('TaskSucceeded', { output: new Payload(output) });
    this.#visit.succeed(output);
  }

  #failed(failure: StateFailure): void {
    this.#stop();
    this.#record('TaskFailed', { error: failure.error, cause: failure.cause });
    this.#visit.fail(failure);
  }

  #timedOut(missedHeartbeat: boolean): void {
    this.#stop();
    this.#record('TaskTimedOut', { error: StatesError.Timeout });
    this.#visit.fail(new StateFailure(StatesError.Timeout, undefined, { missedHeartbeat }));
  }

  #stop(): void {
    this.#over = true;
    for (const stop of this.#stops.splice(0)) stop();
  }

  #record(
    type:
      | 'TaskFailed'
      | 'TaskScheduled'
      | 'TaskStarted'
      | 'TaskSubmitted'
      | 'TaskSucceeded'
      | 'TaskTimedOut',
    details?: Details,
  ): void {
    const { resource, resourceType } = this.#task.resource;
    this.#visit.record(type, { resourceType, resource, ...details });
  }
}

const credentialsRole = (task: Task, frame: Sight): string | undefined => {
  if (task.credentials === undefined) return undefined;
  const credentials = task.credentials.evaluate(frame) as JsonObject;
  const roleArn = credentials['RoleArn'];
  if (typeof roleArn === 'string' && /^arn:aws[a-z-]*:iam::\d{12}:role\/.+/.test(roleArn)) {
    return roleArn;
  }
  throw new StateFailure(
    StatesError.Runtime,
    `Credentials.RoleArn must be the ARN of an IAM role, but was ${JSON.stringify(roleArn)}`,
  );
};

/** Task: has a service do something, and goes on with its answer. */
export const readTask: ReadState = (name, definition) => {
  const arn = definition['Resource'] as string;
  const resource = parseResource(arn);
  if (resource === undefined) throw new TypeError(`${arn}: the definition was not checked`);
  const { Arguments: args, Credentials: credentials } = definition;
  const most = quotas.taskTimeoutSeconds;
  const task: Task = {
    arn,
    resource,
    args: args === undefined ? undefined : template(args, 'Arguments'),
    credentials: credentials === undefined ? undefined : template(credentials, 'Credentials'),
    timeout: integerField(definition['TimeoutSeconds'], 'TimeoutSeconds', 1, most),
    heartbeat: integerField(definition['HeartbeatSeconds'], 'HeartbeatSeconds', 1, most),
  };
  return {
    ...readExit(definition),
    name,
    type: 'Task',
    retry: readRetry(definition['Retry']),
    catch: readCatch(definition['Catch']),
    enter: (visit) => {
      const integration = visit.flow.execution.world.integrations(resource);
      if (integration === undefined) throw new TypeError(`${arn}: the definition was not checked`);
      new Attempt(visit, task, integration).begin();
    },
  };
};
