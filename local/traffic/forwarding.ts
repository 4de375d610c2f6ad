import type { BalancerService } from '../services/elasticloadbalancingv2/balancer-service.ts';
import type { RequestFacts } from '../services/elasticloadbalancingv2/conditions.ts';
import {
  numberAttribute,
  type TargetGroupRecord,
  type TargetRecord,
} from '../services/elasticloadbalancingv2/state.ts';
import type { Workload } from './network.ts';
import { stickyCookies, stickyHeaders } from './stickiness.ts';

/** Which load balancer a request has reached. */
export interface Door {
  readonly balancer: BalancerService;
  readonly loadBalancerArn: string;
  /** The port of the listener; the first listener where absent. */
  readonly listenerPort?: number;
  random(): number;
}

/** A request to a target, or an answer that the load balancer gives by itself. */
export type Decision =
  | {
      readonly kind: 'forward';
      readonly group: TargetGroupRecord;
      readonly target: TargetRecord;
      readonly workload: Workload | undefined;
      readonly cookies: readonly string[];
    }
  | {
      readonly kind: 'answer';
      readonly by: 'loadBalancer' | 'fixedResponse' | 'redirect';
      readonly group?: TargetGroupRecord;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };

const titles: Readonly<Record<number, string>> = {
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

/** An Application Load Balancer's own error page. */
export const errorAnswer = (
  status: 502 | 503 | 504,
  group?: TargetGroupRecord,
): Extract<Decision, { kind: 'answer' }> => {
  const title = `${status} ${titles[status]}`;
  return {
    kind: 'answer',
    by: 'loadBalancer',
    ...(group ? { group } : {}),
    status,
    headers: { 'content-type': 'text/html', server: 'awselb/2.0' },
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  };
};

/** Decides where one request goes: rule, weight, stickiness, then a target of the group. */
export const decide = (door: Door, facts: RequestFacts): Decision => {
  const { balancer, loadBalancerArn, listenerPort } = door;
  const cookie = facts.headers?.['cookie'];
  const sticky = stickyCookies(typeof cookie === 'string' ? cookie : undefined);
  const routed = balancer.dataPlane.route(
    {
      ...facts,
      loadBalancerArn,
      ...(listenerPort === undefined ? {} : { listenerPort }),
      stickyGroupArn: sticky.group,
    },
    door.random,
  );
  switch (routed.kind) {
    case 'fixed':
      return {
        kind: 'answer',
        by: 'fixedResponse',
        status: routed.status,
        headers: { 'content-type': routed.contentType, server: 'awselb/2.0' },
        body: routed.body,
      };
    case 'redirect':
      return {
        kind: 'answer',
        by: 'redirect',
        status: routed.status,
        headers: { location: routed.location, server: 'awselb/2.0' },
        body: '',
      };
    case 'none':
      return errorAnswer(503);
    default:
      return toTarget(door, routed, sticky.target);
  }
};

const toTarget = (
  { balancer, random }: Door,
  routed: { targetGroupArn: string; ruleArn: string },
  stickyTarget: string | undefined,
): Decision => {
  const group = balancer.state.targetGroup(routed.targetGroupArn);
  const isSticky = group.attributes.get('stickiness.enabled') === 'true';
  const kept = isSticky
    ? balancer.dataPlane.eligible(group).find((target) => addressOf(target) === stickyTarget)
    : undefined;
  const target = kept ?? balancer.dataPlane.choose(group.arn, random);
  if (target === undefined) return errorAnswer(503);
  const action = balancer.state.rules.get(routed.ruleArn)?.actions[0];
  const pinned = action?.ForwardConfig?.TargetGroupStickinessConfig;
  return {
    kind: 'forward',
    group,
    target,
    workload: balancer.dataPlane.workload(target),
    cookies: stickyHeaders(
      pinned?.Enabled ? { arn: group.arn, seconds: pinned.DurationSeconds ?? 1 } : undefined,
      isSticky
        ? {
            address: addressOf(target),
            seconds: numberAttribute(group, 'stickiness.lb_cookie.duration_seconds'),
          }
        : undefined,
    ),
  };
};

const addressOf = (target: TargetRecord): string => `${target.id}:${target.port}`;
