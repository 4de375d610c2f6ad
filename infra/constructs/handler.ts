import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
  type Version,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface HandlerProps {
  /** `release/intake`: the file under `functions/`, and the folder of its bundle under `dist/`. */
  readonly entry: string;
  /** Deterministic, so that others can name it without a token. */
  readonly functionName: string;
  readonly environment?: Record<string, string>;
  readonly statements?: readonly PolicyStatement[];
  /** A role shared with other handlers of the same purpose; otherwise the handler gets its own. */
  readonly role?: IRole;
  /** Name of the handler's own role; another account's trust policy may spell it out. */
  readonly roleName?: string;
  readonly timeoutSeconds?: number;
  readonly memoryMiB?: number;
  readonly reservedConcurrency?: number;
  /** Only what talks to a cluster is placed in its network. */
  readonly network?: {
    readonly vpc: IVpc;
    readonly subnets: SubnetSelection;
    readonly securityGroup: ISecurityGroup;
  };
  readonly description: string;
}

/** One handler as a Lambda function: its bundle, its own least role, its log group, a published version. */
export class Handler extends Construct {
  readonly function: LambdaFunction;
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: HandlerProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = props.role ?? executionRole(this, 'Role', props.description, props.roleName);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(`dist/${props.entry}`),
      memorySize: props.memoryMiB ?? 512,
      timeout: Duration.seconds(props.timeoutSeconds ?? 30),
      tracing: Tracing.ACTIVE,
      role: this.role,
      logGroup,
      ...(props.environment === undefined ? {} : { environment: props.environment }),
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.network === undefined
        ? {}
        : {
            vpc: props.network.vpc,
            vpcSubnets: props.network.subnets,
            securityGroups: [props.network.securityGroup],
          }),
    });
    grantLogs(this.role, logGroup.logGroupArn);
    for (const statement of props.statements ?? []) this.role.addToPrincipalPolicy(statement);
  }

  /** The version that machines name: an execution finishes on the code it began with. */
  get version(): Version {
    return this.function.currentVersion;
  }
}

/** A role that Lambda may take on, with nothing in it yet but writing traces. */
export const executionRole = (
  scope: Construct,
  id: string,
  description: string,
  roleName?: string,
): Role => {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description,
    ...(roleName === undefined ? {} : { roleName }),
  });
  role.addToPolicy(
    new PolicyStatement({
      sid: 'Traces',
      effect: Effect.ALLOW,
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
    }),
  );
  return role;
};

const grantLogs = (role: IRole, logGroupArn: string): void => {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroupArn],
    }),
  );
};

/** Use of a key for what the services named do on the role's behalf. */
export const useKey = (key: IKey, ...services: string[]): PolicyStatement =>
  new PolicyStatement({
    effect: Effect.ALLOW,
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: {
      StringEquals: {
        'kms:ViaService': services.map(
          (service) => `${service}.${Stack.of(key).region}.amazonaws.com`,
        ),
      },
    },
  });
