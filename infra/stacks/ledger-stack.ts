import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { names } from '../../config/names.ts';

/**
 * What Slipway remembers: the ledger, the locks, and the key that both and the pipeline's queues are encrypted with.
 * Stateful: kept when the stack goes, and apart from everything that is deployed often.
 */
export class LedgerStack extends Stack {
  readonly ledger: Table;
  readonly locks: Table;
  readonly key: Key;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    this.key = new Key(this, 'Key', {
      alias: names.keyAlias,
      description: 'Slipway: ledger, locks, queues',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // EventBridge fills the encrypted queues, CloudWatch the encrypted topic.
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsAndAlarms',
        principals: [
          new ServicePrincipal('events.amazonaws.com'),
          new ServicePrincipal('cloudwatch.amazonaws.com'),
        ],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.ledger = new Table(this, 'Ledger', {
      tableName: names.ledgerTable,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      // Only alarms that fired have one: nobody counts them after a month.
      timeToLiveAttribute: 'expiresAtSeconds',
      ...this.kept(),
    });
    this.locks = new Table(this, 'Locks', {
      tableName: names.locksTable,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      ...this.kept(),
    });
  }

  private kept() {
    return {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
  }
}
