import { z } from 'zod';
import { isoOf, millisecondsOf } from './instant.ts';
import type { ScanPolicy } from './release.ts';
import { Judgement } from './verdict.ts';

/** One finding, whichever scanner found it. */
export interface Finding {
  /** The CVE, where there is one. */
  readonly id: string;
  readonly severity: string;
  readonly title: string | null;
  readonly fixAvailable: string | null;
  /** False once the scanner has closed it. */
  readonly open: boolean;
}

/** What the registry says of one image's scan; status null: it knows of no scan. */
export interface ScanReading {
  readonly status: string | null;
  readonly description: string | null;
  readonly findings: readonly Finding[];
  /** The registry's own totals by severity; severities without findings are absent. */
  readonly counts: Readonly<Record<string, number>>;
}

/** One deployable image with its reading and, where the policy asks, the EPSS scores of its vulnerabilities. */
export interface ScannedChild {
  readonly digest: string;
  readonly platform: string;
  readonly reading: ScanReading;
  readonly scores: ReadonlyMap<string, number | null> | null;
}

/** What one check hands to the next. */
export const ScanProgress = z.object({
  /** When the waiting began. */
  since: z.iso.datetime(),
  /** When everything was read clean for the first time; null: not yet. */
  firstCleanAt: z.iso.datetime().nullable(),
});
export type ScanProgress = z.infer<typeof ScanProgress>;

/** A judgement of a scan, with when to look again. */
export const ScanJudgement = Judgement.extend({
  waitSeconds: z.int().nonnegative(),
  ...ScanProgress.shape,
});
export type ScanJudgement = z.infer<typeof ScanJudgement>;

const SECOND = 1_000;
/** A scan that is not there within this time will not come: scanning is off for the repository. */
const SCAN_APPEARS_MS = 10 * 60 * SECOND;
/** A scan that has not ended within this time fails. */
const SCAN_ENDS_MS = 60 * 60 * SECOND;
/** A complete scan without findings can be one whose findings are not in yet: it is read again after this. */
const SECOND_READ_MS = 30 * SECOND;
const SHOWN_MAX = 20;

/**
 * UNDEFINED and UNTRIAGED are severities that nobody has given yet: they stand in the middle. A word that is not known here
 * is as bad as can be.
 */
const RANKS: Readonly<Record<string, number>> = {
  INFORMATIONAL: 0,
  LOW: 1,
  UNDEFINED: 2,
  UNTRIAGED: 2,
  MEDIUM: 2,
  HIGH: 3,
  CRITICAL: 4,
};
const WORST = 4;
const rank = (severity: string): number => RANKS[severity] ?? WORST;

type ChildVerdict =
  | { readonly verdict: 'wait'; readonly reason: string; readonly untilMs: number }
  | { readonly verdict: 'fail'; readonly reason: string }
  | { readonly verdict: 'clean'; readonly empty: boolean };

interface Exception {
  readonly cve: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
}

/** An exception holds through the day on which it expires, in UTC. */
const valid = ({ expires }: Exception, now: number): boolean => isoOf(now).slice(0, 10) <= expires;

const scoreOf = ({ scores }: ScannedChild, { id }: Finding): number | null =>
  scores?.get(id) ?? null;

/** Why a finding condemns; null: it does not. */
const objection = (policy: ScanPolicy, child: ScannedChild, finding: Finding): string | null => {
  if (rank(finding.severity) >= rank(policy.failOn)) return `${finding.id} is ${finding.severity}`;
  const score = scoreOf(child, finding);
  if (policy.epssMax !== null && score !== null && score >= policy.epssMax)
    return `${finding.id} has an EPSS score of ${score}, at or above ${policy.epssMax}`;
  return null;
};

/** Failing severities of which the registry counts more than it lists: they can't be judged. */
const unlisted = (policy: ScanPolicy, { reading }: ScannedChild): string[] =>
  Object.entries(reading.counts).flatMap(([severity, count]) => {
    const listed = reading.findings.filter((finding) => finding.severity === severity).length;
    return rank(severity) >= rank(policy.failOn) && count > listed
      ? [`${count} ${severity} are counted, ${listed} are listed`]
      : [];
  });

const shorten = (reasons: readonly string[]): string =>
  reasons.length <= 5
    ? reasons.join(', ')
    : `${reasons.slice(0, 5).join(', ')} and ${reasons.length - 5} more`;

