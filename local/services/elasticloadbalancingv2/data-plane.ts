import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Network, networkOf, type Workload } from '../../traffic/network.ts';
import { compiledConditions, type Matches, type RequestFacts } from './conditions.ts';
import { rulesOf } from './rules.ts';
import {
  type BalancerState,
  type ListenerRecord,
  type LoadBalancerRecord,
  numberAttribute,
  type TargetGroupRecord,
  type TargetRecord,
} from './state.ts';

/** A request as it reaches a load balancer. */
export interface RoutedRequest extends RequestFacts {
  readonly loadBalancerArn: string;
  /** The port of the listener; where absent, the first listener answers. */
  readonly listenerPort?: number;
  /** Names of target groups that the client's stickiness cookies pin it to. */
  readonly stickyGroupArn?: string | undefined;
}

/** What the rules make of a request. */
export type Routed =
  | { readonly kind: 'forward'; readonly ruleArn: string; readonly targetGroupArn: string }
  | {
      readonly kind: 'fixed';
      readonly ruleArn: string;
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    }
  | {
      readonly kind: 'redirect';
      readonly ruleArn: string;
      readonly status: 301 | 302;
      readonly location: string;
    }
  /** No listener on that port, or a forward whose groups all weigh 0. */
  | { readonly kind: 'none'; readonly ruleArn?: string };

/** One group's part of a forward action. */
export interface Share {
  readonly targetGroupArn: string;
  readonly weight: number;
}

interface CompiledRule {
  readonly ruleArn: string;
  readonly matches: Matches;
  readonly action: Action;
  readonly shares: readonly Share[];
  readonly total: number;
}

/** What requests meet: rules as they have propagated, and targets as they are. */
export class DataPlane {
  readonly #state: BalancerState;
  readonly #network: Network;
  readonly #propagationMs: number;
  readonly #tables = new Map<ListenerRecord, readonly CompiledRule[]>();

  constructor(state: BalancerState, propagationMs: number) {
    this.#state = state;
    this.#network = networkOf(state.cloud, state.place);
    this.#propagationMs = propagationMs;
  }

  /** Takes over the rules as they are now, after the propagation delay. */
  follow(): void {
    const tables = [...this.#state.listeners.values()].map(
      (listener) => [listener, rulesOf(listener).map(compiled)] as const,
    );
    const publish = () => {
      this.#tables.clear();
      for (const [listener, table] of tables) this.#tables.set(listener, table);
    };
    if (this.#propagationMs === 0) publish();
    else this.#state.cloud.clock.at(this.#state.cloud.clock.now() + this.#propagationMs, publish);
  }

  /** The rule that takes the request, with the weights of its forward action. */
  match(
    request: RoutedRequest,
  ): { ruleArn: string; action: Action; shares: readonly Share[]; total: number } | undefined {
    const loadBalancer = this.#state.loadBalancer(request.loadBalancerArn);
    const listener = listenerOf(loadBalancer, request.listenerPort);
    const table = listener && this.#tables.get(listener);
    return table?.find((rule) => rule.matches(request));
  }

  /** Chooses by rule and weight, once, with one number from `random`. */
  route(request: RoutedRequest, random: () => number): Routed {
    const rule = this.match(request);
    if (rule === undefined) return { kind: 'none' };
    const { ruleArn, action, shares, total } = rule;
    if (action.Type === 'fixed-response') return fixed(ruleArn, action);
    if (action.Type === 'redirect') return redirected(ruleArn, action, request);
    if (total === 0) return { kind: 'none', ruleArn };
    const sticky = action.ForwardConfig?.TargetGroupStickinessConfig?.Enabled
      ? shares.find((share) => share.targetGroupArn === request.stickyGroupArn && share.weight > 0)
      : undefined;
    let point = random() * total;
    const drawn = shares.find((share) => {
      point -= share.weight;
      return point < 0;
    });
    const share = sticky ?? drawn;
    return share
      ? { kind: 'forward', ruleArn, targetGroupArn: share.targetGroupArn }
      : { kind: 'none', ruleArn };
  }

  /**
   * Targets that requests to the group go to: the healthy ones; where they are fewer than the group
   * requires, all that are registered (fail open).
   */
  eligible(group: TargetGroupRecord): readonly TargetRecord[] {
    const healthy: TargetRecord[] = [];
    const registered: TargetRecord[] = [];
    for (const target of group.targets.values()) {
      if (target.state === 'draining' || target.state === 'unused') continue;
      registered.push(target);
      if (target.state === 'healthy' || target.state === 'unavailable') healthy.push(target);
    }
    const prefix = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets';
    const share = numberAttribute(group, `${prefix}.percentage`) / 100;
    const least = Math.max(
      numberAttribute(group, `${prefix}.count`),
      Math.ceil(share * registered.length),
    );
    return healthy.length >= least ? healthy : registered;
  }

  /** The next target of the group by its algorithm; none where nothing is registered. */
  choose(targetGroupArn: string, random: () => number): TargetRecord | undefined {
    const group = this.#state.targetGroup(targetGroupArn);
    const targets = this.eligible(group);
    if (targets.length === 0) return undefined;
    const slowStart = numberAttribute(group, 'slow_start.duration_seconds') * 1000;
    if (slowStart > 0) return this.#ramped(targets, slowStart, random);
    switch (group.attributes.get('load_balancing.algorithm.type')) {
      case 'weighted_random':
        return targets[Math.floor(random() * targets.length)];
      case 'least_outstanding_requests':
        return targets.reduce((least, each) =>
          each.outstanding < least.outstanding ? each : least,
        );
      default:
        group.turn = (group.turn + 1) % targets.length;
        return targets[group.turn];
    }
  }

  /** What answers at a target's address; nothing, where the connection would be refused. */
  workload(target: TargetRecord): Workload | undefined {
    return this.#network.at(target.id, target.port);
  }

  /** During slow start a target's share grows linearly from its first healthy moment. */
  #ramped(
    targets: readonly TargetRecord[],
    durationMs: number,
    random: () => number,
  ): TargetRecord | undefined {
    const now = this.#state.cloud.clock.now();
    const weights = targets.map(({ healthySince }) =>
      Math.min(1, Math.max(0.05, (now - healthySince) / durationMs)),
    );
    let point = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const index = weights.findIndex((weight) => {
      point -= weight;
      return point < 0;
    });
    return targets[Math.max(0, index)];
  }
}

