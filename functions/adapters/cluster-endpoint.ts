import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import type { ClusterAccess } from '../domain/cluster-inputs.ts';
import { ConfigurationMissing, isNamed } from '../domain/errors.ts';
import type { Target } from '../domain/target.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import { placeOf } from './place.ts';

/** How to reach a target's cluster: asked for here, because the cluster functions call no AWS API. */
export const clusterAccess = async (runtime: Runtime, target: Target): Promise<ClusterAccess> => {
  const { name, namespace } = target.cluster;
  const eks = aws(runtime)(EKSClient, placeOf(target));
  const describe = async () => {
    try {
      return await eks.send(new DescribeClusterCommand({ name }));
    } catch (error) {
      if (!isNamed(error, 'ResourceNotFoundException')) throw error;
      throw new ConfigurationMissing(
        `the cluster ${name} does not exist in ${target.account}, ${target.region}; correct environments.${target.environment}.cluster`,
        { cause: error },
      );
    }
  };
  const { cluster } = await describe();
  const certificateAuthority = cluster?.certificateAuthority?.data;
  if (cluster?.endpoint === undefined || certificateAuthority === undefined) {
    throw new ConfigurationMissing(
      `the cluster ${name} has no endpoint yet (status ${cluster?.status ?? 'unknown'})`,
    );
  }
  return {
    name,
    region: target.region,
    endpoint: cluster.endpoint,
    certificateAuthority,
    namespace,
  };
};
