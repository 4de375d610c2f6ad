import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type MachineNoun, names } from '../../config/names.ts';
import type { Machine } from './machine.ts';

/** The namespace that handlers put their metrics into (functions/runtime/counts.ts). */
const METRICS_NAMESPACE = 'Slipway';

export interface SelfWatchProps {
  readonly machines: Record<MachineNoun, Machine>;
  readonly intake: Queue;
  readonly deadLetters: readonly Queue[];
  readonly key: IKey;
}

/** Queues by their ids: what CDK gives as a queue's name is a token. */
const DEAD_LETTERS: Readonly<Record<string, string>> = {
  IntakeDeadLetters: names.intakeDeadLetters,
  AlarmDeadLetters: names.alarmDeadLetters,
};

/** The alarms that watch Slipway itself, and the topic that pages a person; each names its runbook. */
export class SelfWatch extends Construct {
  readonly pages: Topic;

  constructor(scope: Construct, id: string, props: SelfWatchProps) {
    super(scope, id);
    const pages = new Topic(this, 'Pages', {
      topicName: 'slipway-pages',
      displayName: 'Slipway needs a person',
      masterKey: props.key,
      enforceSSL: true,
    });
    this.pages = pages;
    const page = (alarm: Alarm): void => alarm.addAlarmAction(new SnsAction(pages));
    for (const queue of props.deadLetters) {
      page(
        new Alarm(this, `${queue.node.id}Alarm`, {
          alarmName: `${DEAD_LETTERS[queue.node.id] ?? 'slipway-undelivered'}-not-empty`,
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
        metric: props.intake.metricApproximateAgeOfOldestMessage({
          period: Duration.minutes(1),
          statistic: 'Maximum',
        }),
        threshold: 300,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
    page(
      new Alarm(this, 'MirrorLagging', {
        alarmName: 'slipway-mirror-lagging',
        alarmDescription:
          'A weighted rule could not be written for two minutes. docs/runbooks/mirror-lagging.md',
        metric: new Metric({
          namespace: METRICS_NAMESPACE,
          metricName: 'MirrorLagSeconds',
          dimensionsMap: { service: 'slipway', function_name: names.handler('tick') },
          period: Duration.minutes(1),
          statistic: 'Maximum',
        }),
        threshold: 120,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
    for (const [noun, machine] of Object.entries(props.machines)) {
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
}
