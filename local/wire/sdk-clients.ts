/** How the SDK's client of a service is loaded, by the service name in a request's credential scope. */
export interface SdkClient {
  /** The local cloud's name of the service: the last part of its schema's namespace. */
  readonly service: string;
  readonly load: () => Promise<object>;
}

/** The clients whose schemas the door speaks. Loaded on the first request that needs one: they are large. */
export const sdkClients: Readonly<Record<string, SdkClient>> = {
  'application-signals': {
    service: 'applicationsignals',
    load: () => import('@aws-sdk/client-application-signals'),
  },
  codebuild: { service: 'codebuild', load: () => import('@aws-sdk/client-codebuild') },
  codedeploy: { service: 'codedeploy', load: () => import('@aws-sdk/client-codedeploy') },
  dynamodb: { service: 'dynamodb', load: () => import('@aws-sdk/client-dynamodb') },
  ecr: { service: 'ecr', load: () => import('@aws-sdk/client-ecr') },
  eks: { service: 'eks', load: () => import('@aws-sdk/client-eks') },
  elasticloadbalancing: {
    service: 'elasticloadbalancingv2',
    load: () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  },
  events: { service: 'eventbridge', load: () => import('@aws-sdk/client-eventbridge') },
  inspector2: { service: 'inspector2', load: () => import('@aws-sdk/client-inspector2') },
  kms: { service: 'kms', load: () => import('@aws-sdk/client-kms') },
  lambda: { service: 'lambda', load: () => import('@aws-sdk/client-lambda') },
  logs: { service: 'cloudwatchlogs', load: () => import('@aws-sdk/client-cloudwatch-logs') },
  monitoring: { service: 'cloudwatch', load: () => import('@aws-sdk/client-cloudwatch') },
  sqs: { service: 'sqs', load: () => import('@aws-sdk/client-sqs') },
  states: { service: 'sfn', load: () => import('@aws-sdk/client-sfn') },
  sts: { service: 'sts', load: () => import('@aws-sdk/client-sts') },
  xray: { service: 'xray', load: () => import('@aws-sdk/client-xray') },
};
