import { AwsError, notImplemented } from '../aws-error.ts';
import type { CloudContext, Operation, Place, Service } from '../service.ts';

/** A part of a network, as its template says it is. */
export interface NetworkPart {
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each type has its own properties
  readonly properties: any;
  /** What a part has besides its properties (a group's added rules, an address). */
  readonly extra: Record<string, unknown>;
}

interface Query {
  readonly Filters?: readonly { readonly Name: string; readonly Values: readonly string[] }[];
}

interface Rule {
  readonly IpProtocol?: string | number;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly CidrIp?: string;
  readonly SourceSecurityGroupId?: string;
  readonly DestinationSecurityGroupId?: string;
  readonly Description?: string;
}

const tagsOf = (part: NetworkPart) => part.properties.Tags ?? [];

const permission = (rule: Rule) => {
  const group = rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId;
  const { Description } = rule;
  return {
    IpProtocol: String(rule.IpProtocol ?? '-1'),
    FromPort: rule.FromPort,
    ToPort: rule.ToPort,
    IpRanges: rule.CidrIp === undefined ? [] : [{ CidrIp: rule.CidrIp, Description }],
    UserIdGroupPairs: group === undefined ? [] : [{ GroupId: group, Description }],
  };
};

/** Rules that a group has from its own properties and from resources of their own. */
const rulesOf = (part: NetworkPart, kind: 'Ingress' | 'Egress'): Rule[] => [
  ...(part.properties[`SecurityGroup${kind}`] ?? []),
  ...Object.values((part.extra[kind] as Record<string, Rule> | undefined) ?? {}),
];

/** Networks of one account and Region. */
export class Ec2 implements Service {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly parts = new Map<string, NetworkPart>();
  readonly #cloud: CloudContext;
  readonly #place: Place;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
    this.operations = {
      DescribeVpcs: (input: Query & { VpcIds?: string[] }) => ({
        Vpcs: this.#select('AWS::EC2::VPC', input.VpcIds, input, 'Vpc').map((part) => ({
          VpcId: part.id,
          CidrBlock: part.properties.CidrBlock,
          State: 'available',
          IsDefault: false,
          OwnerId: place.account,
          Tags: tagsOf(part),
        })),
      }),
      DescribeSubnets: (input: Query & { SubnetIds?: string[] }) => ({
        Subnets: this.#select('AWS::EC2::Subnet', input.SubnetIds, input, 'Subnet').map((part) => ({
          SubnetId: part.id,
          SubnetArn: `arn:aws:ec2:${place.region}:${place.account}:subnet/${part.id}`,
          VpcId: part.properties.VpcId,
          CidrBlock: part.properties.CidrBlock,
          AvailabilityZone: part.properties.AvailabilityZone,
          MapPublicIpOnLaunch: part.properties.MapPublicIpOnLaunch ?? false,
          State: 'available',
          OwnerId: place.account,
          Tags: tagsOf(part),
        })),
      }),
      DescribeSecurityGroups: (input: Query & { GroupIds?: string[] }) => ({
        SecurityGroups: this.#select('AWS::EC2::SecurityGroup', input.GroupIds, input, 'Group').map(
          (part) => ({
            GroupId: part.id,
            GroupName: part.extra['name'],
            Description: part.properties.GroupDescription,
            VpcId: part.properties.VpcId,
            OwnerId: place.account,
            IpPermissions: rulesOf(part, 'Ingress').map(permission),
            IpPermissionsEgress: rulesOf(part, 'Egress').map(permission),
            Tags: tagsOf(part),
          }),
        ),
      }),
    };
  }

  /** An id as EC2 gives them: a prefix, then 17 hexadecimal digits. */
  newId(prefix: string): string {
    return `${prefix}-0${this.#cloud.uuid().replaceAll('-', '').slice(0, 16)}`;
  }

  #select(
    type: string,
    ids: readonly string[] | undefined,
    query: Query,
    noun: string,
  ): NetworkPart[] {
    const all = [...this.parts.values()].filter((part) => part.type === type);
    for (const id of ids ?? []) {
      if (all.some((part) => part.id === id)) continue;
      const word = noun === 'Vpc' ? 'vpc' : noun === 'Subnet' ? 'subnet' : 'security group';
      throw new AwsError(
        `Invalid${noun === 'Vpc' ? 'VpcID' : noun === 'Subnet' ? 'SubnetID' : 'Group'}.NotFound`,
        `The ${word} ID '${id}' does not exist`,
      );
    }
    return all.filter(
      (part) =>
        (ids === undefined || ids.length === 0 || ids.includes(part.id)) && this.#fits(part, query),
    );
  }

  #fits(part: NetworkPart, { Filters = [] }: Query): boolean {
    return Filters.every(({ Name, Values }) => {
      const tag = Name.startsWith('tag:') ? Name.slice('tag:'.length) : undefined;
      if (tag !== undefined) {
        return tagsOf(part).some(
          (one: { Key: string; Value: string }) => one.Key === tag && Values.includes(one.Value),
        );
      }
      switch (Name) {
        case 'vpc-id':
          return Values.includes(part.properties.VpcId ?? part.id);
        case 'subnet-id':
        case 'group-id':
          return Values.includes(part.id);
        case 'group-name':
          return Values.includes(String(part.extra['name']));
        case 'availability-zone':
          return Values.includes(part.properties.AvailabilityZone);
        default:
          throw notImplemented('ec2', `the filter ${Name} in ${this.#place.region}`);
      }
    });
  }
}
