import { Duration } from 'aws-cdk-lib';
import { type EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import type { LedgerStack } from '../stacks/ledger-stack.ts';
import { Handler, useKey } from './handler.ts';
import { deadLetterQueue } from './intake.ts';
import { ledgerAccess } from './ledger-access.ts';
import { type PipelinePlace, pipelineReach } from './pipeline-steps.ts';

/** An alarm waits so long before it is decided: what has the same cause fires within the minute, and what was a moment is over. */
const SETTLING_SECONDS = 60;

const FROM_FAST_PATH = { source: ['slipway.alarm-fast-path'] };

export interface GuardWatchProps {
  readonly configuration: Configuration;
  readonly ledger: LedgerStack;
  readonly place: PipelinePlace;
  readonly key: IKey;
  readonly environment: Record<string, string>;
  readonly bus: EventBus;
  /** Where events go that no function could take. */
  readonly undelivered: Queue;
}

/** From an alarm after a rollout's end to the release that it means: every alarm is recorded at once, and decided when it has settled. */
export class GuardWatch extends Construct {
  readonly deadLetters: Queue;
  private readonly props: GuardWatchProps;

  constructor(scope: Construct, id: string, props: GuardWatchProps) {
    super(scope, id);
    this.props = props;
    this.deadLetters = deadLetterQueue(this, 'AlarmDeadLetters', names.alarmDeadLetters, props.key);
    this.recorder();
    this.decider();
  }

  /** A person is called with the evidence and the command in the text. */
  pagesTo(topic: ITopic): void {
    const said = (fact: string): string => EventField.fromPath(`$.detail.${fact}`);
    new Rule(this, 'GuardPaged', {
      ruleName: 'slipway-guard-paged',
      description: 'An alarm after a rollout that a person must judge',
      eventBus: this.props.bus,
      eventPattern: { source: ['slipway.rollback'], detailType: ['Guard Paged'] },
      targets: [
        new SnsTopic(topic, {
          message: RuleTargetInput.fromText(
            `${said('alarmName')} fires on ${said('targetId')} after ${said('releaseId')}, and Slipway did not roll back: ${said('reason')}. To roll back: ${said('command')} (docs/runbooks/guard-page.md)`,
          ),
          deadLetterQueue: this.props.undelivered,
        }),
      ],
    });
  }

  private recorder(): void {
    const { ledger, bus, environment, undelivered } = this.props;
    const record = new Handler(this, 'RecordAlarm', {
      entry: 'rollback/record-alarm',
      functionName: names.handler('record-alarm'),
      description: 'Writes down that an alarm fired',
      environment,
      statements: ledgerAccess(ledger).write,
    });
    new Rule(this, 'AlarmTold', {
      ruleName: 'slipway-alarm-told',
      description: 'A watched alarm fired, in a shift or outside of one',
      eventBus: bus,
      eventPattern: { ...FROM_FAST_PATH, detailType: ['Alarm Fired', 'Rollback Requested'] },
      targets: [
        new LambdaFunction(record.function, {
          deadLetterQueue: undelivered,
          maxEventAge: Duration.hours(2),
        }),
      ],
    });
  }

  private decider(): void {
    const { configuration, ledger, place, key, bus, environment } = this.props;
    const reach = pipelineReach(place, configuration);
    const queue = new Queue(this, 'Alarms', {
      queueName: names.alarmQueue,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      deliveryDelay: Duration.seconds(SETTLING_SECONDS),
      // Six times the function's time-out, as AWS advises for queues that feed a function.
      visibilityTimeout: Duration.seconds(180),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    const attribute = new Handler(this, 'AttributeAlarm', {
      entry: 'rollback/attribute-alarm',
      functionName: names.handler('attribute-alarm'),
      roleName: names.role(place.region, 'attribute-alarm'),
      description: 'Says whose alarm it is that fires after a rollout, and acts on it',
      environment,
      statements: [
        ...ledgerAccess(ledger).write,
        reach.takeTargets,
        reach.startRollback,
        reach.readExecutions,
        reach.tell,
        useKey(key, 'sqs'),
      ],
    });
    attribute.function.addEventSource(
      new SqsEventSource(queue, {
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency: 5,
      }),
    );
    new Rule(this, 'AlarmFired', {
      ruleName: 'slipway-alarm-fired',
      description: 'A watched alarm fired while its target did not shift',
      eventBus: bus,
      eventPattern: { ...FROM_FAST_PATH, detailType: ['Alarm Fired'] },
      targets: [new SqsQueue(queue, { deadLetterQueue: this.deadLetters })],
    });
  }
}
