import { AwsError } from '../aws-error.ts';

/** An input that breaks a documented constraint. */
export const validationError = (message: string): AwsError =>
  new AwsError('ValidationError', message);

/** Names and words of what Elastic Load Balancing does not find. */
export const notFound = {
  loadBalancer: () =>
    new AwsError('LoadBalancerNotFoundException', 'One or more load balancers not found'),
  loadBalancerNames: (names: readonly string[]) =>
    new AwsError(
      'LoadBalancerNotFoundException',
      `Load balancers '[${names.join(', ')}]' not found`,
    ),
  listener: () => new AwsError('ListenerNotFoundException', 'One or more listeners not found'),
  rule: () => new AwsError('RuleNotFoundException', 'One or more rules not found'),
  targetGroup: () =>
    new AwsError('TargetGroupNotFoundException', 'One or more target groups not found'),
};

/** The field is part of the API but not of the local cloud. */
export const unsupportedField = (operation: string, field: string): AwsError =>
  new AwsError(
    'NotImplemented',
    `the local cloud does not do elasticloadbalancingv2:${operation} with ${field}`,
    { status: 501 },
  );
