import { Annotations, Fn } from 'aws-cdk-lib';
import {
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  SecurityGroup,
  Subnet,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { ConfiguredTarget } from '../../config/targets.ts';

/** What the platform of an environment exports, by its names `<importFrom>-<environment>-…`. */
export class Edge {
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  readonly loadBalancerFullName: string;
  readonly dnsName: string;
  readonly vpcId: string;
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, target: ConfiguredTarget) {
    const imported = (what: string): string =>
      Fn.importValue(`${target.settings.route.listener.importFrom}-${target.environment}-${what}`);
    this.listenerArn = imported('ListenerArn');
    this.loadBalancerArn = imported('LoadBalancerArn');
    this.loadBalancerFullName = imported('LoadBalancerFullName');
    this.dnsName = imported('LoadBalancerDnsName');
    this.vpcId = imported('VpcId');
    const subnetIds = [0, 1].map((index) =>
      Fn.select(index, Fn.split(',', imported('PrivateSubnetIds'))),
    );
    this.vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
      vpcId: this.vpcId,
      availabilityZones: [`${target.region}a`, `${target.region}b`],
    });
    this.subnets = { subnets: subnetIds.map((id, index) => privateSubnet(scope, index, id)) };
    this.securityGroup = SecurityGroup.fromSecurityGroupId(
      scope,
      'SecurityGroup',
      imported('ClientSecurityGroupId'),
      {
        mutable: false,
      },
    );
  }
}

const privateSubnet = (scope: Construct, index: number, subnetId: string): ISubnet => {
  const subnet = Subnet.fromSubnetId(scope, `Subnet${index}`, subnetId);
  Annotations.of(subnet).acknowledgeWarning(
    '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    'functions are placed here; nothing of the routes is read',
  );
  return subnet;
};
