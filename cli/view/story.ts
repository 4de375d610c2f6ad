import type { ChainedEvent } from '../../functions/domain/chain.ts';
import { shortDigest } from '../print.ts';

/** What of an event a sentence is made of. */
type Told = Pick<ChainedEvent, 'kind' | 'facts'> & { readonly releaseId?: string };

/** `14:03:07` in UTC. */
export const clock = (instant: string): string => instant.slice(11, 19);

/** `6 min 12 s` */
export const lasted = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
};

/** One event of a chain as a line that people read: what, where, why. A kind that is not known is told word by word. */
export const sentenceOf = (event: Told): string =>
  (SENTENCES[event.kind] ?? wordByWord)(new Facts(event), event).trim();

/** A chain as lines: places in full, and a reason that was given before not again. */
export const storyLines = (
  events: readonly ChainedEvent[],
): { event: ChainedEvent; text: string }[] => {
  const targets = new Map<unknown, unknown>();
  const given = new Set<string>();
  return events.map((event) => {
    const { rolloutId, targetId = targets.get(rolloutId) } = event.facts;
    targets.set(rolloutId, targetId);
    const reason = reasonOf(event);
    const again = reason !== null && given.has(reason);
    if (reason !== null) given.add(reason);
    const facts = {
      ...event.facts,
      ...(targetId === undefined ? {} : { targetId }),
      ...(again ? { reason: null } : {}),
    };
    return { event, text: sentenceOf({ ...event, facts }) };
  });
};

const reasonOf = ({ facts }: ChainedEvent): string | null => {
  const asked = facts['rollback'] as { reason?: unknown } | null | undefined;
  const reason = asked?.reason ?? facts['reason'];
  return typeof reason === 'string' ? reason : null;
};

/** Where something happened: `production eu-west-1`. */
export const placeOf = ({ facts, releaseId = '' }: Told): string | null => {
  const { targetId, environment, region, rolloutId } = facts;
  if (typeof targetId === 'string') return targetId.split('/').slice(1).join(' ');
  if (typeof environment === 'string') {
    return typeof region === 'string' ? `${environment} ${region}` : environment;
  }
  if (typeof rolloutId !== 'string' || !rolloutId.startsWith(releaseId)) return null;
  // `<release>-<environment>-<short Region>-<attempt>`
  const rest = rolloutId
    .slice(releaseId.length)
    .split('-')
    .filter((part) => part !== '');
  return rest.length < 3 ? null : `${rest.slice(0, -2).join('-')} ${rest.at(-2)}`;
};

/** What the step that a shift ended was judged by; null before the first, which has no evidence yet. */
export const judgedBy = ({ facts }: Pick<ChainedEvent, 'facts'>): string | null => {
  const judgement = facts['judgement'] as { verdict?: unknown; reason?: unknown } | undefined;
  return judgement?.verdict === 'pass' && typeof judgement.reason === 'string'
    ? judgement.reason
    : null;
};

/** An event's facts, read for people: what is absent is empty. */
class Facts {
  readonly #facts: Readonly<Record<string, unknown>>;
  readonly place: string;

  constructor(event: Told) {
    this.#facts = event.facts;
    this.place = placeOf(event) ?? 'a target';
  }

  text(name: string): string {
    const value = this.#facts[name];
    return value === null || value === undefined || typeof value === 'object' ? '' : String(value);
  }

  /** A digest so short that it fits a line. */
  digest(name: string): string {
    return shortDigest(this.text(name));
  }

  inside(name: string): Facts {
    const value = this.#facts[name];
    const facts = typeof value === 'object' && value !== null ? value : {};
    return new Facts({ kind: '', facts: facts as Record<string, unknown> });
  }

  /** `: <reason>`, or nothing. */
  why(name = 'reason'): string {
    const reason = this.text(name);
    return reason === '' ? '' : `: ${reason}`;
  }
}

/** A gate's reason says which gate: once is enough. */
const GATE = /(?<=: )scan gate: /;

type Sentence = (facts: Facts, event: Told) => string;

