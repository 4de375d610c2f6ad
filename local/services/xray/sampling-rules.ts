import type { SamplingRule, SamplingRuleRecord, SamplingRuleUpdate } from '@aws-sdk/client-xray';
import { AwsError } from '../aws-error.ts';
import type { CloudContext, Place } from '../service.ts';
import { invalidRequest, notDone } from './xray-error.ts';

/** A request that may be traced. */
export interface Candidate {
  readonly service: string;
  readonly host?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  /** What runs the service (`AWS::EKS::Container`). */
  readonly type?: string | undefined;
}

interface Kept {
  readonly createdAt: number;
  modifiedAt: number;
  rule: SamplingRule & { readonly RuleName: string };
  /** The second in which the reservoir was last used, and how much of it. */
  second: number;
  taken: number;
}

const wildcard = (pattern: string | undefined, text: string | undefined): boolean => {
  if (pattern === undefined || pattern === '*') return true;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return text !== undefined && new RegExp(`^${source}$`, 'is').test(text);
};

const check = (rule: SamplingRule): void => {
  const { Priority = 0, FixedRate = -1, ReservoirSize = -1 } = rule;
  if (Priority < 1 || Priority > 9_999) {
    throw invalidRequest(`Priority ${rule.Priority} must be 1 to 9999`);
  }
  if (FixedRate < 0 || FixedRate > 1) {
    throw invalidRequest(`FixedRate ${rule.FixedRate} must be 0 to 1`);
  }
  if (ReservoirSize < 0)
    throw invalidRequest(`ReservoirSize ${rule.ReservoirSize} must be 0 or more`);
  if (rule.Version !== 1) throw invalidRequest(`Version ${rule.Version} must be 1`);
  if (rule.SamplingRateBoost) throw notDone('SamplingRateBoost of a sampling rule');
  if (Object.keys(rule.Attributes ?? {}).length > 0) throw notDone('Attributes of a sampling rule');
};

const view = ({ rule, createdAt, modifiedAt }: Kept): SamplingRuleRecord => ({
  SamplingRule: rule,
  CreatedAt: new Date(createdAt),
  ModifiedAt: new Date(modifiedAt),
});

/** How many requests are traced: by default one a second and 5 % of the others. */
export class SamplingRules {
  readonly #rules = new Map<string, Kept>();
  readonly #cloud: CloudContext;
  readonly #prefix: string;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#prefix = `arn:aws:xray:${place.region}:${place.account}:sampling-rule`;
    this.#keep({
      RuleName: 'Default',
      RuleARN: `${this.#prefix}/Default`,
      ResourceARN: '*',
      Priority: 10_000,
      FixedRate: 0.05,
      ReservoirSize: 1,
      ServiceName: '*',
      ServiceType: '*',
      Host: '*',
      HTTPMethod: '*',
      URLPath: '*',
      Version: 1,
      Attributes: {},
    });
  }

  #keep(rule: Kept['rule']): Kept {
    const now = this.#cloud.clock.now();
    const kept = { createdAt: now, modifiedAt: now, rule, second: -1, taken: 0 };
    this.#rules.set(rule.RuleName, kept);
    return kept;
  }

  /** CreateSamplingRule. */
  create(rule: SamplingRule | undefined): SamplingRuleRecord {
    const name = rule?.RuleName;
    if (!rule || !name) throw invalidRequest('A sampling rule must have a RuleName');
    if (this.#rules.has(name)) throw invalidRequest(`Sampling rule ${name} already exists`);
    if (this.#rules.size > 25) {
      throw new AwsError('RuleLimitExceededException', 'You have reached the limit of 25 rules');
    }
    check(rule);
    const RuleARN = `${this.#prefix}/${name}`;
    return view(this.#keep({ Attributes: {}, ...rule, RuleName: name, RuleARN }));
  }

  #get(name: string | undefined, arn: string | undefined): Kept {
    const kept =
      name === undefined
        ? [...this.#rules.values()].find(({ rule }) => rule.RuleARN === arn)
        : this.#rules.get(name);
    if (kept) return kept;
    throw invalidRequest(`Sampling rule ${name ?? arn} does not exist`);
  }

  /** UpdateSamplingRule: changes what the request names. */
  update(change: SamplingRuleUpdate | undefined): SamplingRuleRecord {
    const kept = this.#get(change?.RuleName, change?.RuleARN);
    const given = Object.entries(change ?? {}).filter(
      ([key, value]) => value !== undefined && key !== 'RuleName' && key !== 'RuleARN',
    );
    const rule = { ...kept.rule, ...Object.fromEntries(given) };
    // The default rule keeps its priority; the others are checked like new ones.
    if (rule.RuleName !== 'Default') check(rule);
    else if (rule.Priority !== 10_000) throw invalidRequest('The default rule keeps its priority');
    kept.rule = rule;
    kept.modifiedAt = this.#cloud.clock.now();
    return view(kept);
  }

  /** DeleteSamplingRule. */
  remove(name: string | undefined, arn: string | undefined): SamplingRuleRecord {
    const kept = this.#get(name, arn);
    if (kept.rule.RuleName === 'Default') {
      throw invalidRequest('The default sampling rule can not be deleted');
    }
    this.#rules.delete(kept.rule.RuleName);
    return view(kept);
  }

  /** GetSamplingRules, by priority. */
  list(): SamplingRuleRecord[] {
    return this.#byPriority().map(view);
  }

  #byPriority(): Kept[] {
    return [...this.#rules.values()].sort(
      (a, b) => (a.rule.Priority ?? 0) - (b.rule.Priority ?? 0),
    );
  }

  /** How many of `count` requests of one kind, at this moment, are traced. */
  sample(candidate: Candidate, count: number): number {
    const kept = this.#byPriority().find(
      ({ rule }) =>
        wildcard(rule.ServiceName, candidate.service) &&
        wildcard(rule.ServiceType, candidate.type) &&
        wildcard(rule.Host, candidate.host) &&
        wildcard(rule.HTTPMethod, candidate.method) &&
        wildcard(rule.URLPath, candidate.path),
    );
    if (!kept || count <= 0) return 0;
    const second = Math.floor(this.#cloud.clock.now() / 1_000);
    if (kept.second !== second) {
      kept.second = second;
      kept.taken = 0;
    }
    const reserved = Math.min(count, Math.max(0, (kept.rule.ReservoirSize ?? 0) - kept.taken));
    kept.taken += reserved;
    const expected = (count - reserved) * (kept.rule.FixedRate ?? 0);
    const whole = Math.floor(expected);
    return reserved + whole + (this.#cloud.random() < expected - whole ? 1 : 0);
  }
}
