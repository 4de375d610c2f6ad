import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type MachineNoun, machineArn, names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import { Handler, useKey } from '../constructs/handler.ts';
import { ledgerAccess } from '../constructs/ledger-access.ts';
import { Machine } from '../constructs/machine.ts';
import { pipelineReach, pipelineSteps } from '../constructs/pipeline-steps.ts';
import type { LedgerStack } from './ledger-stack.ts';

export interface PipelineStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly ledger: LedgerStack;
  readonly place: { readonly account: string; readonly region: string };
}

/**
 * The pipeline: events in, the machines, their handlers, Slipway's bus, and the alarms that watch Slipway itself.
 * Holds no state; knows no service by name but for what it may read.
 */
export class PipelineStack extends Stack {
  private readonly props: PipelineStackProps;
  private readonly variables: Record<string, string>;
  /** By its ARN, so that nothing here edits the policy of a stateful stack. */
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    super(scope, id, props);
    this.props = props;
    const { place } = props;
    this.key = Key.fromKeyArn(this, 'Key', props.ledger.key.keyArn);
    this.variables = {
      LEDGER_TABLE: names.ledgerTable,
      LOCKS_TABLE: names.locksTable,
      RELEASE_MACHINE_ARN: machineArn(place, 'release'),
      ROLLOUT_MACHINE_ARN: machineArn(place, 'rollout'),
      ROLLBACK_MACHINE_ARN: machineArn(place, 'rollback'),
      BUS_NAME: names.bus,
    };
    const steps = this.stepHandlers();
    const machines = this.machines(steps);
    const bus = this.bus();
    const { queue, deadLetters } = this.intake();
    const reconcile = this.reconciler();
    const undelivered = this.undelivered();
    this.lostExecutions(machines, requireHandler(steps, 'RequestRollback'), reconcile, undelivered);
    this.rollbackRequests(bus, requireHandler(steps, 'RequestRollback'), undelivered);
    this.registrar();
    this.watchItself(machines, queue, [deadLetters, undelivered]);
  }

  private stepHandlers(): Map<string, Handler> {
    const { configuration, ledger, place } = this.props;
    return new Map(
      pipelineSteps(place, configuration, ledger).map((row) => [
        row.step,
        new Handler(this, row.step, {
          entry: row.entry,
          functionName: names.handler(row.entry.split('/')[1] ?? row.entry),
          description: row.description,
          environment: this.variables,
          statements: row.statements,
          ...(row.actsOnTargets === true
            ? { roleName: names.role(place.region, row.entry.split('/')[1] ?? row.entry) }
            : {}),
          ...(row.timeoutSeconds === undefined ? {} : { timeoutSeconds: row.timeoutSeconds }),
        }),
      ]),
    );
  }

  private machines(handlers: Map<string, Handler>): Record<MachineNoun, Machine> {
    const { configuration, ledger, place } = this.props;
    const reach = pipelineReach(place, configuration);
    const steps = pipelineSteps(place, configuration, ledger);
    const of = (noun: MachineNoun): Record<string, Handler> =>
      Object.fromEntries(
        steps
          .filter((row) => row.machines.includes(noun))
          .map((row) => [row.step, requireHandler(handlers, row.step)]),
      );
    const roleName = (noun: MachineNoun): string => names.role(place.region, `machine-${noun}`);
    return {
      release: new Machine(this, 'Release', {
        noun: 'release',
        handlers: of('release'),
        machines: { RolloutMachine: machineArn(place, 'rollout') },
        roleName: roleName('release'),
        statements: reach.runRollouts,
      }),
      rollout: new Machine(this, 'Rollout', {
        noun: 'rollout',
        handlers: of('rollout'),
        roleName: roleName('rollout'),
        statements: [reach.invokeOnTargets],
      }),
      rollback: new Machine(this, 'Rollback', {
        noun: 'rollback',
        handlers: of('rollback'),
        roleName: roleName('rollback'),
        statements: [reach.invokeOnTargets],
      }),
    };
  }

  /** Slipway's own bus; the targets' accounts may put onto it, nobody else. */
  private bus(): EventBus {
    const bus = new EventBus(this, 'Bus', {
      eventBusName: names.bus,
      description: 'What Slipway tells and is told',
    });
    for (const account of this.targetAccounts()) {
      bus.addToResourcePolicy(
        new PolicyStatement({
          sid: `Targets${account}`,
          principals: [new AccountPrincipal(account)],
          actions: ['events:PutEvents'],
          resources: [bus.eventBusArn],
          conditions: { StringEquals: { 'events:source': 'slipway.alarm-fast-path' } },
        }),
      );
    }
    return bus;
  }

  private intake(): { queue: Queue; deadLetters: Queue } {
    const { configuration, ledger, place } = this.props;
    const reach = pipelineReach(place, configuration);
    const access = ledgerAccess(ledger);
    const deadLetters = this.queue('IntakeDeadLetters', names.intakeDeadLetters);
    const queue = new Queue(this, 'IntakeQueue', {
      queueName: names.intakeQueue,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
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
      environment: this.variables,
      statements: [
        ...access.write,
        reach.readImages,
        reach.readBuilds,
        reach.readReports,
        reach.startReleases,
        reach.readExecutions,
        useKey(this.key, 'sqs'),
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
    return { queue, deadLetters };
  }

  private reconciler(): Handler {
    const { configuration, ledger, place } = this.props;
    const reach = pipelineReach(place, configuration);
    const access = ledgerAccess(ledger);
    const reconcile = new Handler(this, 'Reconcile', {
      entry: 'release/reconcile',
      functionName: names.handler('reconcile'),
      description: 'Finds what no event told of, and frees what the dead hold',
      environment: this.variables,
      timeoutSeconds: 300,
      reservedConcurrency: 1,
      statements: [
        ...access.write,
        ...access.locks,
        ...access.allLocks,
        reach.readImages,
        reach.readBuilds,
        reach.readReports,
        reach.startReleases,
        reach.startRollback,
        reach.readExecutions,
        reach.tell,
      ],
    });
    new Rule(this, 'Sweep', {
      ruleName: 'slipway-sweep',
      description: 'Events are best effort; the sweep is not',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [
        new LambdaFunction(reconcile.function, {
          event: RuleTargetInput.fromObject({ sweep: true }),
        }),
      ],
    });
    return reconcile;
  }

  /** A rollout that ended in any other way than its own is rolled back; a release that did is recorded. */
  private lostExecutions(
    machines: Record<MachineNoun, Machine>,
    requestRollback: Handler,
    reconcile: Handler,
    deadLetterQueue: Queue,
  ): void {
    const lost = (noun: MachineNoun) => ({
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [machines[noun].stateMachine.stateMachineArn],
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    });
    new Rule(this, 'RolloutLost', {
      ruleName: 'slipway-rollout-lost',
      description: 'A rollout ended without an end of its own',
      eventPattern: lost('rollout'),
      targets: [
        new LambdaFunction(requestRollback.function, {
          deadLetterQueue,
          maxEventAge: Duration.hours(2),
        }),
      ],
    });
    new Rule(this, 'RollbackLost', {
      ruleName: 'slipway-rollback-lost',
      description: 'A rollback ended without an end of its own',
      eventPattern: lost('rollback'),
      targets: [
        new LambdaFunction(requestRollback.function, {
          deadLetterQueue,
          maxEventAge: Duration.hours(2),
        }),
      ],
    });
    new Rule(this, 'ReleaseLost', {
      ruleName: 'slipway-release-lost',
      description: 'A release ended without an end of its own',
      eventPattern: lost('release'),
      targets: [
        new LambdaFunction(reconcile.function, { deadLetterQueue, maxEventAge: Duration.hours(2) }),
      ],
    });
  }

  private rollbackRequests(bus: EventBus, requestRollback: Handler, deadLetterQueue: Queue): void {
    new Rule(this, 'RollbackRequested', {
      ruleName: 'slipway-rollback-requested',
      description: 'An alarm fast path has turned an override on',
      eventBus: bus,
      eventPattern: { source: ['slipway.alarm-fast-path'], detailType: ['Rollback Requested'] },
      targets: [
        new LambdaFunction(requestRollback.function, {
          deadLetterQueue,
          maxEventAge: Duration.hours(2),
        }),
      ],
    });
  }

  /** What the stacks of targets and services take on to register themselves, and to take a lock while they change a route. */
  private registrar(): void {
    const { configuration, ledger, place } = this.props;
    const access = ledgerAccess(ledger);
    for (const account of new Set([place.account, ...this.targetAccounts()])) {
      const role = new Role(this, `Registrar${account}`, {
        roleName: names.role(place.region, `${names.registrar}-${account}`),
        description: `Registration of the targets in ${account}`,
        assumedBy: new AccountPrincipal(account).withConditions({
          StringEquals: { 'sts:ExternalId': names.externalId(configuration.pipeline.account) },
          ArnLike: {
            'aws:PrincipalArn': [
              `arn:aws:iam::${account}:role/slipway-*-own-route`,
              `arn:aws:iam::${account}:role/slipway-*-register`,
            ],
          },
        }),
      });
      for (const statement of [...access.register, ...access.locks]) role.addToPolicy(statement);
    }
  }

  private watchItself(
    machines: Record<MachineNoun, Machine>,
    intake: Queue,
    deadLetters: readonly Queue[],
  ): void {
    const pages = new Topic(this, 'Pages', {
      topicName: 'slipway-pages',
      displayName: 'Slipway needs a person',
      masterKey: this.key,
      enforceSSL: true,
    });
    const page = (alarm: Alarm): void => alarm.addAlarmAction(new SnsAction(pages));
    for (const queue of deadLetters) {
      page(
        new Alarm(this, `${queue.node.id}Alarm`, {
          alarmName: `${queue.node.id === 'IntakeDeadLetters' ? names.intakeDeadLetters : 'slipway-undelivered'}-not-empty`,
          alarmDescription: 'Slipway could not take in an event. docs/runbooks/dead-letters.md',
          metric: queue.metricApproximateNumberOfMessagesVisible({
            period: Duration.minutes(1),
            statistic: 'Maximum',
          }),
          threshold: 0,
          comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
          evaluationPeriods: 1,
          treatMissingData: TreatMissingData.NOT_BREACHING,
        }),
      );
    }
    page(
      new Alarm(this, 'IntakeBehind', {
        alarmName: 'slipway-intake-behind',
        alarmDescription: 'Events wait longer than five minutes. docs/runbooks/dead-letters.md',
        metric: intake.metricApproximateAgeOfOldestMessage({
          period: Duration.minutes(1),
          statistic: 'Maximum',
        }),
        threshold: 300,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
    for (const [noun, machine] of Object.entries(machines)) {
      const lost = {
        Failed: machine.stateMachine.metricFailed({ period: Duration.minutes(1) }),
        TimedOut: machine.stateMachine.metricTimedOut({ period: Duration.minutes(1) }),
        Aborted: machine.stateMachine.metricAborted({ period: Duration.minutes(1) }),
      };
      for (const [how, metric] of Object.entries(lost)) {
        // A rollback stops the rollout that it undoes, so an aborted rollout alone needs nobody.
        if (noun === 'rollout' && how === 'Aborted') continue;
        page(
          new Alarm(this, `${machine.node.id}${how}`, {
            alarmName: `slipway-${noun}-${how === 'TimedOut' ? 'timed-out' : how.toLowerCase()}`,
            alarmDescription: `An execution of ${noun} ended ${how}. docs/runbooks/failed-execution.md`,
            metric,
            threshold: 0,
            comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluationPeriods: 1,
            treatMissingData: TreatMissingData.NOT_BREACHING,
          }),
        );
      }
    }
  }

  /** Where events go that no function could take. */
  private undelivered(): Queue {
    return this.queue('Undelivered', 'slipway-undelivered');
  }

  private queue(id: string, queueName: string): Queue {
    return new Queue(this, id, {
      queueName,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
  }

  private targetAccounts(): string[] {
    return [
      ...new Set(
        Object.values(this.props.configuration.environments).map(({ account }) => account),
      ),
    ];
  }
}

const requireHandler = (handlers: Map<string, Handler>, step: string): Handler => {
  const handler = handlers.get(step);
  if (handler === undefined)
    throw new Error(`no handler for the step ${step}: add it to pipeline-steps.ts`);
  return handler;
};
