/**
 * AWS Step Functions, standard workflows in JSONata. Definitions are checked with AWS's diagnostics; the
 * interpreter is `local/states`. Executions set off on the clock, keep their revision, and record AWS's history.
 *
 * Not done, and refused by name: JSONPath machines, the distributed Map, express workflows, activities,
 * TestState, customer managed keys, redriving. Logging and tracing configurations are kept, not acted on.
 * Of an SDK's HTTP headers in optimized integrations' answers only the status is told.
 */
import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  SendTaskFailureInput,
  SendTaskHeartbeatInput,
  SendTaskSuccessInput,
  TagResourceInput,
  UntagResourceInput,
  ValidateStateMachineDefinitionInput,
  ValidateStateMachineDefinitionOutput,
} from '@aws-sdk/client-sfn';
import { UnsupportedDefinition } from '../../states/diagnostics.ts';
import { integrations } from '../../states/integrations/integrations.ts';
import type { Transition, World } from '../../states/passage.ts';
import { TaskTokens, type WaitingTask } from '../../states/task-tokens.ts';
import { diagnose } from '../../states/validation.ts';
import type { CloudContext, Operation, Place, Service, ServiceModule } from '../service.ts';
import { Executions, parseOutput } from './executions.ts';
import { sfnResources } from './resources.ts';
import { sfnErrors } from './sfn-errors.ts';
import { StateMachines } from './state-machines.ts';
import { statusEvent } from './status-events.ts';
import { VersionsAndAliases } from './versions-and-aliases.ts';

/** Step Functions of one account and Region; beyond the API's operations, what observers and neighbours ask. */
export interface SfnService extends Service {
  /** How many states an execution has entered. */
  transitions(executionArn: string): number;
  /** How many states all executions have entered. */
  readonly totalTransitions: number;
  /** Calls back at each state entered; the returned function ends that. */
  onTransition(listener: (transition: Transition) => void): () => void;
  /** Calls back once when an execution has ended, at once if it has; the returned function takes that back. */
  whenEnded(executionArn: string, listener: () => void): () => void;
  /** Ends an execution as if its time were over now. */
  timeOut(executionArn: string): void;
}

class StepFunctions implements SfnService {
  readonly operations: Readonly<Record<string, Operation>>;
  totalTransitions = 0;
  readonly #machines: StateMachines;
  readonly #executions: Executions;
  readonly #tokens: TaskTokens;
  readonly #listeners = new Set<(transition: Transition) => void>();

  constructor(cloud: CloudContext, place: Place) {
    this.#machines = new StateMachines(cloud, place);
    this.#tokens = new TaskTokens(cloud);
    const world: World = {
      cloud,
      place,
      ambience: {
        now: () => cloud.clock.now(),
        random: () => cloud.random(),
        uuid: () => cloud.uuid(),
      },
      tokens: this.#tokens,
      integrations,
      transition: (transition) => {
        this.totalTransitions += 1;
        for (const listener of this.#listeners) listener(transition);
      },
    };
    this.#executions = new Executions(world, this.#machines, (execution) =>
      cloud.emit(statusEvent(execution), place),
    );
    this.operations = this.#operations(cloud);
  }

  transitions(executionArn: string): number {
    return this.#executions.get(executionArn).transitions;
  }

