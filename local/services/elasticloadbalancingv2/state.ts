import type {
  Action,
  Listener,
  LoadBalancer,
  RuleCondition,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { CloudContext, Place } from '../service.ts';
import { notFound, validationError } from './errors.ts';

/** A rule as the control plane has it; the data plane follows after the propagation delay. */
export interface RuleRecord {
  readonly arn: string;
  readonly listener: ListenerRecord;
  priority: number | 'default';
  conditions: readonly RuleCondition[];
  actions: readonly Action[];
}

/** A listener; its default actions are those of its default rule. */
export interface ListenerRecord {
  readonly arn: string;
  readonly loadBalancer: LoadBalancerRecord;
  readonly settings: Listener;
  readonly attributes: Map<string, string>;
  readonly defaultRule: RuleRecord;
  readonly rules: RuleRecord[];
}

export interface LoadBalancerRecord {
  readonly arn: string;
  /** `app/name/id`: the value of the metric dimension. */
  readonly fullName: string;
  readonly settings: LoadBalancer;
  readonly attributes: Map<string, string>;
  readonly listeners: ListenerRecord[];
  /** Ends the answering at its DNS name. */
  release: () => void;
}

export type TargetState =
  | 'initial'
  | 'healthy'
  | 'unhealthy'
  | 'draining'
  | 'unused'
  | 'unavailable';

export interface TargetRecord {
  readonly id: string;
  readonly port: number;
  readonly availabilityZone: string | undefined;
  state: TargetState;
  reason: string | undefined;
  description: string | undefined;
  healthySince: number;
  /** Requests in flight, kept by whoever forwards them. */
  outstanding: number;
  /** Ends what is under way: a connection is closed when deregistration is over. */
  readonly underWay: Set<() => void>;
}

export interface TargetGroupRecord {
  readonly arn: string;
  /** `targetgroup/name/id`: the value of the metric dimension. */
  readonly fullName: string;
  readonly settings: TargetGroup;
  readonly attributes: Map<string, string>;
  readonly targets: Map<string, TargetRecord>;
  /** Where round robin stands. */
  turn: number;
}

/** Everything that Elastic Load Balancing keeps in one account and Region. */
export class BalancerState {
  readonly loadBalancers = new Map<string, LoadBalancerRecord>();
  readonly listeners = new Map<string, ListenerRecord>();
  readonly rules = new Map<string, RuleRecord>();
  readonly targetGroups = new Map<string, TargetGroupRecord>();
  readonly tags = new Map<string, Map<string, string>>();
  readonly cloud: CloudContext;
  readonly place: Place;
  /** Called after a change of listeners, rules or their actions. */
  onRoutingChange: () => void = () => {};

  constructor(cloud: CloudContext, place: Place) {
    this.cloud = cloud;
    this.place = place;
  }

  /** `arn:aws:elasticloadbalancing:…:<path>`. */
  arn(path: string): string {
    return `arn:aws:elasticloadbalancing:${this.place.region}:${this.place.account}:${path}`;
  }

  /** 16 hexadecimal digits, as resource ids of this service have. */
  newId(): string {
    return this.cloud.uuid().replaceAll('-', '').slice(0, 16);
  }

  loadBalancer(arn: string | undefined): LoadBalancerRecord {
    return this.#find(this.loadBalancers, arn, 'load balancer', notFound.loadBalancer);
  }

  listener(arn: string | undefined): ListenerRecord {
    return this.#find(this.listeners, arn, 'listener', notFound.listener);
  }

  rule(arn: string | undefined): RuleRecord {
    return this.#find(this.rules, arn, 'listener rule', notFound.rule);
  }

  targetGroup(arn: string | undefined): TargetGroupRecord {
    return this.#find(this.targetGroups, arn, 'target group', notFound.targetGroup);
  }

  /** The load balancer whose listeners forward to the group, by whatever weight. */
  loadBalancerOf(targetGroupArn: string): LoadBalancerRecord | undefined {
    for (const rule of this.rules.values()) {
      if (targetGroupsOf(rule.actions).includes(targetGroupArn)) return rule.listener.loadBalancer;
    }
    return undefined;
  }

  #find<R>(
    records: ReadonlyMap<string, R>,
    arn: string | undefined,
    kind: string,
    missing: () => Error,
  ): R {
    if (!arn?.startsWith('arn:'))
      throw validationError(`'${arn ?? ''}' is not a valid ${kind} ARN`);
    const record = records.get(arn);
    if (record === undefined) throw missing();
    return record;
  }
}

/** Target groups that the actions forward to, weight 0 included. */
export const targetGroupsOf = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) =>
    (action.ForwardConfig?.TargetGroups ?? []).flatMap((group) =>
      group.TargetGroupArn === undefined ? [] : [group.TargetGroupArn],
    ),
  );

/** Counts one attribute of a target group as a number, `off` and `false` being 0. */
export const numberAttribute = (group: TargetGroupRecord, key: string): number =>
  Number.parseInt(group.attributes.get(key) ?? '0', 10) || 0;
