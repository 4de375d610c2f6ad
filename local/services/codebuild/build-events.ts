import type { CloudContext, Place } from '../service.ts';
import { logsOf, type StoredBuild, sourceOf, sourceVersionOf } from './build.ts';
import { phasesOf } from './build-phases.ts';
import { exportedList } from './runner.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sep 1, 2017 4:12:29 PM`: how CodeBuild writes instants in events. */
export const eventTime = (instant: number | Date): string => {
  const at = new Date(instant);
  const hour = at.getUTCHours();
  const rest = at.toISOString().slice(14, 19);
  return `${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()}, ${at.getUTCFullYear()} ${hour % 12 || 12}:${rest} ${hour < 12 ? 'AM' : 'PM'}`;
};

const phaseDetail = (phase: ReturnType<typeof phasesOf>[number]) => ({
  ...(phase.endTime === undefined
    ? {}
    : {
        'phase-context': [],
        'end-time': eventTime(phase.endTime),
        'duration-in-seconds': phase.durationInSeconds,
        'phase-status': phase.phaseStatus,
      }),
  'start-time': eventTime(phase.startTime ?? 0),
  'phase-type': phase.phaseType,
});

/** `CodeBuild Build State Change`, as documented in "Build notifications input format reference". */
export const emitBuildState = (
  cloud: CloudContext,
  place: Place,
  build: StoredBuild,
  now: number,
): void => {
  const { project, environment, outcome, end } = build;
  const phases = phasesOf(build, now);
  const source = sourceOf(build);
  const sourceVersion = sourceVersionOf(build);
  const logs = logsOf(build, place.region);
  const exported = exportedList(outcome?.exportedVariables);
  cloud.emit(
    {
      source: 'aws.codebuild',
      'detail-type': 'CodeBuild Build State Change',
      resources: [build.arn],
      detail: {
        'build-status': end ?? 'IN_PROGRESS',
        'project-name': project.name,
        'build-id': build.arn,
        'additional-information': {
          artifact: outcome?.artifact ?? { location: '' },
          environment: {
            image: environment.image,
            'privileged-mode': environment.privilegedMode ?? false,
            'compute-type': environment.computeType,
            type: environment.type,
            'environment-variables': environment.environmentVariables ?? [],
          },
          'timeout-in-minutes': build.timeoutMinutes,
          'build-complete': end !== undefined,
          'build-number': build.number,
          initiator: build.initiator,
          'build-start-time': eventTime(build.startedAt),
          source: {
            ...(source?.location === undefined ? {} : { location: source.location }),
            type: source?.type,
          },
          ...(sourceVersion === undefined ? {} : { 'source-version': sourceVersion }),
          logs: {
            'group-name': logs.groupName,
            'stream-name': logs.streamName,
            'deep-link': logs.deepLink,
          },
          ...(exported.length > 0 ? { 'exported-environment-variables': exported } : {}),
          phases: phases.map(phaseDetail),
        },
        'current-phase': phases.at(-1)?.phaseType,
        'current-phase-context': '[]',
        version: '1',
      },
    },
    place,
  );
};
