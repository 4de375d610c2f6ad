import type {
  AccessEntry,
  AssociateAccessPolicyCommandInput,
  CreateAccessEntryCommandInput,
  UpdateAccessEntryCommandInput,
} from '@aws-sdk/client-eks';
import type { CloudContext, Operation, Place } from '../service.ts';
import type { AccessRecord } from './cluster-record.ts';
import type { Clusters } from './clusters.ts';
import { eksErrors } from './errors.ts';

const policyArn = /^arn:aws:eks::aws:cluster-access-policy\/AmazonEKS[A-Za-z]+Policy$/;

/** Operations on access entries and the policies associated with them. */
export const accessEntryOperations = (
  cloud: CloudContext,
  place: Place,
  clusters: Clusters,
): Record<string, Operation> => {
  const find = (
    clusterName: string | undefined,
    principalArn: string | undefined,
  ): AccessRecord => {
    const record = clusters.get(clusterName).access.get(principalArn ?? '');
    if (record === undefined) throw eksErrors.noAccessEntry(principalArn ?? '');
    return record;
  };
  const now = () => new Date(cloud.clock.now());

  return {
    CreateAccessEntry: (input: CreateAccessEntryCommandInput) => {
      const { access, cluster } = clusters.get(input.clusterName);
      const principalArn = input.principalArn ?? '';
      assertPrincipal(principalArn);
      assertGroups(input.kubernetesGroups);
      if ((input.type ?? 'STANDARD') !== 'STANDARD') {
        throw eksErrors.unsupported('CreateAccessEntry', `type '${input.type}'`);
      }
      if (access.has(principalArn)) {
        throw eksErrors.inUse(
          'The specified access entry resource is already in use on this cluster.',
        );
      }
      const [, , , , account = '', resource = ''] = principalArn.split(':');
      const [kind = '', ...path] = resource.split('/');
      const name = path.at(-1) ?? '';
      const entry: AccessEntry = {
        clusterName: cluster.name,
        principalArn,
        kubernetesGroups: input.kubernetesGroups ?? [],
        accessEntryArn: `arn:aws:eks:${place.region}:${place.account}:access-entry/${cluster.name}/${kind}/${account}/${name}/${cloud.uuid()}`,
        createdAt: now(),
        modifiedAt: now(),
        tags: input.tags ?? {},
        username:
          input.username ??
          (kind === 'role'
            ? `arn:aws:sts::${account}:assumed-role/${name}/{{SessionName}}`
            : principalArn),
        type: 'STANDARD',
      };
      access.set(principalArn, { entry, policies: [] });
      return { accessEntry: entry };
    },

    DescribeAccessEntry: (input: { clusterName?: string; principalArn?: string }) => ({
      accessEntry: find(input.clusterName, input.principalArn).entry,
    }),

    UpdateAccessEntry: (input: UpdateAccessEntryCommandInput) => {
      const record = find(input.clusterName, input.principalArn);
      assertGroups(input.kubernetesGroups);
      record.entry = {
        ...record.entry,
        modifiedAt: now(),
        ...(input.kubernetesGroups ? { kubernetesGroups: input.kubernetesGroups } : {}),
        ...(input.username ? { username: input.username } : {}),
      };
      return { accessEntry: record.entry };
    },

    ListAccessEntries: (input: { clusterName?: string; associatedPolicyArn?: string }) => ({
      accessEntries: [...clusters.get(input.clusterName).access]
        .filter(
          ([, { policies }]) =>
            input.associatedPolicyArn === undefined ||
            policies.some((policy) => policy.policyArn === input.associatedPolicyArn),
        )
        .map(([principalArn]) => principalArn),
    }),

    DeleteAccessEntry: (input: { clusterName?: string; principalArn?: string }) => {
      find(input.clusterName, input.principalArn);
      clusters.get(input.clusterName).access.delete(input.principalArn ?? '');
      return {};
    },

    AssociateAccessPolicy: (input: AssociateAccessPolicyCommandInput) => {
      const record = find(input.clusterName, input.principalArn);
      if (!policyArn.test(input.policyArn ?? '')) {
        throw eksErrors.invalidParameter(
          `The policyArn parameter format is not valid: ${input.policyArn}`,
        );
      }
      const { type, namespaces = [] } = input.accessScope ?? {};
      if (type !== 'cluster' && type !== 'namespace') {
        throw eksErrors.invalidParameter(
          `The accessScope type '${type ?? ''}' must be one of: cluster, namespace`,
        );
      }
      if ((type === 'namespace') !== namespaces.length > 0) {
        throw eksErrors.invalidParameter(
          'Namespaces must be given for, and only for, an accessScope of type namespace',
        );
      }
      const associated = {
        policyArn: input.policyArn,
        accessScope: { type, namespaces },
        associatedAt: now(),
        modifiedAt: now(),
      };
      record.policies = [
        ...record.policies.filter((policy) => policy.policyArn !== input.policyArn),
        associated,
      ];
      return {
        clusterName: input.clusterName,
        principalArn: input.principalArn,
        associatedAccessPolicy: associated,
      };
    },

    DisassociateAccessPolicy: (input: {
      clusterName?: string;
      principalArn?: string;
      policyArn?: string;
    }) => {
      const record = find(input.clusterName, input.principalArn);
      record.policies = record.policies.filter((policy) => policy.policyArn !== input.policyArn);
      return {};
    },

    ListAssociatedAccessPolicies: (input: { clusterName?: string; principalArn?: string }) => ({
      clusterName: input.clusterName,
      principalArn: input.principalArn,
      associatedAccessPolicies: find(input.clusterName, input.principalArn).policies,
    }),
  };
};

const assertPrincipal = (principalArn: string): void => {
  if (!/^arn:aws:iam::\d{12}:(role|user)\/.+$/.test(principalArn)) {
    throw eksErrors.invalidParameter(
      `The principalArn parameter format is not valid: ${principalArn}`,
    );
  }
};

const assertGroups = (groups: readonly string[] | undefined): void => {
  const reserved = groups?.find((group) => /^(system:|eks:|aws:|amazon:|iam:)/.test(group));
  if (reserved !== undefined) {
    throw eksErrors.invalidParameter(
      `The kubernetes group name ${reserved} is invalid, it cannot start with system:`,
    );
  }
};
