import type { PolicyDocument } from '../../iam/document.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import { physicalName } from '../physical-name.ts';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { Role } from './iam.ts';
import { iamOf } from './role-resource.ts';

interface InlineProperties {
  readonly PolicyName: string;
  readonly PolicyDocument: PolicyDocument;
  readonly Roles?: readonly string[];
}

interface ManagedProperties {
  readonly ManagedPolicyName?: string;
  readonly Path?: string;
  readonly Description?: string;
  readonly PolicyDocument: PolicyDocument;
  readonly Roles?: readonly string[];
}

const rolesOf = (names: readonly string[] | undefined, context: ResourceContext): Role[] =>
  (names ?? []).map((name) => {
    const role = iamOf(context).roles.get(name);
    if (role === undefined) {
      throw new AwsError('NoSuchEntityException', `The role with name ${name} cannot be found.`, {
        status: 404,
      });
    }
    return role;
  });

const refuseUsers = (properties: object, type: string): void => {
  for (const name of ['Users', 'Groups']) {
    if (name in properties) throw notImplemented('iam', `${type}.${name}`);
  }
};

const putInline = (properties: InlineProperties, context: ResourceContext): void => {
  for (const role of rolesOf(properties.Roles, context)) {
    role.inline.set(properties.PolicyName, properties.PolicyDocument);
  }
};

const dropInline = (properties: InlineProperties, context: ResourceContext): void => {
  // A role that is gone took its inline policies along.
  for (const name of properties.Roles ?? []) {
    iamOf(context).roles.get(name)?.inline.delete(properties.PolicyName);
  }
};

/** `AWS::IAM::Policy`: an inline policy of roles. */
export const inlinePolicyResource: ResourceProvider = {
  create: (properties: InlineProperties, context) => {
    refuseUsers(properties, 'AWS::IAM::Policy');
    putInline(properties, context);
    const physicalId = physicalName(context, 128);
    return { physicalId, attributes: { Id: physicalId } };
  },
  update: (properties: InlineProperties, previous, context) => {
    refuseUsers(properties, 'AWS::IAM::Policy');
    rolesOf(properties.Roles, context);
    dropInline(previous.properties, context);
    putInline(properties, context);
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: (previous, context) => dropInline(previous.properties as InlineProperties, context),
};

const detach = (
  arn: string,
  context: ResourceContext,
  names: readonly string[] | undefined,
): void => {
  for (const name of names ?? []) iamOf(context).roles.get(name)?.attached.delete(arn);
};

/** `AWS::IAM::ManagedPolicy`: name, path and description replace it. */
export const managedPolicyResource: ResourceProvider = {
  create: (properties: ManagedProperties, context) => {
    refuseUsers(properties, 'AWS::IAM::ManagedPolicy');
    const iam = iamOf(context);
    const name = properties.ManagedPolicyName ?? physicalName(context, 128);
    const path = properties.Path ?? '/';
    const arn = `arn:aws:iam::${context.account}:policy${path}${name}`;
    if (iam.policies.has(arn)) {
      throw new AwsError(
        'EntityAlreadyExistsException',
        `A policy called ${name} already exists.`,
        {
          status: 409,
        },
      );
    }
    const roles = rolesOf(properties.Roles, context);
    const policy = {
      name,
      arn,
      path,
      id: iam.newId('ANPA'),
      createdAt: context.cloud.clock.now(),
      document: properties.PolicyDocument,
      description: properties.Description,
    };
    iam.policies.set(arn, policy);
    for (const role of roles) role.attached.add(arn);
    return {
      physicalId: arn,
      attributes: {
        PolicyArn: arn,
        PolicyId: policy.id,
        DefaultVersionId: 'v1',
        IsAttachable: true,
      },
    };
  },
  update: (properties: ManagedProperties, previous, context) => {
    const before: ManagedProperties = previous.properties;
    const policy = iamOf(context).policies.get(previous.physicalId);
    const replaces = (['ManagedPolicyName', 'Path', 'Description'] as const).some(
      (name) => properties[name] !== before[name],
    );
    if (!policy || replaces) return managedPolicyResource.create(properties, context);
    const roles = rolesOf(properties.Roles, context);
    policy.document = properties.PolicyDocument;
    detach(policy.arn, context, before.Roles);
    for (const role of roles) role.attached.add(policy.arn);
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: (previous, context) => {
    detach(previous.physicalId, context, (previous.properties as ManagedProperties).Roles);
    iamOf(context).policies.delete(previous.physicalId);
  },
};

/** `AWS::IAM::InstanceProfile`: name and path replace it. */
export const instanceProfileResource: ResourceProvider = {
  create: ({ InstanceProfileName, Path = '/', Roles }, context) => {
    const name = InstanceProfileName ?? physicalName(context, 128);
    const arn = `arn:aws:iam::${context.account}:instance-profile${Path}${name}`;
    const roles = rolesOf(Roles, context).map((role) => role.name);
    iamOf(context).instanceProfiles.set(name, { arn, roles });
    return { physicalId: name, attributes: { Arn: arn } };
  },
  remove: (previous, context) => {
    iamOf(context).instanceProfiles.delete(previous.physicalId);
  },
};
