import {
  afterWrite,
  firstObservation,
  type Observation,
} from '../../functions/domain/observation.ts';
import type { PointerSight } from '../../functions/domain/pointer.ts';
import {
  nextAliasPercent,
  scheduledPercent,
  standsAlone,
} from '../../functions/domain/schedule.ts';
import { fold, type Period, readableWindow } from '../../functions/domain/step-evidence.ts';
import { gathersEvidence, needsEvidence } from '../../functions/domain/step-judgement.ts';
import { Analysis, type Strategy } from '../../functions/domain/target.ts';
import { decide } from '../../functions/domain/tick.ts';
import type { AlarmState, Plan, Sight, Terms } from '../../functions/domain/tick-sight.ts';
import { split } from '../../functions/domain/weights.ts';

export const START = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const roles = { stable: 'blue', candidate: 'green' };
const versions = { stable: '1', candidate: '2' };
const FULL = 60 * 100;

/** Who moves the alias. */
export type Adapter = 'codeDeploy' | 'schedule';

/** What happens to one tick. */
export interface Turn {
  /** Since the last one. */
  readonly afterSeconds: number;
  /** `lost`: it never ran; killed: it did all until there, and its word is lost. */
  readonly fate: 'runs' | 'lost' | 'killedAfterAlias' | 'killedAfterRule';
  readonly metrics: 'read' | 'missing';
  /** CodeDeploy's word beside the alias: as late as this. */
  readonly lagSeconds: number;
}

/** What a shift is made of, beside its turns. */
export interface Circumstances {
  readonly adapter: Adapter;
  readonly strategy: Strategy;
  readonly servesUsers: boolean;
  readonly bakeSeconds: number;
  /** The share of the candidate's answers that are bad. */
  readonly badRatio: number;
  /** CodeDeploy asks the hook before it moves anything: the answer takes so long. */
  readonly hookSeconds: number;
}

const analysis = Analysis.parse({
  errorRatioMax: 0.01,
  latencyP99MsMax: null,
  requestsMin: 100,
  patienceSeconds: 7_200,
  settleSeconds: 60,
});
export const REQUESTS_MIN = analysis.requestsMin;

/** One rollout's shift: alias, rule and metrics as they would be, ticks by what the domain decides, and all that was written. */
export class ShiftModel {
  now = START;
  alias: PointerSight = { version: '1', additional: null, revisionId: '0' };
  rule = 0;
  decision: Plan['decision'] = 'continue';
  /** What was counted of the candidate since the weight that stands was read back. */
  counted = 0;
  readonly writes: {
    readonly from: number;
    readonly to: number;
    readonly aliasPercent: number;
    readonly counted: number;
  }[] = [];
  readonly aliasWrites: number[] = [];
  readonly of: Circumstances;
  readonly terms: Terms;
  private carried: Observation;
  private readonly shares: { at: number; percent: number }[] = [{ at: START, percent: 0 }];
  private hookCalledAt: number | null = null;
  private succeeded = false;

  constructor(of: Circumstances) {
    this.of = of;
    this.terms = {
      strategy: of.strategy,
      bakeSeconds: of.strategy.kind === 'allAtOnce' ? 0 : of.bakeSeconds,
      servesUsers: of.servesUsers,
      analysis,
      roles,
      versions,
    };
    this.carried = firstObservation(START, analysis);
  }

  get needsEvidence(): boolean {
    return needsEvidence(this.terms);
  }

  turn(turn: Turn): void {
    if (this.decision !== 'continue') return;
    this.now += turn.afterSeconds * 1000;
    if (this.of.adapter === 'codeDeploy') this.codeDeployMoves();
    if (turn.fate === 'lost') return;
    if (this.of.adapter === 'schedule') this.rolloutMoves();
    if (turn.fate === 'killedAfterAlias') return;
    const observation = this.read(turn.metrics);
    const plan = decide(this.terms, observation, this.sight(turn.lagSeconds));
    const percent = plan.writePercent ?? plan.adoptPercent;
    if (plan.writePercent !== null) this.write(plan.writePercent);
    if (plan.answerHook) this.succeeded = this.aliasPercent() === 100;
    if (turn.fate === 'killedAfterRule') return;
    this.decision = plan.decision;
    this.carried = percent === null ? observation : afterWrite(observation, percent, this.now);
    const answered = plan.answerHook ? { hookAnswered: 'h' } : {};
    this.carried = { ...this.carried, ...answered };
  }

