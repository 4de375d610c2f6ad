import type { PolicyDocument } from '../../iam/document.ts';
import { AwsError } from '../aws-error.ts';
import { physicalName } from '../physical-name.ts';
import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import type { IamService, Role } from './iam.ts';

interface RoleProperties {
  readonly RoleName?: string;
  readonly Path?: string;
  readonly AssumeRolePolicyDocument: PolicyDocument;
  readonly ManagedPolicyArns?: readonly string[];
  readonly Policies?: readonly {
    readonly PolicyName: string;
    readonly PolicyDocument: PolicyDocument;
  }[];
  readonly MaxSessionDuration?: number;
  readonly Description?: string;
  readonly PermissionsBoundary?: string;
}

/** IAM of the account that a resource is made in. */
export const iamOf = ({ cloud, account, region }: ResourceContext): IamService =>
  cloud.service<IamService>('iam', { account, region });

/** Sets what the role's own properties say and leaves what other resources have put onto it. */
const apply = (role: Role, properties: RoleProperties, before?: RoleProperties): void => {
  role.trust = properties.AssumeRolePolicyDocument;
  role.description = properties.Description;
  role.maxSessionSeconds = properties.MaxSessionDuration ?? 3600;
  role.permissionsBoundary = properties.PermissionsBoundary;
  for (const { PolicyName } of before?.Policies ?? []) role.inline.delete(PolicyName);
  for (const arn of before?.ManagedPolicyArns ?? []) role.attached.delete(arn);
  for (const policy of properties.Policies ?? []) {
    role.inline.set(policy.PolicyName, policy.PolicyDocument);
  }
  for (const arn of properties.ManagedPolicyArns ?? []) role.attached.add(arn);
};

const state = (role: Role): ResourceState => ({
  physicalId: role.name,
  attributes: { Arn: role.arn, RoleId: role.id },
});

const addRole = (
  name: string,
  path: string,
  properties: RoleProperties,
  context: ResourceContext,
): ResourceState => {
  const iam = iamOf(context);
  if (iam.roles.has(name)) {
    throw new AwsError('EntityAlreadyExistsException', `Role with name ${name} already exists.`, {
      status: 409,
    });
  }
  const role: Role = {
    name,
    arn: `arn:aws:iam::${context.account}:role${path}${name}`,
    id: iam.newId('AROA'),
    path,
    createdAt: context.cloud.clock.now(),
    trust: properties.AssumeRolePolicyDocument,
    description: undefined,
    maxSessionSeconds: 3600,
    permissionsBoundary: undefined,
    inline: new Map(),
    attached: new Set(),
  };
  apply(role, properties);
  iam.roles.set(name, role);
  return state(role);
};

/** `AWS::IAM::Role`: name and path replace it. */
export const roleResource: ResourceProvider = {
  create: (properties: RoleProperties, context) =>
    addRole(
      properties.RoleName ?? physicalName(context, 64),
      properties.Path ?? '/',
      properties,
      context,
    ),
  update: (properties: RoleProperties, previous, context) => {
    const before: RoleProperties = previous.properties;
    const role = iamOf(context).roles.get(previous.physicalId);
    if (!role || properties.RoleName !== before.RoleName || properties.Path !== before.Path) {
      return roleResource.create(properties, context);
    }
    apply(role, properties, before);
    return state(role);
  },
  remove: (previous, context) => {
    iamOf(context).roles.delete(previous.physicalId);
  },
};

const SERVICE_ROLE_NAMES: Readonly<Record<string, string>> = {
  'autoscaling.amazonaws.com': 'AutoScaling',
  'eks.amazonaws.com': 'AmazonEKS',
  'elasticloadbalancing.amazonaws.com': 'ElasticLoadBalancing',
  'inspector2.amazonaws.com': 'AmazonInspector2',
};

/** `AWS::IAM::ServiceLinkedRole`. */
export const serviceLinkedRoleResource: ResourceProvider = {
  create: ({ AWSServiceName: service, CustomSuffix: suffix, Description }, context) => {
    const known = SERVICE_ROLE_NAMES[service] ?? service.split('.')[0];
    const name = `AWSServiceRoleFor${known}${suffix === undefined ? '' : `_${suffix}`}`;
    const trust: PolicyDocument = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
    };
    const properties = { AssumeRolePolicyDocument: trust, Description };
    const made = addRole(name, `/aws-service-role/${service}/`, properties, context);
    return { physicalId: made.physicalId, attributes: { RoleName: name, ...made.attributes } };
  },
  remove: (previous, context) => {
    iamOf(context).roles.delete(previous.physicalId);
  },
};
