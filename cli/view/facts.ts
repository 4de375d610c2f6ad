import { nameOf } from '../print.ts';
import type { TargetPicture } from './status.ts';

/** What changed between two looks, one plain line per fact, in the order of the targets. */
export const factsBetween = (
  before: readonly TargetPicture[],
  after: readonly TargetPicture[],
): string[] =>
  after.flatMap((now) => {
    const then = before.find((one) => sameTarget(one, now));
    return targetFacts(then, now).map(
      (fact) => `${now.service} ${now.environment} ${now.region}: ${fact}`,
    );
  });

const sameTarget = (a: TargetPicture, b: TargetPicture): boolean =>
  a.service === b.service && a.environment === b.environment && a.region === b.region;

const targetFacts = (then: TargetPicture | undefined, now: TargetPicture): string[] => {
  const facts: string[] = [];
  const candidateChanged =
    now.candidate !== null && now.candidate.digest !== then?.candidate?.digest;
  if (candidateChanged)
    facts.push(
      `${nameOf(now.candidate)} comes, ${now.live === null ? 'the first' : `${nameOf(now.live)} serves`}`,
    );
  if (now.overridden && then?.overridden !== true)
    facts.push('override on: all traffic to last good');
  if (!now.overridden && then?.overridden === true) facts.push('override off');
  if (
    now.candidate !== null &&
    then !== undefined &&
    now.weights.candidate !== then.weights.candidate
  ) {
    facts.push(`${now.weights.candidate} % of traffic on ${nameOf(now.candidate)}`);
  }
  if (now.phase !== null && now.phase !== then?.phase) facts.push(phaseFact(now));
  return facts;
};

const phaseFact = (now: TargetPicture): string => {
  switch (now.phase) {
    case 'completed':
      return `completed: ${nameOf(now.live)} serves`;
    case 'rollingBack':
    case 'rolledBack':
    case 'stuck':
      return `${now.phase}${now.reason === null ? '' : ` because ${now.reason}`}`;
    default:
      return String(now.phase);
  }
};