  aliasPercent(): number {
    if (standsAlone(this.alias, versions.candidate)) return 100;
    return Math.round((this.alias.additional?.share ?? 0) * 100);
  }

  /** CodeDeploy's clock begins when the hook before has been answered. */
  private codeDeployMoves(): void {
    const percent = scheduledPercent(
      this.of.strategy,
      (this.now - START) / 1000 - this.of.hookSeconds,
    );
    if (percent > this.aliasPercent()) this.point(percent);
    if (this.aliasPercent() === 100) this.hookCalledAt ??= this.now;
  }

  private rolloutMoves(): void {
    const percent = nextAliasPercent(this.alias, versions, {
      presentPercent: this.carried.weightPercent,
      scheduledPercent: scheduledPercent(this.of.strategy, (this.now - START) / 1000),
    });
    if (percent !== null) this.point(percent);
    this.succeeded = standsAlone(this.alias, versions.candidate);
  }

  private point(percent: number): void {
    this.aliasWrites.push(percent);
    this.alias =
      percent === 100
        ? { version: '2', additional: null, revisionId: String(this.now) }
        : {
            version: '1',
            additional: { version: '2', share: percent / 100 },
            revisionId: String(this.now),
          };
  }

  private write(percent: number): void {
    this.writes.push({
      from: this.rule,
      to: percent,
      aliasPercent: this.aliasPercent(),
      counted: this.counted,
    });
    this.rule = percent;
    this.counted = 0;
    this.shares.push({ at: this.now, percent });
  }

  private sight(lagSeconds: number): Sight {
    const { adapter, strategy, hookSeconds } = this.of;
    const since = (this.now - START) / 1000 - hookSeconds - lagSeconds;
    const said = adapter === 'codeDeploy' ? scheduledPercent(strategy, since) : null;
    const hook =
      this.hookCalledAt === null || this.succeeded
        ? null
        : { id: 'h', deploymentId: 'd', calledAt: new Date(this.hookCalledAt).toISOString() };
    return {
      now: this.now,
      deployment: {
        status: this.succeeded ? 'Succeeded' : 'InProgress',
        errorCode: null,
        errorMessage: null,
        // Never less than the rule has: the tick reads it before the rule.
        targetPercent: said === null ? null : Math.max(said, this.rule),
      },
      pointer: this.alias,
      weights: split(roles, this.rule),
      overrideOn: false,
      alarms: new Map<string, AlarmState | null>([['errors', 'OK']]),
      healthy: { stable: 3, candidate: 3 },
      hook,
    };
  }

  /** The closed minutes since the cursor, by what the rule gave in each; minutes of two weights are what they are on AWS, a mixture. */
  private read(metrics: Turn['metrics']): Observation {
    const { evidence } = this.carried;
    const { settleSeconds } = analysis;
    const window =
      this.carried.weightPercent > 0 && gathersEvidence(this.terms)
        ? readableWindow(evidence, { now: this.now, settleSeconds })
        : null;
    if (window === null || metrics === 'missing') return this.carried;
    const minutes: number[] = [];
    for (let at = window.from; at < window.until; at += MINUTE) minutes.push(at);
    const of = (share: (percent: number) => number, badRatio: number): Period[] =>
      minutes.map((startAt) => period(startAt, share(this.shareAt(startAt)), badRatio));
    const candidate = of((percent) => percent, this.of.badRatio);
    const stable = of((percent) => 100 - percent, 0);
    this.counted += candidate.reduce((sum, { requests }) => sum + (requests ?? 0), 0);
    const folded = fold(
      evidence,
      {
        stable: { complete: true, periods: stable },
        candidate: { complete: true, periods: candidate },
      },
      window,
      { analysis, stableServes: this.carried.weightPercent < 100 },
    );
    return { ...this.carried, evidence: folded };
  }

  private shareAt(at: number): number {
    return this.shares.findLast((share) => share.at <= at)?.percent ?? 0;
  }
}

const period = (startAt: number, percent: number, badRatio: number): Period => {
  const requests = Math.round((FULL * percent) / 100);
  const bad = Math.round(requests * badRatio);
  return {
    startAt,
    requests: requests === 0 ? null : requests,
    success: requests - bad,
    redirect: null,
    clientError: null,
    serverError: bad,
    fast: null,
    slow: null,
    failed: null,
  };
};
