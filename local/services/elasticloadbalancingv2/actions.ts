import type { Action, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../aws-error.ts';
import { unsupportedField, validationError } from './errors.ts';
import { type BalancerState, type LoadBalancerRecord, targetGroupsOf } from './state.ts';

const targetGroupsPerAction = 5;
const targetGroupsPerLoadBalancer = 100;

/** Checks a whole list of actions and answers it in the form in which it is described. */
export const normalizedActions = (
  state: BalancerState,
  loadBalancer: LoadBalancerRecord,
  actions: readonly Action[] | undefined,
  operation: string,
): Action[] => {
  if (actions === undefined || actions.length === 0) {
    throw validationError('An action must be specified');
  }
  for (const action of actions) rejectUnsupported(action, operation);
  if (actions.length > 1) {
    throw new AwsError(
      'TooManyActionsException',
      `The maximum number of terminal actions has been reached: 1, got ${actions.length}`,
    );
  }
  const normalized = actions.map((action) => normalizedAction(action));
  const groups = targetGroupsOf(normalized);
  for (const arn of groups) assertAttachable(state, loadBalancer, arn);
  return normalized;
};

const rejectUnsupported = (action: Action, operation: string): void => {
  const field = (
    ['AuthenticateOidcConfig', 'AuthenticateCognitoConfig', 'JwtValidationConfig'] as const
  ).find((name) => action[name] !== undefined);
  if (field !== undefined) throw unsupportedField(operation, field);
};

const normalizedAction = (action: Action): Action => {
  const order = action.Order === undefined ? {} : { Order: action.Order };
  switch (action.Type) {
    case 'forward':
      return { Type: 'forward', ...order, ...forward(action) };
    case 'fixed-response':
      return { Type: 'fixed-response', ...order, FixedResponseConfig: fixedResponse(action) };
    case 'redirect':
      return { Type: 'redirect', ...order, RedirectConfig: redirect(action) };
    default:
      throw validationError(`'${action.Type}' is not a valid action type`);
  }
};

const forward = (action: Action): Partial<Action> => {
  const given = action.ForwardConfig?.TargetGroups;
  const groups: TargetGroupTuple[] =
    given ?? (action.TargetGroupArn ? [{ TargetGroupArn: action.TargetGroupArn }] : []);
  if (groups.length === 0) throw validationError('A target group ARN must be specified');
  if (groups.length > targetGroupsPerAction) {
    throw validationError(
      `The maximum number of target groups in a forward action is ${targetGroupsPerAction}, got ${groups.length}`,
    );
  }
  if (action.TargetGroupArn !== undefined && given !== undefined) {
    if (given.length !== 1 || given[0]?.TargetGroupArn !== action.TargetGroupArn) {
      throw validationError(
        'You cannot specify both a target group ARN and a list of target groups unless they are the same',
      );
    }
  }
  const tuples = groups.map((group) => ({
    TargetGroupArn: group.TargetGroupArn,
    Weight: weight(group.Weight),
  }));
  if (new Set(tuples.map((tuple) => tuple.TargetGroupArn)).size !== tuples.length) {
    throw validationError('The target groups in a forward action must be unique');
  }
  return {
    ...(tuples.length === 1 ? { TargetGroupArn: tuples[0]?.TargetGroupArn } : {}),
    ForwardConfig: { TargetGroups: tuples, TargetGroupStickinessConfig: stickiness(action) },
  };
};

const weight = (given: number | undefined): number => {
  const value = given ?? 1;
  if (!Number.isInteger(value) || value < 0 || value > 999) {
    throw validationError(`The weight '${value}' is not valid: it must be between 0 and 999`);
  }
  return value;
};

const stickiness = (action: Action): { Enabled: boolean; DurationSeconds?: number } => {
  const given = action.ForwardConfig?.TargetGroupStickinessConfig;
  if (given?.Enabled !== true) return { Enabled: false };
  const seconds = given.DurationSeconds;
  if (seconds === undefined || seconds < 1 || seconds > 604_800) {
    throw validationError(
      `The stickiness duration '${seconds ?? ''}' is not valid: it must be between 1 and 604800 seconds`,
    );
  }
  return { Enabled: true, DurationSeconds: seconds };
};

const fixedResponse = (action: Action): NonNullable<Action['FixedResponseConfig']> => {
  const config = action.FixedResponseConfig;
  if (config?.StatusCode === undefined || !/^[245]\d\d$/.test(config.StatusCode)) {
    throw validationError(
      `The fixed-response status code '${config?.StatusCode ?? ''}' is not valid: it must be 2XX, 4XX or 5XX`,
    );
  }
  if ((config.MessageBody?.length ?? 0) > 1024) {
    throw validationError('The fixed-response message body must be at most 1024 characters');
  }
  return config;
};

const redirect = (action: Action): NonNullable<Action['RedirectConfig']> => {
  const config = action.RedirectConfig;
  if (config?.StatusCode !== 'HTTP_301' && config?.StatusCode !== 'HTTP_302') {
    throw validationError(
      `The redirect status code '${config?.StatusCode ?? ''}' is not valid: it must be HTTP_301 or HTTP_302`,
    );
  }
  return {
    Protocol: config.Protocol ?? '#{protocol}',
    Port: config.Port ?? '#{port}',
    Host: config.Host ?? '#{host}',
    Path: config.Path ?? '/#{path}',
    Query: config.Query ?? '#{query}',
    StatusCode: config.StatusCode,
  };
};

const assertAttachable = (
  state: BalancerState,
  loadBalancer: LoadBalancerRecord,
  arn: string,
): void => {
  state.targetGroup(arn);
  const attachedTo = state.loadBalancerOf(arn);
  if (attachedTo === undefined) {
    const attached = new Set(
      loadBalancer.listeners.flatMap((listener) =>
        [listener.defaultRule, ...listener.rules].flatMap((rule) => targetGroupsOf(rule.actions)),
      ),
    );
    if (attached.size >= targetGroupsPerLoadBalancer) {
      throw new AwsError(
        'TooManyUniqueTargetGroupsPerLoadBalancerException',
        `The maximum number of unique target groups per load balancer is ${targetGroupsPerLoadBalancer}`,
      );
    }
    return;
  }
  if (attachedTo !== loadBalancer) {
    throw new AwsError(
      'TargetGroupAssociationLimitException',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    );
  }
};
