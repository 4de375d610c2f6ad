import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import type { EksService } from './eks-service.ts';

type Properties = Readonly<Record<string, unknown>>;

const call = <T>(context: ResourceContext, operation: string, input: unknown): Promise<T> =>
  context.cloud.call<T>('eks', operation, input, context);

const generatedName = (context: ResourceContext): string =>
  `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;

/** Templates have PascalCase members where the API has camelCase ones. */
const camelCased = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`,
      camelCased(each),
    ]),
  );
};

const tagsOf = (properties: Properties): Record<string, string> =>
  Object.fromEntries(
    ((properties['Tags'] ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [
      Key,
      Value,
    ]),
  );

const clusterState = (context: ResourceContext, name: string): ResourceState => {
  const { cluster } = context.cloud.service<EksService>('eks', context).clusters.get(name);
  return {
    physicalId: name,
    attributes: {
      Arn: cluster.arn,
      Endpoint: cluster.endpoint,
      CertificateAuthorityData: cluster.certificateAuthority?.data,
      ClusterSecurityGroupId: cluster.resourcesVpcConfig?.clusterSecurityGroupId,
      EncryptionConfigKeyArn: '',
      OpenIdConnectIssuerUrl: cluster.identity?.oidc?.issuer,
      Id: name,
    },
  };
};

const cluster: ResourceProvider = {
  create: async (properties: Properties, context) => {
    const name = String(properties['Name'] ?? generatedName(context));
    const input = camelCased({ ...properties, Name: name, Tags: undefined }) as Properties;
    await call(context, 'CreateCluster', { ...input, tags: tagsOf(properties) });
    return clusterState(context, name);
  },
  update: (properties: Properties, previous, context) => {
    const replaced = ['Name', 'RoleArn', 'KubernetesNetworkConfig'].some(
      (key) => JSON.stringify(previous.properties[key]) !== JSON.stringify(properties[key]),
    );
    return replaced
      ? cluster.create(properties, context)
      : clusterState(context, previous.physicalId);
  },
  remove: async (previous, context) => {
    await call(context, 'DeleteCluster', { name: previous.physicalId });
  },
};

const policies = (properties: Properties): { PolicyArn: string; AccessScope: unknown }[] =>
  (properties['AccessPolicies'] ?? []) as { PolicyArn: string; AccessScope: unknown }[];

const associate = async (context: ResourceContext, properties: Properties, key: object) => {
  for (const policy of policies(properties)) {
    await call(context, 'AssociateAccessPolicy', {
      ...key,
      policyArn: policy.PolicyArn,
      accessScope: camelCased(policy.AccessScope),
    });
  }
};

const accessEntry: ResourceProvider = {
  create: async (properties: Properties, context) => {
    const key = {
      clusterName: properties['ClusterName'],
      principalArn: properties['PrincipalArn'],
    };
    const optional = {
      ...(properties['KubernetesGroups']
        ? { kubernetesGroups: properties['KubernetesGroups'] }
        : {}),
      ...(properties['Username'] ? { username: properties['Username'] } : {}),
      ...(properties['Type'] ? { type: properties['Type'] } : {}),
    };
    const { accessEntry: made } = await call<{ accessEntry: { accessEntryArn: string } }>(
      context,
      'CreateAccessEntry',
      { ...key, ...optional, tags: tagsOf(properties) },
    );
    await associate(context, properties, key);
    return {
      physicalId: `${key.principalArn}|${key.clusterName}`,
      attributes: { AccessEntryArn: made.accessEntryArn },
    };
  },
  update: async (properties: Properties, previous, context) => {
    const replaced = ['ClusterName', 'PrincipalArn', 'Type'].some(
      (name) => previous.properties[name] !== properties[name],
    );
    if (replaced) return accessEntry.create(properties, context);
    const key = {
      clusterName: properties['ClusterName'],
      principalArn: properties['PrincipalArn'],
    };
    await call(context, 'UpdateAccessEntry', {
      ...key,
      kubernetesGroups: properties['KubernetesGroups'] ?? [],
      ...(properties['Username'] ? { username: properties['Username'] } : {}),
    });
    const wanted = policies(properties).map((policy) => policy.PolicyArn);
    for (const { PolicyArn } of policies(previous.properties)) {
      if (!wanted.includes(PolicyArn)) {
        await call(context, 'DisassociateAccessPolicy', { ...key, policyArn: PolicyArn });
      }
    }
    await associate(context, properties, key);
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: async (previous, context) => {
    const [principalArn, clusterName] = previous.physicalId.split('|');
    await call(context, 'DeleteAccessEntry', { clusterName, principalArn });
  },
};

/** A resource that is there and does nothing: what it stands for happens inside the local kubelet. */
const plain = (
  type: string,
  identify: (properties: Properties, context: ResourceContext) => string,
): ResourceProvider => ({
  create: (properties: Properties, context) => {
    const name = identify(properties, context);
    const clusterName = String(properties['ClusterName']);
    context.cloud.service<EksService>('eks', context).clusters.get(clusterName);
    const id = context.cloud.uuid();
    const arn = `arn:aws:eks:${context.region}:${context.account}:${type}/${clusterName}/${name}/${id}`;
    return {
      physicalId: `${clusterName}|${name}`,
      attributes: {
        Arn: arn,
        Id: id,
        AssociationArn: arn,
        AssociationId: id,
        ClusterName: clusterName,
        NodegroupName: name,
      },
    };
  },
  update: (_, previous) => ({ physicalId: previous.physicalId, attributes: previous.attributes }),
});

/** Resource types of EKS. */
export const eksResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::EKS::Cluster': cluster,
  'AWS::EKS::AccessEntry': accessEntry,
  'AWS::EKS::Addon': plain('addon', (properties) => String(properties['AddonName'])),
  'AWS::EKS::Nodegroup': plain('nodegroup', (properties, context) =>
    String(properties['NodegroupName'] ?? generatedName(context)),
  ),
  'AWS::EKS::FargateProfile': plain('fargateprofile', (properties, context) =>
    String(properties['FargateProfileName'] ?? generatedName(context)),
  ),
  'AWS::EKS::PodIdentityAssociation': plain(
    'podidentityassociation',
    (_, context) => `a-${context.cloud.token(17)}`,
  ),
};
