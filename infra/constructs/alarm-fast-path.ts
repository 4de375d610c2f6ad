import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import { Handler, useKey } from './handler.ts';
import type { LedgerAway } from './registration.ts';

export interface AlarmFastPathProps {
  readonly target: ConfiguredTarget;
  readonly watched: readonly string[];
  readonly overrideRuleArn: string;
  readonly fastPathTable: Table;
  readonly key: IKey;
  readonly pipeline: LedgerAway;
}

/** From a watched alarm to the override in one small function of the target's own account and Region. */
export class AlarmFastPath extends Construct {
  constructor(scope: Construct, id: string, props: AlarmFastPathProps) {
    super(scope, id);
    const { target, fastPathTable, pipeline } = props;
    const busArn = `arn:aws:events:${pipeline.region}:${pipeline.account}:event-bus/${names.bus}`;
    const deadLetterQueue = new Queue(this, 'DeadLetters', {
      queueName: `${target.prefix}-fast-path-dead-letters`,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const handler = new Handler(this, 'AlarmFastPath', {
      entry: 'rollback/alarm-fast-path',
      functionName: `${target.prefix}-alarm-fast-path`,
      description: `Turns the override on when an alarm fires (${target.targetId})`,
      environment: {
        FAST_PATH_TABLE: fastPathTable.tableName,
        TARGET_ID: target.targetId,
        PIPELINE_BUS_ARN: busArn,
      },
      timeoutSeconds: 30,
      reservedConcurrency: 5,
      statements: [
        new PolicyStatement({ actions: ['dynamodb:GetItem'], resources: [fastPathTable.tableArn] }),
        useKey(props.key, 'dynamodb'),
        new PolicyStatement({
          actions: ['elasticloadbalancing:ModifyRule'],
          resources: [props.overrideRuleArn],
        }),
        // Describing composite alarms needs every resource.
        new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }),
        new PolicyStatement({ actions: ['events:PutEvents'], resources: [busArn] }),
      ],
    });
    new Rule(this, 'AlarmFired', {
      ruleName: `${target.prefix}-alarm-fired`,
      description: `An alarm that watches ${target.targetId} went to ALARM`,
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: { alarmName: [...props.watched], state: { value: ['ALARM'] } },
      },
      targets: [
        new LambdaFunction(handler.function, {
          deadLetterQueue,
          maxEventAge: Duration.hours(1),
          retryAttempts: 5,
        }),
      ],
    });
  }
}
