import type {
  DescribeExecutionOutput,
  GetExecutionHistoryOutput,
  HistoryEvent,
} from '@aws-sdk/client-sfn';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { AwsError } from '../../../local/services/aws-error.ts';
import type {
  AwsEvent,
  CallContext,
  CloudContext,
  Operation,
  Place,
  Principal,
  Service,
} from '../../../local/services/service.ts';
import { type SfnService, sfnModule } from '../../../local/services/sfn/module.ts';
import type { Transition } from '../../../local/states/passage.ts';

export const place: Place = { account: '111111111111', region: 'eu-central-1' };
export const roleArn = 'arn:aws:iam::111111111111:role/machine';
export const operator: Principal = {
  arn: 'arn:aws:iam::111111111111:root',
  account: '111111111111',
};
export const start = Date.UTC(2026, 10, 21, 12);

/** What a fake Lambda function does: answers, throws an error by name, or takes its time on the clock. */
export type Handler = (payload: unknown, invocation: Invocation) => unknown;

interface Invocation {
  readonly functionName: string;
  readonly principal: Principal;
  readonly qualifier: string | undefined;
}

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly context: CallContext;
}

/** An error as a handler throws it. */
export class HandlerError extends Error {
  constructor(name: string, message = 'no message') {
    super(message);
    this.name = name;
  }
}

/** The smallest cloud that Step Functions can live in: a virtual clock, Lambda functions, and what a test adds. */
export class TestCloud implements CloudContext {
  readonly clock = new VirtualClock(start);
  readonly calls: Call[] = [];
  readonly events: AwsEvent[] = [];
  readonly warnings: string[] = [];
  readonly handlers = new Map<string, Handler>();
  readonly operations: Record<string, Operation> = {};
  /** Answers for chance, in order; then 0.5. */
  readonly chances: number[] = [];
  readonly sfn: SfnService;
  #uuids = 0;
  #tokens = 0;

  constructor() {
    this.sfn = sfnModule.create(this, place);
    this.operations['lambda:Invoke'] = (input, context) => this.#invoke(input, context);
  }

  random(): number {
    return this.chances.shift() ?? 0.5;
  }

  uuid(): string {
    this.#uuids += 1;
    return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, '0')}`;
  }

  token(length: number): string {
    this.#tokens += 1;
    return String(this.#tokens).padStart(length, 'a');
  }

  async call<T>(
    service: string,
    operation: string,
    input: unknown,
    context: CallContext,
  ): Promise<T> {
    this.calls.push({ service, operation, input, context });
    const known =
      service === 'sfn'
        ? this.sfn.operations[operation]
        : this.operations[`${service}:${operation}`];
    if (known === undefined) throw new Error(`${service}:${operation} is not in this test`);
    return structuredClone(await known(structuredClone(input), context)) as T;
  }

  service<T extends Service>(name: string): T {
    if (name !== 'sfn') throw new Error(`${name} is not in this test`);
    return this.sfn as Service as T;
  }

  emit(event: AwsEvent): void {
    this.events.push(event);
  }

  measure(): void {
    // nothing here measures
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  async #invoke(
    input: {
      FunctionName: string;
      Payload: Uint8Array;
      Qualifier?: string;
      InvocationType?: string;
    },
    { principal }: CallContext,
  ): Promise<object> {
    const { FunctionName: functionName, Qualifier: qualifier } = input;
    const name = functionName.split(':')[6] ?? functionName;
    const handler = this.handlers.get(name);
    if (handler === undefined) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${functionName}`, {
        status: 404,
      });
    }
    if (input.InvocationType === 'Event') return { StatusCode: 202 };
    const payload: unknown = JSON.parse(new TextDecoder().decode(input.Payload));
    const answer = (value: unknown) => new TextEncoder().encode(JSON.stringify(value ?? null));
    try {
      const result = await handler(payload, { functionName, principal, qualifier });
      return {
        StatusCode: 200,
        ExecutedVersion: qualifier ?? '$LATEST',
        Payload: answer(result),
      };
    } catch (error) {
      if (!(error instanceof HandlerError)) throw error;
      const { name: errorType, message: errorMessage } = error;
      return {
        StatusCode: 200,
        FunctionError: 'Unhandled',
        Payload: answer({ errorType, errorMessage, trace: [] }),
      };
    }
  }
}

/** An execution's end, as tests look at it. */
export interface Ending {
  readonly arn: string;
  readonly status: string | undefined;
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly seconds: number;
  readonly history: readonly HistoryEvent[];
  /** The history's types in order. */
  readonly types: readonly (string | undefined)[];
}

/** One cloud with what most tests do on it. */
export class Bench {
  readonly cloud = new TestCloud();
  readonly transitions: Transition[] = [];
  #machines = 0;

  constructor() {
    this.cloud.sfn.onTransition((transition) => this.transitions.push(transition));
  }

  /** A Lambda function; its ARN. */
  lambda(name: string, handler: Handler): string {
    this.cloud.handlers.set(name, handler);
    return `arn:aws:lambda:${place.region}:${place.account}:function:${name}`;
  }

  async call<T>(operation: string, input: unknown): Promise<T> {
    return this.cloud.call<T>('sfn', operation, input, { ...place, principal: operator });
  }

  /** A state machine; its ARN. */
  async machine(definition: object, name?: string): Promise<string> {
    this.#machines += 1;
    const { stateMachineArn } = await this.call<{ stateMachineArn: string }>('CreateStateMachine', {
      name: name ?? `machine${this.#machines}`,
      definition: JSON.stringify({ QueryLanguage: 'JSONata', ...definition }),
      roleArn,
    });
    return stateMachineArn;
  }

  async begin(stateMachineArn: string, input: unknown = {}, name?: string): Promise<string> {
    const { executionArn } = await this.call<{ executionArn: string }>('StartExecution', {
      stateMachineArn,
      input: JSON.stringify(input),
      ...(name === undefined ? {} : { name }),
    });
    return executionArn;
  }

  describe(executionArn: string): Promise<DescribeExecutionOutput> {
    return this.call('DescribeExecution', { executionArn });
  }

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const { events } = await this.call<GetExecutionHistoryOutput>('GetExecutionHistory', {
      executionArn,
      maxResults: 1000,
    });
    return events ?? [];
  }

  async ending(arn: string): Promise<Ending> {
    const described = await this.describe(arn);
    const history = await this.history(arn);
    const { status, output, error, cause, startDate, stopDate } = described;
    return {
      arn,
      status,
      output: output === undefined ? undefined : JSON.parse(output),
      error,
      cause,
      seconds: ((stopDate?.getTime() ?? Number.NaN) - (startDate?.getTime() ?? 0)) / 1000,
      history,
      types: history.map(({ type }) => type),
    };
  }

  /** Runs a machine to its end. */
  async run(definition: object, input: unknown = {}): Promise<Ending> {
    const arn = await this.begin(await this.machine(definition), input);
    let over = false;
    this.cloud.sfn.whenEnded(arn, () => {
      over = true;
    });
    await this.cloud.clock.run(() => over, start + 400 * 86_400_000);
    return this.ending(arn);
  }
}

/** A machine of one state. */
export const single = (state: object): object => ({
  StartAt: 'S',
  States: { S: { End: true, ...state } },
});

/** A Task that invokes a function with the state's input, the answer as its output. */
export const invoke = (functionArn: string, more: object = {}): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: functionArn, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...more,
});
