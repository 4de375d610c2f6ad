import { AwsError } from '../aws-error.ts';
import { physicalName } from '../physical-name.ts';
import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { Bucket, S3 } from './s3.ts';

const s3 = ({ cloud, account, region }: ResourceContext): S3 =>
  cloud.service<S3>('s3', { account, region });

const attributes = (name: string, region: string) => ({
  Arn: `arn:aws:s3:::${name}`,
  DomainName: `${name}.s3.amazonaws.com`,
  DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
  RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
  WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
});

/** `AWS::S3::Bucket`: its name replaces it. */
export const bucketResource: ResourceProvider = {
  create: (properties: { readonly BucketName?: string }, context) => {
    const { buckets } = s3(context);
    const name = properties.BucketName ?? physicalName(context, 63).toLowerCase();
    if (buckets.has(name)) {
      throw new AwsError('BucketAlreadyOwnedByYou', `${name} already exists`, { status: 409 });
    }
    buckets.set(name, { name, region: context.region, properties, policy: undefined });
    return { physicalId: name, attributes: attributes(name, context.region) };
  },
  update: (properties: { readonly BucketName?: string }, previous, context) => {
    if (properties.BucketName !== previous.properties.BucketName) {
      return bucketResource.create(properties, context);
    }
    const bucket = s3(context).buckets.get(previous.physicalId);
    if (bucket) bucket.properties = properties;
    return { physicalId: previous.physicalId, attributes: previous.attributes };
  },
  remove: (previous, context) => {
    s3(context).buckets.delete(previous.physicalId);
  },
};

interface PolicyProperties {
  readonly Bucket: string;
  readonly PolicyDocument: unknown;
}

const bucketOf = ({ Bucket }: PolicyProperties, context: ResourceContext): Bucket => {
  const bucket = s3(context).buckets.get(Bucket);
  if (bucket) return bucket;
  throw new AwsError('NoSuchBucket', `The specified bucket ${Bucket} does not exist`, {
    status: 404,
  });
};

/** `AWS::S3::BucketPolicy`: its bucket replaces it. */
export const bucketPolicyResource: ResourceProvider = {
  create: (properties: PolicyProperties, context) => {
    bucketOf(properties, context).policy = properties.PolicyDocument;
    return { physicalId: properties.Bucket, attributes: {} };
  },
  update: (properties: PolicyProperties, _previous, context) =>
    bucketPolicyResource.create(properties, context),
  remove: (previous, context) => {
    const bucket = s3(context).buckets.get((previous.properties as PolicyProperties).Bucket);
    if (bucket) bucket.policy = undefined;
  },
};
