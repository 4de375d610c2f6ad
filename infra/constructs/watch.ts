import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  ComparisonOperator,
  CompositeAlarm,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnGroup } from 'aws-cdk-lib/aws-xray';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import type { Edge } from './edge.ts';

const COLORS = ['blue', 'green'] as const;

/**
 * The alarms of a target with two colors: per color the share of bad answers, the latency where a limit is set, and the faults
 * that X-Ray reports; with the service's own alarms they make one composite, which CodeDeploy watches.
 */
export class Watch extends Construct {
  readonly composite: CompositeAlarm;
  readonly watched: readonly string[];
  readonly xrayGroups: { readonly blue: string; readonly green: string } | null;

  constructor(
    scope: Construct,
    id: string,
    props: {
      target: ConfiguredTarget;
      edge: Edge;
      groups: { blue: CfnTargetGroup; green: CfnTargetGroup };
    },
  ) {
    super(scope, id);
    const { target } = props;
    this.xrayGroups = target.settings.analysis.xray !== false ? this.traceGroups(target) : null;
    const alarms = COLORS.flatMap((color) =>
      this.alarmsOf(color, target, props.edge, props.groups[color]),
    );
    const children = [...alarms.map(({ name }) => name), ...target.settings.analysis.alarms];
    this.composite = new CompositeAlarm(this, 'Hurting', {
      compositeAlarmName: `${target.prefix}-hurting`,
      alarmDescription: `${target.targetId}: something that is watched is in alarm`,
      alarmRule: AlarmRule.anyOf(
        ...children.map((name) => AlarmRule.fromString(`ALARM("${name}")`)),
        AlarmRule.fromBoolean(false),
      ),
    });
    for (const { alarm } of alarms) this.composite.node.addDependency(alarm);
    this.watched = [...children, `${target.prefix}-hurting`];
  }

  private alarmsOf(
    color: 'blue' | 'green',
    target: ConfiguredTarget,
    edge: Edge,
    group: CfnTargetGroup,
  ): { name: string; alarm: Alarm }[] {
    const { analysis } = target.settings;
    const dimensionsMap = {
      LoadBalancer: edge.loadBalancerFullName,
      TargetGroup: group.attrTargetGroupFullName,
    };
    const count = (metricName: string): Metric =>
      new Metric({
        namespace: 'AWS/ApplicationELB',
        metricName,
        dimensionsMap,
        statistic: 'Sum',
        period: Duration.minutes(1),
      });
    const alarm = (
      kind: string,
      description: string,
      rest: { metric: MathExpression | Metric; threshold: number; periods: number },
    ) => {
      const name = `${target.prefix}-${color}-${kind}`;
      return {
        name,
        alarm: new Alarm(this, `${color}-${kind}`, {
          alarmName: name,
          alarmDescription: `${target.targetId} ${color}: ${description}`,
          metric: rest.metric,
          threshold: rest.threshold,
          comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
          evaluationPeriods: rest.periods,
          treatMissingData: TreatMissingData.NOT_BREACHING,
        }),
      };
    };
    // The load balancer reports a code only when it counted one, and a request that a dead pod left unanswered has no code at
    // all: so bad is what remains of the requests. Few requests weigh as if they were minRequests, or one error would be 100 %.
    const counted = analysis.unanswered
      ? {
          expression: '(n - FILL(ok,0) - FILL(moved,0) - FILL(refused,0))',
          usingMetrics: {
            ok: count('HTTPCode_Target_2XX_Count'),
            moved: count('HTTPCode_Target_3XX_Count'),
            refused: count('HTTPCode_Target_4XX_Count'),
          },
        }
      : {
          expression: 'FILL(failed,0)',
          usingMetrics: { failed: count('HTTPCode_Target_5XX_Count') },
        };
    const bad = alarm('errors', 'the share of bad answers is above the limit', {
      threshold: analysis.errorRate.max,
      periods: 1,
      metric: new MathExpression({
        expression: `${counted.expression} / IF(n > ${analysis.minRequests}, n, ${analysis.minRequests})`,
        label: 'share of bad answers',
        period: Duration.minutes(1),
        usingMetrics: { n: count('RequestCount'), ...counted.usingMetrics },
      }),
    });
    const slow =
      analysis.latency === undefined
        ? []
        : [
            alarm('latency', `p99 is above ${analysis.latency.p99Ms} ms`, {
              threshold: analysis.latency.p99Ms / 1000,
              periods: 3,
              metric: new Metric({
                namespace: 'AWS/ApplicationELB',
                metricName: 'TargetResponseTime',
                dimensionsMap,
                statistic: 'p99',
                period: Duration.minutes(1),
              }),
            }),
          ];
    const faults =
      this.xrayGroups === null
        ? []
        : [
            alarm('faults', 'the share of traces with a fault is above the limit', {
              // Sampled, and errors more than successes: it explains, so it needs more than the load balancer does.
              threshold: Math.min(1, analysis.errorRate.max * 10),
              periods: 3,
              metric: new MathExpression({
                expression: `FILL(faults,0) / IF(traces > ${TRACES_MIN}, traces, ${TRACES_MIN})`,
                label: 'share of traces with a fault',
                period: Duration.minutes(1),
                usingMetrics: {
                  traces: traceCount(this.xrayGroups[color]),
                  faults: traceCount(
                    names.xrayFaultGroup(target.service, target.environment, color),
                  ),
                },
              }),
            }),
          ];
    return [bad, ...slow, ...faults];
  }

  /** A second group counts a color's faults: a group publishes the number of its traces and nothing else. Static, because a group's filter holds only for traces that come after it. */
  private traceGroups(target: ConfiguredTarget): { blue: string; green: string } {
    for (const color of COLORS) {
      const traces = `service("${target.service}") { annotation[release_color] = "${color}" }`;
      this.group(
        `Traces-${color}`,
        names.xrayGroup(target.service, target.environment, color),
        traces,
      );
      this.group(
        `Faults-${color}`,
        names.xrayFaultGroup(target.service, target.environment, color),
        `service("${target.service}") { annotation[release_color] = "${color}" AND fault }`,
      );
    }
    return {
      blue: names.xrayGroup(target.service, target.environment, 'blue'),
      green: names.xrayGroup(target.service, target.environment, 'green'),
    };
  }

  private group(id: string, groupName: string, filterExpression: string): void {
    new CfnGroup(this, id, {
      groupName,
      filterExpression,
      insightsConfiguration: { insightsEnabled: false, notificationsEnabled: false },
    });
  }
}

/** Fewer traces weigh as if they were this many. */
const TRACES_MIN = 20;

const traceCount = (groupName: string): Metric =>
  new Metric({
    namespace: 'AWS/X-Ray',
    metricName: 'ApproximateTraceCount',
    dimensionsMap: { GroupName: groupName },
    statistic: 'Sum',
    period: Duration.minutes(1),
  });