const SENTENCES: Readonly<Record<string, Sentence>> = {
  ReleaseStarted: (facts) =>
    `release started by ${facts.text('startedBy')} of ${facts.text('repository')} ${facts.text('version')} (${facts.digest('digest')})${facts.why()}`,
  ReleaseAccepted: (facts) => `release taken on, attempt ${facts.text('attempt')}${facts.why()}`,
  ReleaseRetried: (facts) => `tried again, attempt ${facts.text('attempt')}${facts.why()}`,
  ReleaseWaits: (facts) => `release waits${facts.why()}`,
  ReleaseRejected: (facts) => `release rejected before it began${facts.why()}`,
  ReleaseSuperseded: (facts) => `release superseded before it began${facts.why()}`,
  ReleaseConcluded: (facts) => `release ended, ${facts.text('outcome')}${facts.why()}`,
  BuildProven: (facts) => `build proven for ${facts.digest('digest')}${facts.why()}`,
  QuarantinedPairPushed: () => 'the same pair was pushed again and stays in quarantine',
  QuarantineLifted: (facts) =>
    `taken out of quarantine by ${facts.text('by') || 'somebody'}${facts.why()}`,
  CheckWaived: (facts) =>
    `${facts.place}: the check ${facts.text('check')} was waived by ${facts.text('by') || 'somebody'}${facts.why()}`,
  EvidenceOverdue: (facts) =>
    `still without its ${facts.text('missing')}, since ${clock(facts.text('since'))}`,
  ImageResolved: (facts) => `image found: ${facts.digest('digest')}`,
  ScanJudged: (facts) => `scan gate: ${facts.text('verdict')}${facts.why().replace(GATE, '')}`,
  ScanJudgedAgain: (facts) =>
    `scan gate before ${facts.text('environment')}: ${facts.text('verdict')}${facts.why().replace(GATE, '')}`,
  EnvironmentEntered: (facts) => `${facts.place}: entered`,
  RolloutStarted: (facts) => `${facts.place}: rollout started`,
  RolloutHandedOver: (facts) =>
    `${facts.place}: rollout goes on in its execution ${facts.text('number')}`,
  RolloutWaiting: (facts) => `${facts.place}: rollout waits, traffic untouched${facts.why()}`,
  RolloutRefused: (facts) => `${facts.place}: rollout refused, traffic untouched${facts.why()}`,
  ShiftStarted: (facts) =>
    `${facts.place}: ${facts.text('by') === 'schedule' ? 'own schedule' : `CodeDeploy deployment ${facts.text('deploymentId')}`} to pointer version ${facts.text('pointerVersion')}`,
  WeightShifted: (facts, event) => {
    const by = judgedBy(event);
    return `${facts.place}: candidate from ${facts.text('fromPercent')} % to ${facts.text('percent')} %${by === null ? '' : `: ${by}`}`;
  },
  BakeStarted: (facts) =>
    `${facts.place}: bakes for ${lasted(Number(facts.text('bakeSeconds')) * 1000)}`,
  RolloutCompleted: (facts) => `${facts.place}: rollout completed, ${facts.text('color')} is live`,
  RolloutUndecided: (facts) =>
    `${facts.place}: a person is asked, the candidate stays at ${facts.text('percent')} %${facts.why()}`,
  RollbackDecided: (facts) =>
    `${facts.place}: the rollout is to go back (${facts.text('cause') || 'no cause'})${facts.why()}`,
  AlarmPaged: (facts) =>
    `${facts.place}: ${facts.text('alarmName')} after the rollout, a person was called${facts.why()}; to roll back: ${facts.text('command')}`,
  AlarmRecorded: (facts) =>
    `${facts.place}: ${facts.text('alarmName')} after the rollout, nothing done${facts.why()}`,
  RollbackStarted: (facts) => {
    const asked = facts.inside('rollback');
    return `${facts.place}: rollback started (${asked.text('cause') || 'no cause'})${asked.why()}`;
  },
  RolledBack: (facts) => {
    const lastGood = facts.inside('lastGood');
    const back = lastGood.text('version') || lastGood.digest('digest');
    return [
      `${facts.place}: rolled back${back === '' ? '' : ` to ${back}`} and verified`,
      facts.text('quarantined') === 'true' ? ', the pair is in quarantine' : '',
      facts.why(),
    ].join('');
  },
  RollbackAbandoned: (facts) =>
    `${facts.place}: rollback given up, what is live goes on serving${facts.why()}`,
  RollbackStuck: (facts) => `${facts.place}: rollback stuck, a person must come${facts.why()}`,
};

/** `ScanJudged` → `scan judged` */
const words = (kind: string): string =>
  kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

/** Facts that stand in a sentence of their own, or that say nothing to people. */
const APART = new Set([
  'targetId',
  'environment',
  'region',
  'reason',
  'evidence',
  'rolloutId',
  'executionArn',
  'releaseId',
]);

const wordByWord: Sentence = (facts, event) => {
  const place = placeOf(event);
  const rest = Object.entries(event.facts)
    .filter(([name, value]) => !APART.has(name) && value !== null && typeof value !== 'object')
    .map(([name, value]) => `${words(name)} ${String(value)}`);
  return [
    place === null ? '' : `${place}: `,
    words(event.kind),
    rest.length === 0 ? '' : ` (${rest.join(', ')})`,
    facts.why(),
  ].join('');
};
