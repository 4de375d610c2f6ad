import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSubnet, CfnVPC } from 'aws-cdk-lib/aws-ec2';
import { CfnCluster } from 'aws-cdk-lib/aws-eks';
import { CfnListener, CfnLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface EnvironmentStackProps extends StackProps {
  readonly environment: string;
  readonly cluster: string;
  /** Second number of the network: `10.<number>.0.0/16`. */
  readonly network: number;
}

/**
 * What a platform team has before Slipway comes: a network, a load balancer with a listener that no Ingress owns, an EKS cluster.
 * It exports them as `edge-<environment>-…`; Slipway's stacks import nothing else.
 */
export class EnvironmentStack extends Stack {
  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    super(scope, id, props);
    const vpc = new CfnVPC(this, 'Vpc', {
      cidrBlock: `10.${props.network}.0.0/16`,
      enableDnsSupport: true,
      enableDnsHostnames: true,
    });
    const subnets = [0, 1].map(
      (index) =>
        new CfnSubnet(this, `Private${index}`, {
          vpcId: vpc.ref,
          cidrBlock: `10.${props.network}.${index}.0/24`,
          availabilityZone: Fn.select(index, Fn.getAzs()),
        }),
    );
    const clients = new CfnSecurityGroup(this, 'Clients', {
      vpcId: vpc.ref,
      groupDescription: 'What talks to the cluster and the load balancer from inside',
    });
    const door = new CfnSecurityGroup(this, 'Door', {
      vpcId: vpc.ref,
      groupDescription: 'The load balancer',
      securityGroupIngress: [{ ipProtocol: 'tcp', fromPort: 80, toPort: 80, cidrIp: '10.0.0.0/8' }],
    });
    const loadBalancer = new CfnLoadBalancer(this, 'LoadBalancer', {
      name: `shop-${props.environment}`,
      type: 'application',
      scheme: 'internal',
      subnets: subnets.map(({ ref }) => ref),
      securityGroups: [door.attrGroupId],
    });
    const listener = new CfnListener(this, 'Listener', {
      loadBalancerArn: loadBalancer.ref,
      port: 80,
      protocol: 'HTTP',
      defaultActions: [
        {
          type: 'fixed-response',
          fixedResponseConfig: {
            statusCode: '404',
            contentType: 'text/plain',
            messageBody: 'no such shop',
          },
        },
      ],
    });
    const role = new Role(this, 'ClusterRole', {
      assumedBy: new ServicePrincipal('eks.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AmazonEKSClusterPolicy')],
    });
    new CfnCluster(this, 'Cluster', {
      name: props.cluster,
      roleArn: role.roleArn,
      accessConfig: { authenticationMode: 'API' },
      resourcesVpcConfig: {
        subnetIds: subnets.map(({ ref }) => ref),
        securityGroupIds: [clients.attrGroupId],
        endpointPublicAccess: false,
        endpointPrivateAccess: true,
      },
    });
    const exported = {
      ListenerArn: listener.ref,
      LoadBalancerArn: loadBalancer.ref,
      LoadBalancerFullName: loadBalancer.attrLoadBalancerFullName,
      LoadBalancerDnsName: loadBalancer.attrDnsName,
      VpcId: vpc.ref,
      PrivateSubnetIds: Fn.join(
        ',',
        subnets.map(({ ref }) => ref),
      ),
      ClientSecurityGroupId: clients.attrGroupId,
    };
    for (const [what, value] of Object.entries(exported)) {
      new CfnOutput(this, what, { value, exportName: `edge-${props.environment}-${what}` });
    }
  }
}
