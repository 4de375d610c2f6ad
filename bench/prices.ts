/** What something costs and where that stands. NV: from memory or a third party, not read on AWS's own page. */
export interface Price {
  /** US dollars. */
  readonly usd: number;
  readonly per: string;
  readonly source: string;
}

/** List prices of us-east-1 without free tiers; other Regions are up to a fifth dearer. */
export const prices = {
  key: {
    usd: 1,
    per: 'KMS key and month',
    source:
      'https://aws.amazon.com/kms/pricing/ (each of the first two yearly rotations adds as much)',
  },
  alarmMetric: {
    usd: 0.1,
    per: 'metric in a standard alarm and month',
    source:
      'https://aws.amazon.com/cloudwatch/pricing/ counts "alarm metrics"; the amount NV (c3x.dev, 2026)',
  },
  compositeAlarm: { usd: 0.5, per: 'composite alarm and month', source: 'NV (c3x.dev, 2026)' },
  queueRequests: {
    usd: 0.4,
    per: 'million SQS requests (AWS charges none for the first million of an account)',
    source: 'https://aws.amazon.com/sqs/pricing/; the amount NV',
  },
  functionRequests: {
    usd: 0.2,
    per: 'million Lambda requests',
    source: 'https://aws.amazon.com/lambda/pricing/; the amount NV',
  },
  functionGbSecond: {
    usd: 0.0000133334,
    per: 'GB-second on arm64',
    source: 'https://aws.amazon.com/lambda/pricing/; the amount NV',
  },
  dashboard: { usd: 3, per: 'CloudWatch dashboard and month', source: 'NV' },
  natGateway: { usd: 33, per: 'NAT gateway and month', source: 'NV' },
  interfaceEndpoint: { usd: 7.3, per: 'interface endpoint, zone and month', source: 'NV' },
  secret: { usd: 0.4, per: 'secret and month', source: 'NV' },
} as const satisfies Readonly<Record<string, Price>>;

/** Which price a thing has. */
export type Priced = keyof typeof prices;

/** Types that cost nothing while nobody releases: free altogether, or paid by request and by byte stored. */
export const freeWhenIdle: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata',
  'AWS::CodeDeploy::Application',
  'AWS::CodeDeploy::DeploymentConfig',
  'AWS::CodeDeploy::DeploymentGroup',
  'AWS::DynamoDB::Table',
  'AWS::EKS::AccessEntry',
  'AWS::ElasticLoadBalancingV2::ListenerRule',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::Events::EventBus',
  'AWS::Events::EventBusPolicy',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Parameter',
  'AWS::StepFunctions::StateMachine',
  'AWS::StepFunctions::StateMachineAlias',
  'AWS::StepFunctions::StateMachineVersion',
  'AWS::XRay::Group',
]);
