import type { ChainedEvent, ChainHead, Happening } from '../domain/chain.ts';
import type { Attribution, FiredAlarm } from '../domain/fired-alarm.ts';
import type { GuardRecord } from '../domain/guard.ts';
import type { Newest } from '../domain/order.ts';
import type { BuildEvidence, Evidence, PushEvidence } from '../domain/provenance.ts';
import type { Quarantine } from '../domain/quarantine.ts';
import type { Pair, ReleaseRecord, ServiceRecord } from '../domain/release.ts';
import type { LiveRecord, RolloutRecord } from '../domain/rollout.ts';
import type { Target } from '../domain/target.ts';
import type { Workload } from '../domain/workload.ts';

/** What stacks have registered. */
export interface Register {
  service(service: string): Promise<ServiceRecord | null>;
  /** The service whose images a repository holds. */
  serviceOfRepository(repository: string): Promise<string | null>;
  /** The services whose images a build project exports. */
  servicesOfProject(project: string): Promise<string[]>;
  services(): Promise<string[]>;
  target(targetId: string): Promise<Target | null>;
  targetIds(): Promise<string[]>;
  /** The configuration half of a pair, kept for as long as a release may name it. */
  workload(configDigest: string): Promise<Workload | null>;
  /** When the service was registered first: what was pushed before is not the sweep's to release. */
  registeredAt(service: string): Promise<string | null>;
  writeService(record: ServiceRecord, now: string): Promise<void>;
  removeService(record: Pick<ServiceRecord, 'service' | 'repository' | 'build'>): Promise<void>;
  writeTarget(target: Target): Promise<void>;
  removeTarget(targetId: string): Promise<void>;
}

/** A change of a release: the record as it shall be, and what has happened; null: nothing is to be done. */
export type ReleaseChange = (
  record: ReleaseRecord,
) => { readonly record: ReleaseRecord; readonly event: Happening } | null;

/** Releases, their order, and their hash-chained events. */
export interface Releases {
  release(releaseId: string): Promise<ReleaseRecord | null>;
  /** Writes a release's first record and event; answers the record that is there, its own or an earlier one. */
  beginRelease(record: ReleaseRecord, event: Happening): Promise<ReleaseRecord>;
  /** Changes a release under the condition that nothing else did meanwhile; the decision is taken again if so. */
  changeRelease(
    releaseId: string,
    change: ReleaseChange,
  ): Promise<{ record: ReleaseRecord; changed: boolean }>;
  /** Adds an event; false when its `once` key is already there. */
  append(releaseId: string, event: Happening): Promise<boolean>;
  events(releaseId: string): Promise<ChainedEvent[]>;
  head(releaseId: string): Promise<ChainHead | null>;
  /** Releases that have not ended. */
  openReleaseIds(): Promise<string[]>;
  newest(service: string): Promise<Newest | null>;
  /** Makes it the newest if the registry's order, or an explicit act, says so; answers the newest there is. */
  advanceNewest(service: string, candidate: Newest, by: 'order' | 'act'): Promise<Newest>;
}

/** What is known of images that need both a push and a build. */
export interface EvidenceRows {
  addEvidence(
    at: { service: string; digest: string },
    half: { push: PushEvidence } | { build: BuildEvidence },
  ): Promise<Evidence>;
  evidence(at: { service: string; digest: string }): Promise<Evidence | null>;
  /** Evidence of which one half is missing. */
  pendingEvidence(): Promise<{ service: string; digest: string }[]>;
  /** Takes it off the list of what waits. */
  settleEvidence(at: { service: string; digest: string }): Promise<void>;
  markOverdue(at: { service: string; digest: string }, when: string): Promise<boolean>;
}

/** Targets' records. Each write is refused with LockLost once a higher token has written. */
export interface Rollouts {
  live(targetId: string): Promise<LiveRecord | null>;
  writeLive(targetId: string, record: LiveRecord): Promise<void>;
  /** The target's newest rollout. */
  rollout(targetId: string): Promise<RolloutRecord | null>;
  writeRollout(record: RolloutRecord): Promise<void>;
  /** Writes `after` if the record still is `before`, and what is live with it; false: read it again and decide again. */
  replaceRollout(before: RolloutRecord, after: RolloutRecord, live?: LiveRecord): Promise<boolean>;
  /** The target's rollouts, newest first. */
  rolloutHistory(targetId: string): Promise<RolloutRecord[]>;
  /** The quarantine that holds for a pair; null: there is none, or it was lifted. */
  quarantined(service: string, pair: Pair): Promise<Quarantine | null>;
  /** The newest quarantine of a pair, lifted or not. */
  quarantineOf(service: string, pair: Pair): Promise<Quarantine | null>;
  /** Of one service, lifted ones too. */
  quarantines(service: string): Promise<Quarantine[]>;
  /** The first reason stays until it is lifted. */
  quarantine(record: Quarantine): Promise<void>;
  /** False: it was lifted meanwhile. */
  liftQuarantine(record: Quarantine & { lifted: object }): Promise<boolean>;
}

/** Finished rollouts that are still watched. */
export interface Guards {
  guard(targetId: string): Promise<GuardRecord | null>;
  /** Every open guard. */
  guards(): Promise<GuardRecord[]>;
  /** A target's newest guard takes the place of the one before. */
  openGuard(record: GuardRecord): Promise<void>;
  /** False: this rollout's guard is not the target's (any more). */
  closeGuard(targetId: string, rolloutId: string): Promise<boolean>;
}

/** Transitions to ALARM outside shifts. */
export interface FiredAlarms {
  /** Once each; answers the row that is there, its own or an earlier one. */
  recordAlarm(alarm: FiredAlarm): Promise<FiredAlarm>;
  /** Those of an environment about an instant. */
  firedAlarms(environment: string, at: number, withinSeconds: number): Promise<FiredAlarm[]>;
  /** Writes what it leads to; answers the attribution that is there, its own or an earlier one. */
  attribute(alarm: FiredAlarm, attribution: Attribution): Promise<Attribution>;
  /** Everything that it leads to has been done. */
  settle(alarm: FiredAlarm, attribution: Attribution): Promise<void>;
}

export type Ledger = Register & Releases & EvidenceRows & Rollouts & Guards & FiredAlarms;
