import { AwsError } from '../aws-error.ts';
import { physicalName } from '../physical-name.ts';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { Ec2 } from './ec2.ts';

// biome-ignore lint/suspicious/noExplicitAny: each type has its own properties
type Properties = any;

const ec2 = ({ cloud, account, region }: ResourceContext): Ec2 =>
  cloud.service<Ec2>('ec2', { account, region });

const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

interface Part {
  readonly prefix: string;
  /** Properties that CloudFormation cannot change in place. */
  readonly fixed: readonly string[];
  readonly attributes?: (
    id: string,
    properties: Properties,
    context: ResourceContext,
  ) => Record<string, unknown>;
  readonly extra?: (properties: Properties, context: ResourceContext) => Record<string, unknown>;
}

/** A part of a network that is what its properties say, and does nothing. */
const part = (type: string, definition: Part): ResourceProvider => {
  const attributesOf = (id: string, properties: Properties, context: ResourceContext) =>
    definition.attributes?.(id, properties, context) ?? { Id: id };
  const provider: ResourceProvider = {
    create: (properties: Properties, context) => {
      const id = ec2(context).newId(definition.prefix);
      const extra = definition.extra?.(properties, context) ?? {};
      ec2(context).parts.set(id, { id, type, properties, extra });
      return { physicalId: id, attributes: attributesOf(id, properties, context) };
    },
    update: (properties: Properties, previous, context) => {
      const replaces = definition.fixed.some((name) =>
        differ(properties[name], previous.properties[name]),
      );
      if (replaces) return provider.create(properties, context);
      const id = previous.physicalId;
      const extra = ec2(context).parts.get(id)?.extra ?? {};
      ec2(context).parts.set(id, { id, type, properties, extra });
      return { physicalId: id, attributes: attributesOf(id, properties, context) };
    },
    remove: (previous, context) => {
      ec2(context).parts.delete(previous.physicalId);
    },
  };
  return provider;
};

/** A rule that a resource of its own adds to a security group. */
const groupRule = (kind: 'Ingress' | 'Egress'): ResourceProvider => {
  const rules = (groupId: string, context: ResourceContext): Record<string, unknown> => {
    const group = ec2(context).parts.get(groupId);
    if (group === undefined) {
      throw new AwsError(
        'InvalidGroup.NotFound',
        `The security group ID '${groupId}' does not exist`,
      );
    }
    group.extra[kind] ??= {};
    return group.extra[kind] as Record<string, unknown>;
  };
  const provider: ResourceProvider = {
    create: (properties: Properties, context) => {
      const id = ec2(context).newId('sgr');
      rules(properties.GroupId, context)[id] = properties;
      return { physicalId: id, attributes: { Id: id } };
    },
    // All but the description replace the rule; a new one with a new description does no harm.
    update: (properties: Properties, _previous, context) => provider.create(properties, context),
    remove: (previous, context) => {
      const { GroupId } = previous.properties as Properties;
      const group = ec2(context).parts.get(GroupId);
      if (group?.extra[kind]) delete rules(GroupId, context)[previous.physicalId];
    },
  };
  return provider;
};

const address = ({ cloud }: ResourceContext): string =>
  `203.0.113.${1 + Math.floor(cloud.random() * 254)}`;

