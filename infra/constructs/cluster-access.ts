import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { ConfiguredTarget } from '../../config/targets.ts';
import type { Edge } from './edge.ts';
import { executionRole, Handler } from './handler.ts';

const FUNCTIONS = {
  applyWorkload: {
    entry: 'rollout/apply-workload',
    description: 'Applies a workload to the cluster',
    timeoutSeconds: 85,
  },
  checkWorkload: {
    entry: 'rollout/check-workload',
    description: 'Asks the cluster how a workload is doing',
    timeoutSeconds: 55,
  },
  scaleWorkload: {
    entry: 'rollout/scale-workload',
    description: 'Scales a workload',
    timeoutSeconds: 55,
  },
  smokeTest: {
    entry: 'rollout/smoke-test',
    description: 'Sends requests that reach only one slot',
    timeoutSeconds: 85,
  },
} as const;

const PROBE = {
  entry: 'rollout/probe',
  description: 'Sends synthetic requests to both colors',
  // It is asked for two minutes' worth at most.
  timeoutSeconds: 150,
} as const;

type FunctionRow = {
  readonly entry: string;
  readonly description: string;
  readonly timeoutSeconds: number;
};

/** The functions that talk to the cluster: in its network, with one role, known to it by an access entry. They call no AWS API. */
export class ClusterAccess extends Construct {
  readonly role: Role;
  readonly functionArns: Record<keyof typeof FUNCTIONS, string>;
  /** Sends synthetic requests; null where none are configured. */
  readonly probeArn: string | null;

  constructor(scope: Construct, id: string, target: ConfiguredTarget, edge: Edge) {
    super(scope, id);
    this.role = executionRole(
      this,
      'Role',
      `Talks to ${target.environmentSettings.cluster} for ${target.service}`,
      names.targetRole(target, 'cluster'),
    );
    // Placement in a network: AWS offers nothing narrower for most of these.
    this.role.addToPolicy(
      new PolicyStatement({
        sid: 'Network',
        actions: [
          'ec2:CreateNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:DeleteNetworkInterface',
          'ec2:AssignPrivateIpAddresses',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }),
    );
    const add = (name: string, row: FunctionRow): string => {
      const handler = new Handler(this, name, {
        entry: row.entry,
        functionName: `${target.prefix}-${row.entry.split('/')[1]}`,
        description: `${row.description} (${target.targetId})`,
        role: this.role,
        timeoutSeconds: row.timeoutSeconds,
        memoryMiB: 1024,
        network: { vpc: edge.vpc, subnets: edge.subnets, securityGroup: edge.securityGroup },
      });
      return handler.version.functionArn;
    };
    const entries = Object.entries(FUNCTIONS).map(([name, row]) => [name, add(name, row)] as const);
    this.functionArns = Object.fromEntries(entries) as Record<keyof typeof FUNCTIONS, string>;
    const probes = target.colors === 2 && target.settings.analysis.probe !== undefined;
    this.probeArn = probes ? add('probe', PROBE) : null;
    // The cluster's own RBAC binds this group (docs/deploy.md): EKS's access policies do not cover target group bindings.
    new CfnAccessEntry(this, 'Entry', {
      clusterName: target.environmentSettings.cluster,
      principalArn: this.role.roleArn,
      type: 'STANDARD',
      kubernetesGroups: ['slipway'],
    });
  }
}
