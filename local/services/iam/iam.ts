import type { PolicyDocument } from '../../iam/document.ts';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Operation, Place, Service } from '../service.ts';

/** A role with all that its permissions follow from. */
export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly path: string;
  readonly createdAt: number;
  trust: PolicyDocument;
  description: string | undefined;
  maxSessionSeconds: number;
  permissionsBoundary: string | undefined;
  /** By policy name. */
  readonly inline: Map<string, PolicyDocument>;
  /** ARNs. */
  readonly attached: Set<string>;
}

/** A policy that has an ARN of its own. */
export interface ManagedPolicy {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly path: string;
  readonly createdAt: number;
  document: PolicyDocument;
  description: string | undefined;
}

/** IAM as its neighbours use it. */
export interface IamService extends Service {
  readonly roles: Map<string, Role>;
  readonly policies: Map<string, ManagedPolicy>;
  readonly instanceProfiles: Map<
    string,
    { readonly arn: string; readonly roles: readonly string[] }
  >;
  roleByArn(arn: string): Role | undefined;
  /** All documents that grant a role something. AWS's own managed policies are not among them. */
  documentsOf(roleArn: string): PolicyDocument[];
  newId(prefix: string): string;
  readonly account: string;
}

const noSuchEntity = (what: string): AwsError =>
  new AwsError('NoSuchEntityException', `${what} cannot be found.`, { status: 404 });

const encoded = (document: PolicyDocument): string => encodeURIComponent(JSON.stringify(document));

const roleView = (role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: new Date(role.createdAt),
  AssumeRolePolicyDocument: encoded(role.trust),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds,
  ...(role.permissionsBoundary !== undefined && {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: role.permissionsBoundary,
    },
  }),
});

/** IAM of one account; IAM has no Regions. */
export class Iam implements IamService {
  readonly account: string;
  readonly roles = new Map<string, Role>();
  readonly policies = new Map<string, ManagedPolicy>();
  readonly instanceProfiles = new Map<string, { arn: string; roles: readonly string[] }>();
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #cloud: CloudContext;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.account = place.account;
    this.operations = {
      GetRole: ({ RoleName }: { RoleName: string }) => ({ Role: roleView(this.#role(RoleName)) }),
      ListRoles: ({ PathPrefix = '/' }: { PathPrefix?: string }) => ({
        Roles: [...this.roles.values()]
          .filter(({ path }) => path.startsWith(PathPrefix))
          .map(roleView),
        IsTruncated: false,
      }),
      ListRolePolicies: ({ RoleName }: { RoleName: string }) => ({
        PolicyNames: [...this.#role(RoleName).inline.keys()],
        IsTruncated: false,
      }),
      GetRolePolicy: ({ RoleName, PolicyName }: { RoleName: string; PolicyName: string }) => {
        const document = this.#role(RoleName).inline.get(PolicyName);
        if (!document) throw noSuchEntity(`The role policy with name ${PolicyName}`);
        return { RoleName, PolicyName, PolicyDocument: encoded(document) };
      },
      ListAttachedRolePolicies: ({ RoleName }: { RoleName: string }) => ({
        AttachedPolicies: [...this.#role(RoleName).attached].map((PolicyArn) => ({
          PolicyArn,
          PolicyName: PolicyArn.split('/').at(-1),
        })),
        IsTruncated: false,
      }),
      GetPolicy: ({ PolicyArn }: { PolicyArn: string }) => {
        const policy = this.policies.get(PolicyArn);
        if (!policy) throw noSuchEntity(`Policy ${PolicyArn}`);
        return {
          Policy: {
            PolicyName: policy.name,
            PolicyId: policy.id,
            Arn: policy.arn,
            Path: policy.path,
            DefaultVersionId: 'v1',
            CreateDate: new Date(policy.createdAt),
            Description: policy.description,
            AttachmentCount: [...this.roles.values()].filter((role) => role.attached.has(PolicyArn))
              .length,
          },
        };
      },
    };
  }

  roleByArn(arn: string): Role | undefined {
    const role = this.roles.get(arn.split('/').at(-1) ?? '');
    return role?.arn === arn ? role : undefined;
  }

  documentsOf(roleArn: string): PolicyDocument[] {
    const role = this.roleByArn(roleArn);
    if (role === undefined) return [];
    const attached = [...role.attached].flatMap((arn) => this.policies.get(arn)?.document ?? []);
    return [...role.inline.values(), ...attached];
  }

  /** Ids as IAM gives them: a prefix that tells the kind, then 17 letters and digits. */
  newId(prefix: string): string {
    return `${prefix}${this.#cloud.token(17).toUpperCase()}`;
  }

  #role(name: string): Role {
    const role = this.roles.get(name);
    if (!role) throw noSuchEntity(`The role with name ${name}`);
    return role;
  }
}
