import { readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type MachineNoun, names } from '../../config/names.ts';
import type { Handler } from './handler.ts';

export interface MachineProps {
  readonly noun: MachineNoun;
  /** By step: `AcceptRelease` fills `${AcceptReleaseFn}`. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Other machines that this one starts, as their alias ARNs: `RolloutMachine` fills `${RolloutMachine}`. */
  readonly machines?: Readonly<Record<string, string>>;
  /** What else the file leaves open: `TicksMax` fills `${TicksMax}`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly roleName: string;
  readonly statements?: readonly PolicyStatement[];
}

/** A state machine from its file, with every function named by version, a published version of its own and the alias that starts it. */
export class Machine extends Construct {
  readonly stateMachine: StateMachine;
  readonly aliasArn: string;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const versions = Object.entries(props.handlers).map(
      ([step, handler]) => [`${step}Fn`, handler.version.functionArn] as const,
    );
    const role = new Role(this, 'Role', {
      roleName: props.roleName,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: `Runs ${names.machine(props.noun)}`,
    });
    if (versions.length > 0) {
      role.addToPolicy(
        new PolicyStatement({
          sid: 'Steps',
          actions: ['lambda:InvokeFunction'],
          resources: versions.map(([, arn]) => arn),
        }),
      );
    }
    for (const statement of props.statements ?? []) role.addToPolicy(statement);
    const definition = readFileSync(`statemachines/${props.noun}.asl.json`, 'utf8');
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: names.machine(props.noun),
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: {
        ...Object.fromEntries(versions),
        ...props.machines,
        ...props.settings,
      },
      role,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/aws/vendedlogs/states/${names.machine(props.noun)}`,
          retention: RetentionDays.ONE_YEAR,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        // What an execution carries may name people; the ledger keeps it, the log needs only the path taken.
        includeExecutionData: false,
      },
    });
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.stateMachine.stateMachineArn,
      stateMachineRevisionId: this.stateMachine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const alias = new CfnStateMachineAlias(this, 'Alias', {
      name: names.machineAlias,
      routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }],
    });
    this.aliasArn = alias.attrArn;
  }
}
