import type { Explanation } from './explain.ts';

/** What a reader can do now, each with its command. */
export const nextSteps = (story: Omit<Explanation, 'next'>): string[] => {
  const { service, digest, outcome, quarantine, rollouts, releaseId } = story;
  const stuck = rollouts.filter(({ end }) => end === 'stuck');
  if (stuck.length > 0) {
    return stuck.map(({ place }) => {
      const [environment, region] = place.split(' ');
      return `bring ${place} home (docs/runbooks/stuck-rollout.md): slipway rollback ${service} ${environment} --region ${region} --reason …`;
    });
  }
  if (quarantine !== null && quarantine.lifted === null) {
    return [
      'release a fix: a new image is a new pair, and nothing holds it up',
      `if it was not the release's fault: slipway quarantine lift ${releaseId} --service ${service} --reason …`,
    ];
  }
  const again = `slipway release ${service} --digest ${digest} --reason …`;
  if (quarantine !== null && outcome !== 'released') {
    return [`release it again, its quarantine was lifted: ${again}`];
  }
  switch (outcome) {
    case null:
      return ['watch it: slipway status --watch'];
    case 'released':
      return rollouts.some(({ end }) => end === 'completed, rolled back later')
        ? [`release it again: ${again}`]
        : [`if it hurts: slipway rollback ${service} --reason …`];
    case 'rejected':
      return rejectedFor(story, again);
    case 'rolledBack':
      return [`nothing was found wrong with the version itself, so it may come again: ${again}`];
    case 'superseded':
      return [`a newer one has taken its place; to release this one all the same: ${again}`];
    default:
      return [`the pipeline failed, not the version (docs/runbooks/failed-execution.md): ${again}`];
  }
};

/** Mends what the gate that said no asks for. */
const rejectedFor = ({ gates }: Omit<Explanation, 'next'>, again: string): string[] => {
  const failed = gates.findLast(({ verdict }) => verdict !== 'pass' && verdict !== 'waived');
  switch (failed?.gate) {
    case 'scan':
      return [
        'rebuild on a mended base image and push: the scan says which package has a fix',
        'or except a finding by name, owner and date in slipway.config.ts, deploy, and release it again',
      ];
    case 'preflight':
      return [`mend what preflight found, then: ${again}`];
    default:
      return [`mend what the reason names, then: ${again}`];
  }
};
