import type {
  DescribeExecutionInput,
  DescribeExecutionOutput,
  GetExecutionHistoryInput,
  GetExecutionHistoryOutput,
  HistoryEvent,
  ListExecutionsInput,
  ListExecutionsOutput,
  StartExecutionInput,
  StartExecutionOutput,
  StopExecutionInput,
  StopExecutionOutput,
} from '@aws-sdk/client-sfn';
import { Execution } from '../../states/execution.ts';
import type { Json } from '../../states/json.ts';
import type { World } from '../../states/passage.ts';
import { isWithin, quotas } from '../../states/quotas.ts';
import type { Principal } from '../service.ts';
import { checkExecutionArn, checkName, executionArn, parseMachineArn } from './names.ts';
import { page } from './paging.ts';
import { sfnErrors } from './sfn-errors.ts';
import type { Startable, StateMachines } from './state-machines.ts';

const closedMilliseconds = quotas.closedExecutionDays * 86_400_000;

/** The executions of a place. */
export class Executions {
  readonly #world: World;
  readonly #machines: StateMachines;
  readonly #changed: (execution: Execution) => void;
  readonly #byArn = new Map<string, Execution>();
  /** In the order of their ends, so that those past their days are found without looking at all. */
  readonly #closed: Execution[] = [];

  constructor(world: World, machines: StateMachines, changed: (execution: Execution) => void) {
    this.#world = world;
    this.#machines = machines;
    this.#changed = changed;
  }

  start(input: StartExecutionInput): StartExecutionOutput {
    const startable = this.#machines.startable(input.stateMachineArn ?? '');
    const { cloud, place } = this.#world;
    const name = input.name ?? cloud.uuid();
    checkName(name);
    const value = parseInput(input.input);
    const arn = executionArn(place, startable.machine.name, name);
    this.#forgetOld();
    const existing = this.#byArn.get(arn);
    if (existing !== undefined) {
      if (
        existing.status === 'RUNNING' &&
        JSON.stringify(existing.about.input) === JSON.stringify(value)
      ) {
        return { executionArn: arn, startDate: new Date(existing.about.startedAt) };
      }
      throw sfnErrors.executionAlreadyExists(arn);
    }
    const execution = this.#make(startable, arn, name, value);
    this.#byArn.set(arn, execution);
    this.#changed(execution);
    execution.start();
    return { executionArn: arn, startDate: new Date(execution.about.startedAt) };
  }

  describe({ executionArn: arn = '' }: DescribeExecutionInput): DescribeExecutionOutput {
    return described(this.get(arn));
  }

