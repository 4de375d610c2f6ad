/** The ledger's access patterns, each with its key expression: the only place where keys are spelled. */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Everything under a partition whose sort key begins so. */
export interface Range {
  readonly pk: string;
  readonly prefix: string;
}

interface Image {
  readonly service: string;
  readonly digest: string;
}

const six = (n: number): string => String(n).padStart(6, '0');

export const keys = {
  service: (service: string): Key => ({ pk: `SERVICE#${service}`, sk: 'CONFIG' }),
  serviceOfRepository: (repository: string): Key => ({
    pk: `REPOSITORY#${repository}`,
    sk: 'SERVICE',
  }),
  /** A service whose images a build project exports. */
  serviceOfProject: (project: string, service: string): Key => ({
    pk: `PROJECT#${project}`,
    sk: `SERVICE#${service}`,
  }),
  /** Rows that name what is registered, so that nothing scans. */
  registeredService: (service: string): Key => ({ pk: 'REGISTER', sk: `SERVICE#${service}` }),
  registeredTarget: (targetId: string): Key => ({ pk: 'REGISTER', sk: `TARGET#${targetId}` }),
  target: (targetId: string): Key => ({ pk: `TARGET#${targetId}`, sk: 'CONFIG' }),
  workload: (configDigest: string): Key => ({ pk: `CONFIG#${configDigest}`, sk: 'WORKLOAD' }),
  release: (releaseId: string): Key => ({ pk: `RELEASE#${releaseId}`, sk: 'META' }),
  event: (releaseId: string, n: number): Key => ({
    pk: `RELEASE#${releaseId}`,
    sk: `EVENT#${six(n)}`,
  }),
  /** Says that an event with this key has been written. */
  once: (releaseId: string, key: string): Key => ({
    pk: `RELEASE#${releaseId}`,
    sk: `ONCE#${key}`,
  }),
  newest: (service: string): Key => ({ pk: `SERVICE#${service}`, sk: 'NEWEST' }),
  /** A service's releases in the order in which they started. */
  releaseOfService: (service: string, startedAt: string, releaseId: string): Key => ({
    pk: `SERVICE#${service}`,
    sk: `RELEASE#${startedAt}#${releaseId}`,
  }),
  /** A release that has not ended. */
  openRelease: (releaseId: string): Key => ({ pk: 'OPEN', sk: `RELEASE#${releaseId}` }),
  evidence: ({ service, digest }: Image): Key => ({
    pk: `DIGEST#${digest}`,
    sk: `EVIDENCE#${service}`,
  }),
  pendingEvidence: ({ service, digest }: Image): Key => ({
    pk: 'OPEN',
    sk: `EVIDENCE#${service}#${digest}`,
  }),
  quarantine: ({ service, digest, configDigest }: Image & { configDigest: string }): Key => ({
    pk: `DIGEST#${digest}`,
    sk: `QUARANTINE#${service}#${configDigest}`,
  }),
  /** Names a pair that is, or was, in quarantine: what lists them scans nothing. */
  quarantined: ({ service, digest, configDigest }: Image & { configDigest: string }): Key => ({
    pk: 'QUARANTINE',
    sk: `SERVICE#${service}#${digest}#${configDigest}`,
  }),
  live: (targetId: string): Key => ({ pk: `TARGET#${targetId}`, sk: 'LIVE' }),
  rollout: (targetId: string): Key => ({ pk: `TARGET#${targetId}`, sk: 'ROLLOUT' }),
  history: (targetId: string, startedAt: string, rolloutId: string): Key => ({
    pk: `TARGET#${targetId}`,
    sk: `HISTORY#${startedAt}#${rolloutId}`,
  }),
  /** A guard that is open; all of them under one partition, because they are looked at together. */
  guard: (targetId: string): Key => ({ pk: 'GUARD', sk: `TARGET#${targetId}` }),
  /** A transition to ALARM outside a shift, by its instant, so that those of some minutes are found together. */
  firedAlarm: (environment: string, at: string, eventId: string): Key => ({
    pk: `ALARMS#${environment}`,
    sk: `AT#${at}#${eventId}`,
  }),
};

export const ranges = {
  services: (): Range => ({ pk: 'REGISTER', prefix: 'SERVICE#' }),
  servicesOfProject: (project: string): Range => ({
    pk: `PROJECT#${project}`,
    prefix: 'SERVICE#',
  }),
  targets: (): Range => ({ pk: 'REGISTER', prefix: 'TARGET#' }),
  events: (releaseId: string): Range => ({ pk: `RELEASE#${releaseId}`, prefix: 'EVENT#' }),
  openReleases: (): Range => ({ pk: 'OPEN', prefix: 'RELEASE#' }),
  pendingEvidence: (): Range => ({ pk: 'OPEN', prefix: 'EVIDENCE#' }),
  releasesOfService: (service: string): Range => ({ pk: `SERVICE#${service}`, prefix: 'RELEASE#' }),
  history: (targetId: string): Range => ({ pk: `TARGET#${targetId}`, prefix: 'HISTORY#' }),
  quarantines: (service: string | null): Range => ({
    pk: 'QUARANTINE',
    prefix: service === null ? 'SERVICE#' : `SERVICE#${service}#`,
  }),
  guards: (): Range => ({ pk: 'GUARD', prefix: 'TARGET#' }),
  /** `hour`: the beginning of an instant. */
  firedAlarms: (environment: string, hour: string): Range => ({
    pk: `ALARMS#${environment}`,
    prefix: `AT#${hour}`,
  }),
};
