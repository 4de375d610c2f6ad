import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  CfnReplicationConfiguration,
  Repository,
  RepositoryEncryption,
  TagMutability,
} from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';

export interface RegistryStackProps extends StackProps {
  readonly repositories: readonly string[];
  /** Where images are replicated to; none: nowhere. */
  readonly replicateTo: readonly string[];
}

/** The registry of the pipeline's account: immutable tags, scanned on push, replicated to the standby Region. */
export class RegistryStack extends Stack {
  constructor(scope: Construct, id: string, props: RegistryStackProps) {
    super(scope, id, props);
    for (const name of props.repositories) {
      new Repository(this, name.replaceAll('/', '-'), {
        repositoryName: name,
        imageScanOnPush: true,
        imageTagMutability: TagMutability.IMMUTABLE,
        encryption: RepositoryEncryption.KMS,
        removalPolicy: RemovalPolicy.RETAIN,
      });
    }
    if (props.replicateTo.length > 0) {
      new CfnReplicationConfiguration(this, 'Replication', {
        replicationConfiguration: {
          rules: [
            {
              destinations: props.replicateTo.map((region) => ({
                region,
                registryId: this.account,
              })),
            },
          ],
        },
      });
    }
  }
}