const evaluate = (
  policy: ScanPolicy,
  child: ScannedChild,
  now: number,
  used: Map<string, Exception>,
): ChildVerdict => {
  const open = child.reading.findings.filter((finding) => finding.open);
  const objections = open.flatMap((finding) => {
    const why = objection(policy, child, finding);
    if (why === null) return [];
    const exception = policy.exceptions.find(({ cve }) => cve === finding.id);
    if (exception && valid(exception, now)) {
      used.set(exception.cve, exception);
      return [];
    }
    return [exception ? `${why} (its exception expired on ${exception.expires})` : why];
  });
  const reasons = [...objections, ...unlisted(policy, child)];
  if (
    policy.epssMax !== null &&
    open.length > 0 &&
    (child.scores === null || child.scores.size === 0)
  )
    reasons.push('EPSS scores are asked for and Inspector has none of this image');
  if (reasons.length > 0) return { verdict: 'fail', reason: shorten(reasons) };
  return {
    verdict: 'clean',
    empty: child.reading.status === 'COMPLETE' && child.reading.findings.length === 0,
  };
};

const judgeChild = (
  policy: ScanPolicy,
  child: ScannedChild,
  now: number,
  used: Map<string, Exception>,
): ChildVerdict => {
  const { status, description } = child.reading;
  switch (status) {
    case null:
      return { verdict: 'wait', reason: 'has no scan yet', untilMs: SCAN_APPEARS_MS };
    case 'PENDING':
    case 'IN_PROGRESS':
      return { verdict: 'wait', reason: `scan is ${status}`, untilMs: SCAN_ENDS_MS };
    case 'COMPLETE':
    case 'ACTIVE':
      return evaluate(policy, child, now, used);
    default:
      return {
        verdict: 'fail',
        reason: `scan is ${status}${description === null ? '' : `: ${description}`}`,
      };
  }
};

const evidenceOf = (
  children: readonly ScannedChild[],
  used: ReadonlyMap<string, Exception>,
): Record<string, unknown> => ({
  children: children.map(({ digest, platform, reading }) => ({
    digest,
    platform,
    status: reading.status,
    counts: reading.counts,
    findings: [...reading.findings]
      .sort((a, b) => rank(b.severity) - rank(a.severity) || (a.id < b.id ? -1 : 1))
      .slice(0, SHOWN_MAX)
      .map(({ id, severity, fixAvailable }) => ({ id, severity, fixAvailable })),
  })),
  exceptions: [...used.values()],
});

const waitFor = (waitedMs: number): number => (waitedMs < 2 * 60 * SECOND ? 30 : 60);

/**
 * Judges the scan of every deployable image. Only what is COMPLETE or ACTIVE is evaluated; what is under way is waited for,
 * up to its deadline; anything else, known or not, fails.
 */
export const judgeScan = (
  policy: ScanPolicy,
  children: readonly ScannedChild[],
  { now, earlier }: { now: number; earlier: ScanProgress | null },
): ScanJudgement => {
  const used = new Map<string, Exception>();
  const since = earlier?.since ?? isoOf(now);
  const waitedMs = now - millisecondsOf(since);
  const verdicts = children.map((child) => ({
    where: child.platform === 'single' ? 'the image' : child.platform,
    ...judgeChild(policy, child, now, used),
  }));
  const answer = (
    verdict: Judgement['verdict'],
    reason: string,
    firstCleanAt: string | null,
    waitSeconds = 0,
  ): ScanJudgement => ({
    verdict,
    reason,
    evidence: evidenceOf(children, used),
    waitSeconds,
    firstCleanAt,
    since,
  });
  if (verdicts.length === 0) return answer('fail', 'there is no image to scan', null);
  const failed = verdicts.flatMap((one) =>
    one.verdict === 'fail' || (one.verdict === 'wait' && waitedMs >= one.untilMs)
      ? [
          `${one.where}: ${one.reason}${one.verdict === 'wait' ? `, after ${Math.round(waitedMs / 60_000)} min` : ''}`,
        ]
      : [],
  );
  if (failed.length > 0) return answer('fail', `scan gate: ${failed.join('; ')}`, null);
  const waiting = verdicts.flatMap((one) =>
    one.verdict === 'wait' ? [`${one.where}: ${one.reason}`] : [],
  );
  if (waiting.length > 0)
    return answer('inconclusive', waiting.join('; '), null, waitFor(waitedMs));
  const firstCleanAt = earlier?.firstCleanAt ?? isoOf(now);
  const cleanMs = now - millisecondsOf(firstCleanAt);
  if (verdicts.some((one) => one.verdict === 'clean' && one.empty) && cleanMs < SECOND_READ_MS)
    return answer(
      'inconclusive',
      'a complete scan without findings is read twice',
      firstCleanAt,
      Math.ceil((SECOND_READ_MS - cleanMs) / SECOND),
    );
  const excepted = used.size === 0 ? '' : `, with ${used.size} exceptions`;
  return answer('pass', `no finding at or above ${policy.failOn}${excepted}`, firstCleanAt);
};
