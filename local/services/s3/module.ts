/*
 * Imitates of S3 what templates refer to: buckets with their names and addresses, bucket policies. Synthesized assets
 * are found on disk through `cloud.asset`.
 * Does not: objects, and every operation of the API.
 */
import type { ServiceModule } from '../service.ts';
import { bucketPolicyResource, bucketResource } from './resources.ts';
import { S3 } from './s3.ts';

/** S3 as the cloud loads it. */
export const s3Module: ServiceModule<S3> = {
  name: 's3',
  create: () => new S3(),
  resources: {
    'AWS::S3::Bucket': bucketResource,
    'AWS::S3::BucketPolicy': bucketPolicyResource,
  },
};
