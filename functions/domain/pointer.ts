import { z } from 'zod';
import { Color } from './target.ts';
import { wholePercent } from './weights.ts';

/** The alias of the release pointer as one read saw it. */
export const PointerSight = z.object({
  version: z.string(),
  /** A second version and its share between 0 and 1. */
  additional: z.object({ version: z.string(), share: z.number() }).nullable(),
  revisionId: z.string(),
});
export type PointerSight = z.infer<typeof PointerSight>;

/** What a version of the pointer function says for ever: its environment. */
export const PointerRecord = z.object({
  RELEASE_ID: z.string(),
  DIGEST: z.string(),
  CONFIG_DIGEST: z.string(),
  COLOR: z.union([Color, z.literal('none')]),
  TOKEN: z.string(),
  ROLLOUT_ID: z.string(),
});
export type PointerRecord = z.infer<typeof PointerRecord>;

/** The candidate's whole percent behind the alias; null when any version but these two stands there. */
export const pointerPercent = (
  pointer: PointerSight,
  versions: { readonly stable: string; readonly candidate: string },
): number | null => {
  const { version, additional } = pointer;
  if (additional === null) {
    if (version === versions.candidate) return 100;
    return version === versions.stable ? 0 : null;
  }
  if (version === versions.stable && additional.version === versions.candidate) {
    return wholePercent(additional.share);
  }
  if (version === versions.candidate && additional.version === versions.stable) {
    return wholePercent(1 - additional.share);
  }
  return null;
};

/** Carries the rollout's name into CodeDeploy: CreateDeployment is not idempotent, its description is how we find ours. */
export const deploymentDescription = (rolloutId: string, token: number): string =>
  `slipway rollout ${rolloutId} token ${token}`;

/** The rollout that a deployment's description names; null for anybody else's deployment. */
export const rolloutIn = (description: string | undefined): string | null =>
  /^slipway rollout (\S+) token \d+$/.exec(description ?? '')?.[1] ?? null;

/** CodeDeploy's revision: from which version to which, and who is asked before and after. */
export const appSpec = (at: {
  readonly functionName: string;
  readonly alias: string;
  readonly currentVersion: string;
  readonly targetVersion: string;
  readonly hooks: { readonly before: string; readonly after: string };
}): string =>
  JSON.stringify({
    version: '0.0',
    Resources: [
      {
        releasePointer: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Name: at.functionName,
            Alias: at.alias,
            CurrentVersion: at.currentVersion,
            TargetVersion: at.targetVersion,
          },
        },
      },
    ],
    Hooks: [{ BeforeAllowTraffic: at.hooks.before }, { AfterAllowTraffic: at.hooks.after }],
  });
