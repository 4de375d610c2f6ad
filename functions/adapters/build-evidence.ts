import { type Build, exportedDigest, exportedTag, judgeBuild } from '../domain/build.ts';
import type { ServiceRecord } from '../domain/release.ts';
import type { Judgement } from '../domain/verdict.ts';
import type { Builds } from '../ports/builds.ts';
import type { Registry } from '../ports/registry.ts';

/** The digest that a run made: the one that it exported, else that of its tag if that was pushed since the run began. */
export const digestOf = async (build: Build, registry: Registry): Promise<string | null> => {
  const digest = exportedDigest(build);
  if (digest !== null) return digest;
  const tag = exportedTag(build);
  if (tag === null) return null;
  const image = await registry.image({ tag });
  if (image === null || build.startedAt === null) return null;
  return Date.parse(image.pushedAt) >= Date.parse(build.startedAt) - 1_000 ? image.digest : null;
};

/** Judges a run by its service's policy; reports are read only where the policy asks for them. */
export const judgedBuild = async (
  policy: NonNullable<ServiceRecord['build']>,
  build: Build,
  builds: Builds,
): Promise<Judgement> => {
  const asked = policy.testsMustPass || policy.lineCoveragePercentMin !== null;
  const readable = build.status === 'SUCCEEDED' && asked;
  return judgeBuild(policy, build, readable ? await builds.reports(build.reportArns) : []);
};

/** The newest run of the project that proves this image; null: there is none among the last hundred. */
export const provingBuild = async (
  policy: NonNullable<ServiceRecord['build']>,
  digest: string,
  { builds, registry }: { builds: Builds; registry: Registry },
): Promise<Build | null> => {
  for (const build of await builds.newest(policy.project)) {
    if (build.status !== 'SUCCEEDED') continue;
    if ((await digestOf(build, registry)) !== digest) continue;
    if ((await judgedBuild(policy, build, builds)).verdict === 'pass') return build;
  }
  return null;
};