const compiled = (rule: {
  arn: string;
  conditions: Parameters<typeof compiledConditions>[0];
  actions: readonly Action[];
}): CompiledRule => {
  const action = rule.actions[0] ?? { Type: 'fixed-response' };
  const shares = (action.ForwardConfig?.TargetGroups ?? []).map((group) => ({
    targetGroupArn: group.TargetGroupArn ?? '',
    weight: group.Weight ?? 1,
  }));
  return {
    ruleArn: rule.arn,
    matches: compiledConditions(rule.conditions),
    action,
    shares,
    total: shares.reduce((sum, share) => sum + share.weight, 0),
  };
};

const listenerOf = (
  loadBalancer: LoadBalancerRecord,
  port: number | undefined,
): ListenerRecord | undefined =>
  port === undefined
    ? loadBalancer.listeners[0]
    : loadBalancer.listeners.find((listener) => listener.settings.Port === port);

const fixed = (ruleArn: string, action: Action): Routed => ({
  kind: 'fixed',
  ruleArn,
  status: Number(action.FixedResponseConfig?.StatusCode ?? 503),
  contentType: action.FixedResponseConfig?.ContentType ?? 'text/plain',
  body: action.FixedResponseConfig?.MessageBody ?? '',
});

const redirected = (ruleArn: string, action: Action, request: RoutedRequest): Routed => {
  const config = action.RedirectConfig;
  const [path = '/', query = ''] = request.path.split('?', 2);
  const port = String(request.listenerPort ?? 80);
  const protocol = port === '443' ? 'HTTPS' : 'HTTP';
  const filled = (text: string | undefined): string =>
    (text ?? '')
      .replaceAll('#{protocol}', protocol)
      .replaceAll('#{host}', request.host.replace(/:\d+$/, ''))
      .replaceAll('#{port}', port)
      .replaceAll('#{path}', path.replace(/^\//, ''))
      .replaceAll('#{query}', query);
  const target = `${filled(config?.Protocol).toLowerCase()}://${filled(config?.Host)}:${filled(config?.Port)}${filled(config?.Path)}`;
  const rest = filled(config?.Query);
  return {
    kind: 'redirect',
    ruleArn,
    status: config?.StatusCode === 'HTTP_301' ? 301 : 302,
    location: rest === '' ? target : `${target}?${rest}`,
  };
};
