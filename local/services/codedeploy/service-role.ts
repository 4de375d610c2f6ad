import type { DescribeAlarmsOutput } from '@aws-sdk/client-cloudwatch';
import type { ErrorCode } from '@aws-sdk/client-codedeploy';
import type { CallContext, CloudContext, Place, Principal, Service } from '../service.ts';
import type { AppSpec } from './app-spec.ts';

/** Why a deployment could not go on, in CodeDeploy's codes. */
export class DeploymentFailure extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

interface SecurityTokens extends Service {
  principalOf(accessKeyId: string): Principal | undefined;
}

interface AliasConfiguration {
  readonly FunctionVersion?: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights?: Record<string, number> };
}

const THROTTLES = ['TooManyRequestsException', 'ThrottlingException', 'Throttling'];
const DENIALS = ['AccessDeniedException', 'AccessDenied'];

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What CodeDeploy does with a deployment group's service role, and nothing else. */
export class ServiceRole {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #roleArn: string;
  readonly #session: string;
  #context: CallContext | undefined;
  #until = 0;

  constructor(cloud: CloudContext, place: Place, roleArn: string, session: string) {
    this.#cloud = cloud;
    this.#place = place;
    this.#roleArn = roleArn;
    this.#session = session;
  }

  async #assumed(): Promise<CallContext> {
    // Sessions last an hour; a deployment may take two days.
    if (this.#context && this.#cloud.clock.now() < this.#until) return this.#context;
    const { account } = this.#place;
    const { Credentials } = await this.#cloud
      .call<{ Credentials: { AccessKeyId: string } }>(
        'sts',
        'AssumeRole',
        { RoleArn: this.#roleArn, RoleSessionName: this.#session },
        { ...this.#place, principal: { arn: 'codedeploy.amazonaws.com', account } },
      )
      .catch((error: unknown) => {
        throw new DeploymentFailure(
          nameOf(error) === 'NoSuchEntity' ? 'IAM_ROLE_MISSING' : 'IAM_ROLE_PERMISSIONS',
          `AWS CodeDeploy does not have the permissions required to assume the role ${this.#roleArn}. (${textOf(error)})`,
        );
      });
    const tokens = this.#cloud.service<SecurityTokens>('sts', this.#place);
    const principal = tokens.principalOf(Credentials.AccessKeyId) ?? {
      arn: `arn:aws:sts::${account}:assumed-role/${this.#roleArn.split('/').at(-1)}/${this.#session}`,
      account,
      roleArn: this.#roleArn,
    };
    this.#until = this.#cloud.clock.now() + 50 * 60_000;
    this.#context = { ...this.#place, principal };
    return this.#context;
  }

  /** Fails unless the role can be assumed. */
  async assume(): Promise<void> {
    await this.#assumed();
  }

  async #lambda<T>(operation: string, input: unknown): Promise<T> {
    const context = await this.#assumed();
    try {
      return await this.#cloud.call<T>('lambda', operation, input, context);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): unknown {
    const name = nameOf(error);
    if (DENIALS.includes(name)) {
      return new DeploymentFailure(
        'IAM_ROLE_PERMISSIONS',
        `The IAM role ${this.#roleArn} does not give you permission to perform operations in the following AWS service: AWSLambda. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies. (${textOf(error)})`,
      );
    }
    if (THROTTLES.includes(name)) {
      return new DeploymentFailure(
        'THROTTLED',
        `The deployment failed because the number of requests by the IAM role ${this.#roleArn} exceeded the request limit for AWSLambda. Avoid retrying API requests at a high rate.`,
      );
    }
    if (name === 'ResourceNotFoundException') {
      return new DeploymentFailure('INVALID_LAMBDA_FUNCTION', textOf(error));
    }
    if (name === 'InvalidParameterValueException' || name === 'ValidationException') {
      return new DeploymentFailure('INVALID_LAMBDA_CONFIGURATION', textOf(error));
    }
    return new DeploymentFailure('INTERNAL_ERROR', textOf(error));
  }

  /** Refuses to start from an alias that isn't where the AppSpec says. */
  async checkAlias(spec: AppSpec): Promise<void> {
    const alias = await this.#lambda<AliasConfiguration>('GetAlias', {
      FunctionName: spec.functionName,
      Name: spec.alias,
    });
    if (alias.FunctionVersion !== spec.currentVersion) {
      throw new DeploymentFailure(
        'INVALID_LAMBDA_CONFIGURATION',
        'The Lambda function alias version does not match the current version in AppSpec file',
      );
    }
    const weights = Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
    if (weights.length > 0) {
      throw new DeploymentFailure(
        'INVALID_LAMBDA_CONFIGURATION',
        `The Lambda function alias ${spec.alias} routes traffic to version ${weights.join(', ')} besides version ${spec.currentVersion}; point it to one version before deploying`,
      );
    }
  }

  /** Gives the target version its share: all of it makes it the alias's version. */
  async shift(spec: AppSpec, percent: number): Promise<void> {
    const whole = percent >= 100;
    await this.#lambda('UpdateAlias', {
      FunctionName: spec.functionName,
      Name: spec.alias,
      FunctionVersion: whole ? spec.targetVersion : spec.currentVersion,
      RoutingConfig: {
        AdditionalVersionWeights: whole ? {} : { [spec.targetVersion]: percent / 100 },
      },
    });
  }

  /** Starts a hook function; it answers by itself, later. */
  async startHook(functionName: string, deploymentId: string, executionId: string): Promise<void> {
    const event = { DeploymentId: deploymentId, LifecycleEventHookExecutionId: executionId };
    await this.#lambda('Invoke', {
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(JSON.stringify(event)),
    });
  }

  /** The names among `alarms` that are in ALARM. An alarm that isn't there is an error. */
  async activeAlarms(alarms: readonly string[]): Promise<string[]> {
    const context = await this.#assumed();
    const output = await this.#cloud.call<DescribeAlarmsOutput>(
      'cloudwatch',
      'DescribeAlarms',
      {
        AlarmNames: alarms,
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: 100,
      },
      context,
    );
    const found = [...(output.MetricAlarms ?? []), ...(output.CompositeAlarms ?? [])];
    const absent = alarms.filter((name) => !found.some(({ AlarmName }) => AlarmName === name));
    if (absent.length > 0) {
      throw new Error(`CloudWatch has no alarm named ${absent.join(', ')}`);
    }
    return found.flatMap(({ AlarmName, StateValue }) =>
      StateValue === 'ALARM' && AlarmName ? [AlarmName] : [],
    );
  }
}
