import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { VirtualClock } from '../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../local/cloud.ts';
import { modules } from '../local/modules.ts';
import type { SfnService } from '../local/services/sfn/module.ts';

const PLACE = { account: '111111111111', region: 'eu-west-1' } as const;
/** Pass, Choice, Wait and the state that counts. */
const STATES_A_ROUND = 4;

/** Which machine: with a Lambda task in each round, or with nothing but the interpreter's own states. */
export type Round = 'lambda' | 'pass';

/** A cloud with two machines in it and nothing else. */
export interface BareMachines {
  /** Runs executions to their ends; answers how many states they entered. */
  run(round: Round, executions: number): Promise<number>;
}

/** Synthesizes and deploys the machines: each goes round `rounds` times. */
export const deployBareMachines = async (rounds: number): Promise<BareMachines> => {
  const clock = new VirtualClock(Date.parse('2026-03-02T09:00:00Z'));
  const cloud = new Cloud({ clock, seed: 1, modules });
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    synthesize(folder, rounds);
    let ended = false;
    const deployed = cloud.deploy(folder).finally(() => {
      ended = true;
    });
    while (!ended) await clock.advance(1000);
    await deployed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const sfn = cloud.service<SfnService>('sfn', PLACE);
  const caller = { ...PLACE, principal: operatorOf(PLACE.account) };
  return {
    run: async (round, executions) => {
      const before = sfn.totalTransitions;
      const stateMachineArn = `arn:aws:states:${PLACE.region}:${PLACE.account}:stateMachine:${round}`;
      let left = executions;
      for (let index = 0; index < executions; index += 1) {
        const { executionArn } = await cloud.call<{ executionArn: string }>(
          'sfn',
          'StartExecution',
          { stateMachineArn },
          caller,
        );
        sfn.whenEnded(executionArn, () => {
          left -= 1;
        });
      }
      await clock.run(() => left === 0, clock.now() + 7 * 86_400_000);
      const made = sfn.totalTransitions - before;
      const least = executions * rounds * STATES_A_ROUND;
      if (made < least) throw new Error(`${made} states entered, expected ${least} or more`);
      return made;
    },
  };
};

const synthesize = (outdir: string, rounds: number): void => {
  const app = new App({ outdir });
  const stack = new Stack(app, 'bare', { env: PLACE });
  const counter = new LambdaFunction(stack, 'Counter', {
    functionName: 'counter',
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async ({ count }) => ({ count: count + 1 });'),
  });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['lambda:InvokeFunction'],
      resources: [counter.functionArn],
    }),
  );
  for (const round of ['lambda', 'pass'] as const) {
    new CfnStateMachine(stack, round, {
      stateMachineName: round,
      roleArn: role.roleArn,
      definition: machineOf(round, rounds),
    });
  }
  app.synth();
};

const machineOf = (round: Round, rounds: number): object => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Assign: { count: 0 }, Next: 'Count' },
    Count:
      round === 'lambda'
        ? {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Arguments: { FunctionName: 'counter', Payload: { count: '{% $count %}' } },
            Assign: { count: '{% $states.result.Payload.count %}' },
            Next: 'Pause',
          }
        : { Type: 'Pass', Assign: { count: '{% $count + 1 %}' }, Next: 'Pause' },
    Pause: { Type: 'Wait', Seconds: 1, Next: 'Look' },
    Look: {
      Type: 'Choice',
      Choices: [{ Condition: `{% $count >= ${rounds} %}`, Next: 'Done' }],
      Default: 'Mark',
    },
    Mark: { Type: 'Pass', Output: { count: '{% $count %}', more: true }, Next: 'Count' },
    Done: { Type: 'Succeed' },
  },
});
