import type { BuildPhase, BuildPhaseType, StatusType } from '@aws-sdk/client-codebuild';
import type { BuildEnd } from './runner.ts';

/** What comes before the build proper, with its seconds; everything after is instant. */
const BEFORE: readonly (readonly [BuildPhaseType, number])[] = [
  ['SUBMITTED', 0],
  ['QUEUED', 1],
  ['PROVISIONING', 10],
  ['DOWNLOAD_SOURCE', 2],
  ['INSTALL', 0],
  ['PRE_BUILD', 1],
];
const AFTER: readonly BuildPhaseType[] = ['POST_BUILD', 'UPLOAD_ARTIFACTS', 'FINALIZING'];

/** A build's time: from when, and, if it has ended, until when and how. */
export interface BuildSpan {
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly end?: BuildEnd | undefined;
}

const phase = (
  phaseType: BuildPhaseType,
  from: number,
  to: number | undefined,
  phaseStatus: StatusType = 'SUCCEEDED',
): BuildPhase => ({
  phaseType,
  startTime: new Date(from),
  ...(to === undefined
    ? {}
    : {
        phaseStatus,
        endTime: new Date(to),
        durationInSeconds: Math.round((to - from) / 1000),
        contexts: [],
      }),
});

/** The phases that a build has gone through by `now`; the last one is where it is. */
export const phasesOf = ({ startedAt, endedAt, end }: BuildSpan, now: number): BuildPhase[] => {
  const until = endedAt ?? now;
  const cut = end === 'STOPPED' || end === 'TIMED_OUT';
  const phases: BuildPhase[] = [];
  let at = startedAt;
  for (const [type, seconds] of BEFORE) {
    const due = at + seconds * 1000;
    const inside = due > until;
    if (inside && (end === undefined || cut)) {
      phases.push(phase(type, at, endedAt, end));
      return endedAt === undefined ? phases : [...phases, phase('COMPLETED', endedAt, undefined)];
    }
    const to = Math.min(due, until);
    phases.push(phase(type, at, to));
    at = to;
  }
  phases.push(phase('BUILD', at, endedAt, end));
  if (endedAt === undefined) return phases;
  if (!cut) for (const type of AFTER) phases.push(phase(type, endedAt, endedAt));
  return [...phases, phase('COMPLETED', endedAt, undefined)];
};