  list(input: ListExecutionsInput): ListExecutionsOutput {
    if (input.stateMachineArn === undefined) {
      throw sfnErrors.unsupported(
        'the local cloud lists executions by stateMachineArn only, not by mapRunArn',
      );
    }
    const { machine } = this.#machines.startable(input.stateMachineArn);
    const { qualifier } = parseMachineArn(input.stateMachineArn);
    const newestFirst = [...this.#byArn.values()]
      .filter(
        ({ about, status }) =>
          about.stateMachineArn === machine.arn &&
          (qualifier === undefined ||
            about.stateMachineVersionArn === input.stateMachineArn ||
            about.stateMachineAliasArn === input.stateMachineArn) &&
          (input.statusFilter === undefined || status === input.statusFilter),
      )
      .reverse();
    const { items, nextToken } = page(newestFirst, input);
    return {
      executions: items.map(({ about, status, stoppedAt }) => ({
        executionArn: about.arn,
        stateMachineArn: about.stateMachineArn,
        name: about.name,
        status,
        startDate: new Date(about.startedAt),
        ...(stoppedAt === undefined ? {} : { stopDate: new Date(stoppedAt) }),
        ...startedBy(about),
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  }

  /** Stopping what has ended changes nothing. */
  stop({ executionArn: arn = '', error, cause }: StopExecutionInput): StopExecutionOutput {
    const execution = this.get(arn);
    if (execution.status === 'RUNNING') execution.stop(error, cause);
    return { stopDate: new Date(execution.stoppedAt ?? this.#world.cloud.clock.now()) };
  }

  history(input: GetExecutionHistoryInput): GetExecutionHistoryOutput {
    const { history } = this.get(input.executionArn ?? '');
    const ids = Array.from({ length: history.length }, (_, index) => index + 1);
    const { items, nextToken } = page(input.reverseOrder === true ? ids.reverse() : ids, input);
    const withData = input.includeExecutionData ?? true;
    return {
      events: items.map((id): HistoryEvent => history.event(id, withData)),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  }

  get(arn: string): Execution {
    checkExecutionArn(arn);
    const execution = this.#byArn.get(arn);
    if (execution === undefined) throw sfnErrors.executionDoesNotExist(arn);
    return execution;
  }

  #make(startable: Startable, arn: string, name: string, input: Json): Execution {
    const { cloud } = this.#world;
    const { machine, revision, version, alias } = startable;
    return new Execution(
      this.#world,
      revision.machine,
      {
        arn,
        name,
        input,
        stateMachineArn: machine.arn,
        stateMachineName: machine.name,
        ...(version === undefined ? {} : { stateMachineVersionArn: version.arn }),
        ...(alias === undefined ? {} : { stateMachineAliasArn: alias.arn }),
        roleArn: revision.roleArn,
        principal: sessionOf(revision.roleArn, cloud.token(32)),
        startedAt: cloud.clock.now(),
      },
      (ended) => {
        this.#closed.push(ended);
        this.#changed(ended);
      },
    );
  }

  #forgetOld(): void {
    const before = this.#world.cloud.clock.now() - closedMilliseconds;
    let old = 0;
    for (const { stoppedAt } of this.#closed) {
      if (stoppedAt === undefined || stoppedAt > before) break;
      old += 1;
    }
    for (const { about } of this.#closed.splice(0, old)) this.#byArn.delete(about.arn);
  }
}

/** A role's session, as the machine's tasks call. */
const sessionOf = (roleArn: string, session: string): Principal => {
  const [, partition = 'aws', , , account = '', path = ''] = roleArn.split(':');
  const name = path.split('/').at(-1) ?? path;
  return {
    arn: `arn:${partition}:sts::${account}:assumed-role/${name}/${session}`,
    account,
    roleArn,
  };
};

const startedBy = ({ stateMachineVersionArn, stateMachineAliasArn }: Execution['about']) => ({
  ...(stateMachineVersionArn === undefined ? {} : { stateMachineVersionArn }),
  ...(stateMachineAliasArn === undefined ? {} : { stateMachineAliasArn }),
});

/** An execution in the words of DescribeExecution. A timed-out one has no error there: https://github.com/floci-io/floci/issues/2733 */
export const described = (execution: Execution): DescribeExecutionOutput => {
  const { about, status, stoppedAt, output, error, cause } = execution;
  return {
    executionArn: about.arn,
    stateMachineArn: about.stateMachineArn,
    name: about.name,
    status,
    startDate: new Date(about.startedAt),
    ...(stoppedAt === undefined ? {} : { stopDate: new Date(stoppedAt) }),
    input: JSON.stringify(about.input),
    inputDetails: { included: true },
    ...(output === undefined
      ? {}
      : { output: JSON.stringify(output), outputDetails: { included: true } }),
    ...startedBy(about),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    redriveCount: execution.redriveCount,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: redriveReason(status),
  };
};

const redriveReason = (status: Execution['status']): string => {
  if (status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven';
  if (status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven';
  return 'The local cloud does not redrive executions';
};

const parseInput = (input: string | undefined): Json => {
  if (input === undefined) return {};
  if (Buffer.byteLength(input) > quotas.payloadBytes) {
    throw sfnErrors.validation(
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${quotas.payloadBytes}`,
    );
  }
  if (input.trim() === '') throw sfnErrors.invalidInput('Invalid execution input.');
  try {
    return JSON.parse(input) as Json;
  } catch (error) {
    throw sfnErrors.invalidInput(error instanceof Error ? error.message : String(error));
  }
};

/** Reads what a task's answer carries. */
export const parseOutput = (output: string | undefined): Json => {
  let value: Json;
  try {
    value = JSON.parse(output ?? '') as Json;
  } catch (error) {
    throw sfnErrors.invalidOutput(error instanceof Error ? error.message : String(error));
  }
  if (!isWithin(value)) {
    throw sfnErrors.validation(
      `1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to ${quotas.payloadBytes}`,
    );
  }
  return value;
};