/** The EC2 types of templates, by type. */
export const ec2Resources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::EC2::VPC': part('AWS::EC2::VPC', {
    prefix: 'vpc',
    fixed: ['CidrBlock', 'Ipv4IpamPoolId'],
    attributes: (id, { CidrBlock }) => ({
      VpcId: id,
      CidrBlock,
      DefaultSecurityGroup: `sg-${id.slice('vpc-'.length)}`,
      DefaultNetworkAcl: `acl-${id.slice('vpc-'.length)}`,
      CidrBlockAssociations: [`vpc-cidr-assoc-${id.slice('vpc-'.length)}`],
      Ipv6CidrBlocks: [],
    }),
  }),
  'AWS::EC2::Subnet': part('AWS::EC2::Subnet', {
    prefix: 'subnet',
    fixed: ['VpcId', 'CidrBlock', 'AvailabilityZone'],
    attributes: (id, { AvailabilityZone, CidrBlock, VpcId }) => ({
      SubnetId: id,
      AvailabilityZone,
      CidrBlock,
      VpcId,
      NetworkAclAssociationId: `aclassoc-${id.slice('subnet-'.length)}`,
      Ipv6CidrBlocks: [],
    }),
  }),
  'AWS::EC2::SecurityGroup': part('AWS::EC2::SecurityGroup', {
    prefix: 'sg',
    fixed: ['GroupDescription', 'GroupName', 'VpcId'],
    attributes: (id, { VpcId }) => ({ GroupId: id, Id: id, VpcId }),
    extra: ({ GroupName }, context) => ({ name: GroupName ?? physicalName(context) }),
  }),
  'AWS::EC2::SecurityGroupIngress': groupRule('Ingress'),
  'AWS::EC2::SecurityGroupEgress': groupRule('Egress'),
  'AWS::EC2::RouteTable': part('AWS::EC2::RouteTable', {
    prefix: 'rtb',
    fixed: ['VpcId'],
    attributes: (id) => ({ RouteTableId: id }),
  }),
  'AWS::EC2::Route': part('AWS::EC2::Route', {
    prefix: 'r-rtb',
    fixed: ['RouteTableId', 'DestinationCidrBlock', 'DestinationIpv6CidrBlock'],
    attributes: (_id, { DestinationCidrBlock }) => ({ CidrBlock: DestinationCidrBlock }),
  }),
  'AWS::EC2::SubnetRouteTableAssociation': part('AWS::EC2::SubnetRouteTableAssociation', {
    prefix: 'rtbassoc',
    fixed: ['SubnetId', 'RouteTableId'],
  }),
  'AWS::EC2::InternetGateway': part('AWS::EC2::InternetGateway', {
    prefix: 'igw',
    fixed: [],
    attributes: (id) => ({ InternetGatewayId: id }),
  }),
  'AWS::EC2::VPCGatewayAttachment': part('AWS::EC2::VPCGatewayAttachment', {
    prefix: 'attachment',
    fixed: ['VpcId'],
    attributes: () => ({ AttachmentType: 'IGW' }),
  }),
  'AWS::EC2::NatGateway': part('AWS::EC2::NatGateway', {
    prefix: 'nat',
    fixed: ['AllocationId', 'SubnetId', 'ConnectivityType'],
    attributes: (id) => ({ NatGatewayId: id, EniId: `eni-${id.slice('nat-'.length)}` }),
  }),
  'AWS::EC2::EIP': {
    ...part('AWS::EC2::EIP', { prefix: 'eipalloc', fixed: ['Domain'] }),
    create: (properties, context) => {
      const id = ec2(context).newId('eipalloc');
      const ip = address(context);
      ec2(context).parts.set(id, { id, type: 'AWS::EC2::EIP', properties, extra: { ip } });
      return { physicalId: ip, attributes: { AllocationId: id, PublicIp: ip } };
    },
    update: (_properties, previous) => previous,
    remove: (previous, context) => {
      ec2(context).parts.delete(String(previous.attributes['AllocationId']));
    },
  },
  'AWS::EC2::VPCEndpoint': part('AWS::EC2::VPCEndpoint', {
    prefix: 'vpce',
    fixed: ['ServiceName', 'VpcEndpointType', 'VpcId'],
    attributes: (id, properties, { cloud, region }) => ({
      Id: id,
      CreationTimestamp: new Date(cloud.clock.now()).toISOString(),
      DnsEntries: [
        `Z${id.slice(-13).toUpperCase()}:${id}.${String(properties.ServiceName).split('.').at(-1)}.${region}.vpce.amazonaws.com`,
      ],
      NetworkInterfaceIds: (properties.SubnetIds ?? []).map(
        (_subnet: string, index: number) => `eni-0${index}${id.slice(-15)}`,
      ),
    }),
  }),
};
