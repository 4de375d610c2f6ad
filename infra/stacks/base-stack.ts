import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { LambdaDeploymentConfig, TrafficRouting } from 'aws-cdk-lib/aws-codedeploy';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import { customConfigurationOf, type TargetStrategy } from '../../config/strategy.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';

export interface BaseStackProps extends StackProps {
  readonly targets: readonly ConfiguredTarget[];
}

/**
 * What the targets with two colors of one account and Region have together: one key, and the CodeDeploy schedules that their strategies
 * ask for. Schedules are shared because AWS allows 50 of them an account and Region, and never more.
 */
export class BaseStack extends Stack {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: BaseStackProps) {
    super(scope, id, props);
    this.key = new Key(this, 'Key', {
      alias: names.keyAlias,
      description: 'Slipway: what lies in this account and Region',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Events',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    const schedules = new Map(
      props.targets
        .filter(({ shift }) => shift === 'codeDeploy')
        .flatMap(({ strategy }) => {
          const name = customConfigurationOf(strategy);
          return name === null ? [] : [[name, strategy] as const];
        }),
    );
    for (const [name, strategy] of schedules) {
      new LambdaDeploymentConfig(this, name, {
        deploymentConfigName: name,
        trafficRouting: routing(strategy),
      });
    }
  }
}

const routing = (strategy: TargetStrategy): TrafficRouting => {
  if (strategy.kind === 'canary') {
    return TrafficRouting.timeBasedCanary({
      interval: Duration.seconds(strategy.everySeconds),
      percentage: strategy.percent,
    });
  }
  if (strategy.kind === 'linear') {
    return TrafficRouting.timeBasedLinear({
      interval: Duration.seconds(strategy.everySeconds),
      percentage: strategy.stepPercent,
    });
  }
  return TrafficRouting.allAtOnce();
};