  onTransition(listener: (transition: Transition) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  whenEnded(executionArn: string, listener: () => void): () => void {
    const execution = this.#executions.get(executionArn);
    if (execution.status === 'RUNNING') return execution.whenEnded(() => listener());
    listener();
    return () => undefined;
  }

  timeOut(executionArn: string): void {
    this.#executions.get(executionArn).timeOut();
  }

  #operations(cloud: CloudContext): Readonly<Record<string, Operation>> {
    const machines = this.#machines;
    const executions = this.#executions;
    const more = new VersionsAndAliases(cloud, machines);
    return {
      CreateStateMachine: (input) => {
        const { arn, ...created } = machines.create(input);
        return { ...created, stateMachineArn: arn };
      },
      UpdateStateMachine: (input) => machines.update(input),
      DeleteStateMachine: (input) => machines.delete(input),
      DescribeStateMachine: (input) => machines.describe(input),
      ListStateMachines: (input) => machines.list(input),
      DescribeStateMachineForExecution: ({ executionArn }) => {
        const { about } = executions.get(executionArn);
        return machines.describe({
          stateMachineArn: about.stateMachineVersionArn ?? about.stateMachineArn,
        });
      },
      PublishStateMachineVersion: (input) => more.publish(input),
      ListStateMachineVersions: (input) => more.listVersions(input),
      DeleteStateMachineVersion: (input) => more.deleteVersion(input),
      CreateStateMachineAlias: (input) => more.createAlias(input),
      UpdateStateMachineAlias: (input) => more.updateAlias(input),
      DescribeStateMachineAlias: (input) => more.describeAlias(input),
      ListStateMachineAliases: (input) => more.listAliases(input),
      DeleteStateMachineAlias: (input) => more.deleteAlias(input),
      ValidateStateMachineDefinition: validate,
      StartExecution: (input) => executions.start(input),
      DescribeExecution: (input) => executions.describe(input),
      ListExecutions: (input) => executions.list(input),
      StopExecution: (input) => executions.stop(input),
      GetExecutionHistory: (input) => executions.history(input),
      SendTaskSuccess: ({ taskToken, output }: SendTaskSuccessInput) => {
        const value = parseOutput(output);
        this.#waiting(taskToken).succeed(value);
        return {};
      },
      SendTaskFailure: ({ taskToken, error, cause }: SendTaskFailureInput) => {
        this.#waiting(taskToken).fail(error, cause);
        return {};
      },
      SendTaskHeartbeat: ({ taskToken }: SendTaskHeartbeatInput) => {
        this.#waiting(taskToken).heartbeat();
        return {};
      },
      TagResource: ({ resourceArn, tags = [] }: TagResourceInput) => {
        const machine = this.#tagged(resourceArn);
        const changed = new Set(tags.map(({ key }) => key));
        machine.tags = [...machine.tags.filter(({ key }) => !changed.has(key)), ...tags];
        return {};
      },
      UntagResource: ({ resourceArn, tagKeys = [] }: UntagResourceInput) => {
        const machine = this.#tagged(resourceArn);
        machine.tags = machine.tags.filter(({ key }) => !tagKeys.includes(key ?? ''));
        return {};
      },
      ListTagsForResource: ({
        resourceArn,
      }: ListTagsForResourceInput): ListTagsForResourceOutput => ({
        tags: this.#tagged(resourceArn).tags,
      }),
    };
  }

  #waiting(token = ''): WaitingTask {
    const task = this.#tokens.waiting(token);
    if (task !== undefined) return task;
    throw this.#tokens.isGiven(token) ? sfnErrors.taskTimedOut() : sfnErrors.invalidToken();
  }

  #tagged(arn = '') {
    try {
      return this.#machines.get(arn);
    } catch {
      throw sfnErrors.resourceNotFound(arn);
    }
  }
}

const validate = ({
  definition = '',
  type,
  maxResults,
}: ValidateStateMachineDefinitionInput): ValidateStateMachineDefinitionOutput => {
  if (type === 'EXPRESS') {
    throw sfnErrors.unsupported('the local cloud does not do state machines of type EXPRESS');
  }
  try {
    const found = diagnose(definition);
    const most = maxResults === undefined || maxResults === 0 ? 100 : maxResults;
    return {
      result: found.length === 0 ? 'OK' : 'FAIL',
      diagnostics: found.slice(0, most),
      truncated: found.length > most,
    };
  } catch (error) {
    if (error instanceof UnsupportedDefinition) throw sfnErrors.unsupported(error.message);
    throw error;
  }
};

/** Step Functions for the local cloud. */
export const sfnModule: ServiceModule<SfnService> = {
  name: 'sfn',
  create: (cloud, place) => new StepFunctions(cloud, place),
  resources: sfnResources,
};
