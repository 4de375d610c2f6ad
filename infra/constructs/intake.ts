import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import type { LedgerStack } from '../stacks/ledger-stack.ts';
import { Handler, useKey } from './handler.ts';
import { ledgerAccess } from './ledger-access.ts';
import { type PipelinePlace, pipelineReach } from './pipeline-steps.ts';

export interface IntakeProps {
  readonly configuration: Configuration;
  readonly ledger: LedgerStack;
  readonly place: PipelinePlace;
  readonly key: IKey;
  readonly environment: Record<string, string>;
}

/** Both doors for events: pushes and builds, through a queue with dead letters, to the function that makes releases of them. */
export class Intake extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: IntakeProps) {
    super(scope, id);
    const { configuration, ledger, place, key } = props;
    const reach = pipelineReach(place, configuration);
    const access = ledgerAccess(ledger);
    const deadLetters = deadLetterQueue(this, 'IntakeDeadLetters', names.intakeDeadLetters, key);
    const queue = new Queue(this, 'IntakeQueue', {
      queueName: names.intakeQueue,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      // Six times the function's time-out, as AWS advises for queues that feed a function.
      visibilityTimeout: Duration.seconds(180),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    });
    const intake = new Handler(this, 'Intake', {
      entry: 'release/intake',
      functionName: names.handler('intake'),
      description: 'Turns pushes and builds into releases, once each',
      environment: props.environment,
      statements: [
        ...access.write,
        reach.readImages,
        reach.readBuilds,
        reach.readReports,
        reach.startReleases,
        reach.readExecutions,
        useKey(key, 'sqs'),
      ],
    });
    intake.function.addEventSource(
      new SqsEventSource(queue, {
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency: 5,
      }),
    );
    new Rule(this, 'ImagePushed', {
      ruleName: 'slipway-image-pushed',
      description: 'A tagged image was pushed',
      eventPattern: {
        source: ['aws.ecr'],
        detailType: ['ECR Image Action'],
        detail: { 'action-type': ['PUSH'], result: ['SUCCESS'], 'image-tag': [{ exists: true }] },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters })],
    });
    const projects = Object.values(configuration.services).flatMap(({ gates }) =>
      gates.build === undefined ? [] : [gates.build.project],
    );
    if (projects.length > 0) {
      new Rule(this, 'BuildEnded', {
        ruleName: 'slipway-build-ended',
        description: 'A CodeBuild run of a project that a service names has ended',
        eventPattern: {
          source: ['aws.codebuild'],
          detailType: ['CodeBuild Build State Change'],
          detail: {
            'build-status': ['SUCCEEDED', 'FAILED', 'FAULT', 'STOPPED', 'TIMED_OUT'],
            'project-name': projects,
          },
        },
        targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters })],
      });
    }
    this.queue = queue;
    this.deadLetters = deadLetters;
  }
}

/** A queue for what could not be taken in: kept for two weeks, encrypted. */
export const deadLetterQueue = (
  scope: Construct,
  id: string,
  queueName: string,
  key: IKey,
): Queue =>
  new Queue(scope, id, {
    queueName,
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
