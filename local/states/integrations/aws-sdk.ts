import { StateFailure, StatesError } from '../errors.ts';
import { type Json, typeName } from '../json.ts';
import { contextOf, type Integration, toJson } from './integration.ts';
import { camelServices, lowerFirst, renamed, upperFirst } from './member-names.ts';
import { sdkFailure } from './service-error.ts';

/** What error names begin with: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html */
const sdkNames: Readonly<Record<string, string>> = {
  arcregionswitch: 'ArcRegionSwitch',
  cloudformation: 'CloudFormation',
  cloudwatch: 'CloudWatch',
  cloudwatchlogs: 'CloudWatchLogs',
  codebuild: 'CodeBuild',
  codedeploy: 'CodeDeploy',
  dynamodb: 'DynamoDb',
  ec2: 'Ec2',
  ecr: 'Ecr',
  eks: 'Eks',
  elasticloadbalancingv2: 'ElasticLoadBalancingV2',
  eventbridge: 'EventBridge',
  iam: 'Iam',
  inspector2: 'Inspector2',
  kms: 'Kms',
  lambda: 'Lambda',
  rds: 'Rds',
  route53: 'Route53',
  route53recoverycluster: 'Route53RecoveryCluster',
  s3: 'S3',
  scheduler: 'Scheduler',
  secretsmanager: 'SecretsManager',
  sfn: 'Sfn',
  sns: 'Sns',
  sqs: 'Sqs',
  ssm: 'Ssm',
  sts: 'Sts',
  xray: 'XRay',
};

/** The services that `aws-sdk:` reaches here. */
export const isSdkService = (service: string): boolean => Object.hasOwn(sdkNames, service);

const isoDate = (date: Date): Json => date.toISOString();

/** Instants are text in a state machine, and dates in the SDK. */
const withDates = (value: unknown, name = ''): unknown => {
  if (typeof value === 'string') {
    return /(Time|Timestamp|Date|Since|At)$/.test(name) && /^\d{4}-\d\d-\d\dT/.test(value)
      ? new Date(value)
      : value;
  }
  if (Array.isArray(value)) return value.map((item) => withDates(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [member, withDates(inner, member)]),
  );
};

/** `aws-sdk:<service>:<action>`: any operation of any service that is here. */
export const awsSdk = (service: string, action: string): Integration => {
  const sdkName = sdkNames[service] ?? upperFirst(service);
  const operation = upperFirst(action);
  const camel = camelServices.has(service);
  return {
    request: async (request) => {
      const { cloud, args } = request;
      try {
        if (typeName(args) !== 'object') {
          throw new StateFailure(
            StatesError.Runtime,
            `The arguments of aws-sdk:${service}:${action} must be an object, but were ${typeName(args)}`,
          );
        }
        const dated = withDates(args);
        const input = camel ? renamed(dated, lowerFirst) : dated;
        const answer = await cloud.call(service, operation, input, await contextOf(request));
        const response = toJson(answer ?? {}, isoDate);
        return (camel ? renamed(response, upperFirst) : response) as Json;
      } catch (error) {
        throw sdkFailure(error, service, sdkName, cloud);
      }
    },
  };
};
