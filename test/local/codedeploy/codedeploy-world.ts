import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, type EmittedEvent, operatorOf } from '../../../local/cloud.ts';
import { AwsError } from '../../../local/services/aws-error.ts';
import { cloudwatchModule } from '../../../local/services/cloudwatch/module.ts';
import {
  type CodeDeployService,
  codedeployModule,
} from '../../../local/services/codedeploy/module.ts';
import type { Place, Principal, ServiceModule } from '../../../local/services/service.ts';

/** A round minute to start from. */
export const START = Date.UTC(2026, 0, 1);
/** Where the tests live. */
export const place: Place = { account: '111111111111', region: 'eu-west-1' };
/** The deployment group's role. */
export const roleArn = 'arn:aws:iam::111111111111:role/shifter';

interface Alias {
  FunctionVersion: string;
  RoutingConfig?: { AdditionalVersionWeights: Record<string, number> };
}

interface HookCall {
  readonly function: string;
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
  readonly at: number;
}

/** A cloud with CodeDeploy, CloudWatch, and the little of Lambda and STS that a deployment meets. */
export const makeWorld = () => {
  const clock = new VirtualClock(START);
  const alias: Alias = { FunctionVersion: '1' };
  /** Seconds since the start, and the alias after each change. */
  const shifts: [number, string, Record<string, number>][] = [];
  const hooks: HookCall[] = [];
  const callers = new Set<string>();
  const sessions = new Map<string, Principal>();
  /** Errors that the next Lambda calls meet, by operation. */
  const refusals: [operation: string, error: AwsError][] = [];
  const refuse = (operation: string): void => {
    const index = refusals.findIndex(([name]) => name === operation);
    const [refusal] = index < 0 ? [] : refusals.splice(index, 1);
    if (refusal) throw refusal[1];
  };
  const lambda: ServiceModule = {
    name: 'lambda',
    resources: {},
    create: () => ({
      operations: {
        GetAlias: (input: { FunctionName: string; Name: string }, { principal }) => {
          callers.add(principal.arn);
          refuse('GetAlias');
          return { ...alias, Name: input.Name };
        },
        UpdateAlias: (input: Required<Alias>, { principal }) => {
          callers.add(principal.arn);
          refuse('UpdateAlias');
          alias.FunctionVersion = input.FunctionVersion;
          alias.RoutingConfig = input.RoutingConfig;
          shifts.push([
            (clock.now() - START) / 1_000,
            input.FunctionVersion,
            input.RoutingConfig.AdditionalVersionWeights,
          ]);
          return alias;
        },
        Invoke: (input: { FunctionName: string; Payload: Uint8Array }, { principal }) => {
          callers.add(principal.arn);
          refuse('Invoke');
          hooks.push({
            function: input.FunctionName,
            at: (clock.now() - START) / 1_000,
            ...JSON.parse(new TextDecoder().decode(input.Payload)),
          });
          return { StatusCode: 202 };
        },
      },
    }),
  };
  const sts: ServiceModule = {
    name: 'sts',
    resources: {},
    create: () => ({
      principalOf: (key: string) => sessions.get(key),
      operations: {
        AssumeRole: (input: { RoleArn: string; RoleSessionName: string }, { principal }) => {
          if (principal.arn !== 'codedeploy.amazonaws.com' || input.RoleArn !== roleArn) {
            throw new AwsError('AccessDenied', 'not trusted');
          }
          sessions.set('ASIA1', {
            arn: 'arn:aws:sts::111111111111:assumed-role/shifter/session',
            account: place.account,
            roleArn,
          });
          return { Credentials: { AccessKeyId: 'ASIA1' } };
        },
      },
    }),
  };
  const cloud = new Cloud({
    clock,
    seed: 1,
    modules: [codedeployModule, cloudwatchModule, lambda, sts],
  });
  const events: EmittedEvent[] = [];
  cloud.onEvent((event) => {
    if (event.event.source === 'aws.codedeploy') events.push(event);
  });
  const context = { ...place, principal: operatorOf(place.account) };
  // biome-ignore lint/suspicious/noExplicitAny: tests look at many different answers
  const call = (operation: string, input: object = {}): Promise<any> =>
    cloud.call('codedeploy', operation, input, context);
  return {
    clock,
    cloud,
    alias,
    shifts,
    hooks,
    callers,
    refusals,
    events,
    call,
    context,
    service: cloud.service<CodeDeployService>('codedeploy', place),
    states: () =>
      events.map(({ event }) => {
        const { deploymentId, state } = event.detail as { deploymentId: string; state: string };
        return [deploymentId, state];
      }),
    info: async (deploymentId: string) =>
      (await call('GetDeployment', { deploymentId })).deploymentInfo,
    target: async (deploymentId: string) => {
      const { targetIds } = await call('ListDeploymentTargets', { deploymentId });
      const { deploymentTarget } = await call('GetDeploymentTarget', {
        deploymentId,
        targetId: targetIds[0],
      });
      return deploymentTarget.lambdaTarget;
    },
    answer: (hook: HookCall | undefined, status: string) =>
      call('PutLifecycleEventHookExecutionStatus', {
        deploymentId: hook?.DeploymentId,
        lifecycleEventHookExecutionId: hook?.LifecycleEventHookExecutionId,
        status,
      }),
    alarm: (AlarmName: string, StateValue: string) =>
      cloud.call(
        'cloudwatch',
        'SetAlarmState',
        { AlarmName, StateValue, StateReason: 'test' },
        context,
      ),
    /** An alarm that stays as it is set: its missing data is ignored. */
    putAlarm: (AlarmName: string) =>
      cloud.call(
        'cloudwatch',
        'PutMetricAlarm',
        {
          AlarmName,
          Namespace: 'Test',
          MetricName: 'Errors',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'ignore',
        },
        context,
      ),
  };
};

/** An AppSpec as a revision. */
export const revision = (
  hooks: Record<string, string> = {},
  versions: { CurrentVersion?: string; TargetVersion?: string } = {},
) => ({
  revisionType: 'AppSpecContent',
  appSpecContent: {
    content: JSON.stringify({
      version: '0.0',
      Resources: [
        {
          pointer: {
            Type: 'AWS::Lambda::Function',
            Properties: {
              Name: 'pointer',
              Alias: 'live',
              CurrentVersion: '1',
              TargetVersion: '2',
              ...versions,
            },
          },
        },
      ],
      Hooks: Object.entries(hooks).map(([event, name]) => ({ [event]: name })),
    }),
  },
});
