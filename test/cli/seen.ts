import type { Known } from '../../cli/view/facts.ts';
import type { Look, SeenTarget } from '../../cli/view/look.ts';
import type { ReleaseStory } from '../../cli/view/stages.ts';
import { type ChainedEvent, chained, GENESIS, headAfter } from '../../functions/domain/chain.ts';
import type { ReleaseRecord, ServiceRecord } from '../../functions/domain/release.ts';

const NOON = Date.UTC(2026, 2, 2, 12);
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** A version by its number, with a digest of its own. */
export const version = (number: string) => ({
  version: number,
  digest: digest(number.at(2) ?? '0'),
});

/** A target in production that serves 1.1.0, but for what is said. */
export const target = (over: Partial<SeenTarget> = {}): SeenTarget => ({
  service: 'checkout',
  environment: 'production',
  region: 'eu-west-1',
  phase: 'completed',
  live: version('1.1.0'),
  candidate: null,
  weights: { stable: 100, candidate: 0 },
  ruleArns: { weighted: 'arn:weighted', override: 'arn:override' },
  alarms: ['hurting'],
  overridden: false,
  stableColor: 'blue',
  guard: null,
  waiting: null,
  refused: false,
  reason: null,
  rates: {},
  ...over,
});

/** A chain of these events, a minute apart. */
export const chain = (...told: (readonly [kind: string, facts: object])[]): ChainedEvent[] => {
  let head = GENESIS;
  return told.map(([kind, facts], index) => {
    const at = new Date(NOON + index * 60_000).toISOString();
    const event = chained('checkout-1', head, { at, kind, facts: { ...facts }, once: null });
    head = headAfter(event);
    return event;
  });
};

/** A release of checkout 1.2.0 with its chain. */
export const story = (
  events: readonly ChainedEvent[] = [],
  over: Partial<ReleaseRecord> = {},
): ReleaseStory => ({
  events,
  record: {
    releaseId: 'checkout-1',
    service: 'checkout',
    digest: digest('2'),
    configDigest: digest('c'),
    version: '1.2.0',
    imagePushedAt: new Date(NOON).toISOString(),
    attempt: 1,
    phase: 'promoting',
    outcome: null,
    reason: null,
    startedBy: 'push',
    startedAt: new Date(NOON).toISOString(),
    endedAt: null,
    executionArn: null,
    ...over,
  },
});

/** What facts are told of. */
export const known = (
  targets: readonly SeenTarget[],
  stories: readonly ReleaseStory[] = [],
): Known => ({
  now: NOON,
  targets,
  stories,
});

export const service: ServiceRecord = {
  service: 'checkout',
  repository: 'shop/checkout',
  registryId: '999999999999',
  region: 'eu-west-1',
  workload: { port: 8080, replicas: { min: 1, max: 1 }, readiness: '/', env: {} },
  configDigest: digest('c'),
  scan: { failOn: 'HIGH', epssMax: null, exceptions: [] },
  build: null,
  environments: [
    { environment: 'staging', waves: [['eu-west-1']] },
    { environment: 'production', waves: [['eu-west-1'], ['eu-central-1']] },
  ],
};

/** All that can be seen at one moment, six minutes after the release began. */
export const seen = (targets: readonly SeenTarget[], stories: readonly ReleaseStory[]): Look => ({
  now: NOON + 372_000,
  services: [service],
  targets,
  stories,
});
