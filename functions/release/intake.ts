import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { digestOf, judgedBuild } from '../adapters/build-evidence.ts';
import { buildsOf } from '../adapters/builds.ts';
import { executionsOf } from '../adapters/executions.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { registryOf } from '../adapters/registry.ts';
import { releaseStarter } from '../adapters/release-starter.ts';
import { exportedTag } from '../domain/build.ts';
import { InputRefused, TransientFailure } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import type { ServiceRecord } from '../domain/release.ts';
import { BuildEnded } from '../events/build-ended.ts';
import { ImagePushed } from '../events/image-pushed.ts';
import { environments } from '../runtime/env.ts';
import { handle, misfits, type World } from '../runtime/handle.ts';

const Input = z.object({
  Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })),
});
const Output = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })),
});
const IntakeEvent = z.discriminatedUnion('detail-type', [ImagePushed, BuildEnded]);

type Env = z.output<(typeof environments)['release/intake']>;

/** A body that is no event Slipway takes in. It is reported as failed, so that the dead-letter queue keeps it. */
const parsed = (body: string): z.output<typeof IntakeEvent> => {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch (error) {
    throw new InputRefused(`the message is no JSON: ${(error as Error).message}`);
  }
  const result = IntakeEvent.safeParse(event);
  if (result.success) return result.data;
  throw new InputRefused(`the event is refused: ${misfits(result.error, event)}`);
};

/** What intake does about one event. Nothing of the event is used but to look the fact up where it comes from. */
const intakeOf = (world: World<Env>) => {
  const { runtime, log, metrics } = world;
  const ledger = ledgerOf(world);
  const starter = releaseStarter({ ...world, ledger, executions: executionsOf(world) });
  const seenAt = (): string => isoOf(runtime.now());

  const ignored = (why: string, facts: Record<string, unknown>): void => {
    log.warn(`ignored: ${why}`, facts);
    metrics.add('EventIgnored');
  };

  const onPush = async ({ account, region, detail }: ImagePushed): Promise<void> => {
    const repository = detail['repository-name'];
    const digest = detail['image-digest'];
    const tag = detail['image-tag'] ?? null;
    const name = await ledger.serviceOfRepository(repository);
    const service = name === null ? null : await ledger.service(name);
    if (service === null) return ignored('no service has this repository', { repository, digest });
    if (account !== service.registryId || region !== service.region)
      return ignored('the event is of another registry', { repository, account, region });
    const image = await registryOf(world, service).image({ digest });
    if (image === null)
      return ignored('the registry has no such image', { repository, digest, tag });
    if (image.tags.length === 0) return ignored('the image has no tag', { repository, digest });
    if (service.build !== null)
      await ledger.addEvidence(
        { service: service.service, digest },
        { push: { imagePushedAt: image.pushedAt, tag, seenAt: seenAt() } },
      );
    const { act } = await starter.consider(service, image, { startedBy: 'push', tag });
    metrics.add(`Push${act[0]?.toUpperCase()}${act.slice(1)}`);
  };

  const onBuildOf = async (
    service: ServiceRecord,
    buildId: string,
    alone: boolean,
  ): Promise<void> => {
    const policy = service.build;
    const builds = buildsOf(world, service.region);
    const registry = registryOf(world, service);
    const build = await builds.build(buildId);
    if (build === null) return ignored('CodeBuild has no such run', { buildId });
    if (policy === null || build.project !== policy.project)
      return ignored('the run is of another project', { buildId, project: build.project });
    const judgement = await judgedBuild(policy, build, builds);
    if (judgement.verdict === 'inconclusive')
      throw new TransientFailure(`${judgement.reason}: asked again later`, { facts: { buildId } });
    const digest = await digestOf(build, registry);
    if (digest === null)
      return ignored('the run exports neither IMAGE_DIGEST nor a tag that it pushed', {
        buildId,
        judgement: judgement.reason,
      });
    const image = await registry.image({ digest });
    if (judgement.verdict !== 'pass') {
      if (image === null) return ignored(judgement.reason, { buildId, digest });
      const did = await starter.reject(service, image, { reason: judgement.reason, buildId });
      log.warn(`${did}: ${judgement.reason}`, { buildId, digest, service: service.service });
      return;
    }
    if (image === null && !alone)
      return ignored('several services share the project, and none has the image yet', {
        buildId,
        digest,
      });
    const at = { service: service.service, digest };
    const tag = exportedTag(build);
    await ledger.addEvidence(at, { build: { buildId: build.id, tag, seenAt: seenAt() } });
    if (image === null || image.tags.length === 0) {
      log.info('the build waits for its push', { ...at, buildId });
      return;
    }
    await ledger.addEvidence(at, {
      push: { imagePushedAt: image.pushedAt, tag, seenAt: seenAt() },
    });
    await starter.consider(service, image, { startedBy: 'build', tag });
  };

  const onBuild = async ({ detail }: BuildEnded): Promise<void> => {
    const buildId = detail['build-id'];
    const project = detail['project-name'];
    if (detail['build-status'] === 'IN_PROGRESS') return;
    const names = await ledger.servicesOfProject(project);
    if (names.length === 0) return ignored('no service has this build project', { project });
    for (const name of names) {
      const service = await ledger.service(name);
      if (service) await onBuildOf(service, buildId, names.length === 1);
    }
  };

  return async ({ messageId, body }: SQSRecord): Promise<void> => {
    try {
      const event = parsed(body);
      if (event.source === 'aws.ecr') await onPush(event);
      else await onBuild(event);
    } catch (error) {
      const named = error instanceof Error ? error : new Error(String(error));
      log.error(`message ${messageId}: ${named.message}`, named);
      metrics.add(named.name === 'InputRefused' ? 'EventMalformed' : 'EventFailed');
      throw error;
    }
  };
};

/** Turns pushes and builds into releases, once each. A message that fails is tried again, then kept by the dead-letter queue. */
export const handler = handle({
  input: Input,
  output: Output,
  env: environments['release/intake'],
  run: (world) => async (batch) => {
    const processor = new BatchProcessor(EventType.SQS);
    // One after another: two events of one batch are often about one image.
    return processPartialResponse(batch, intakeOf(world), processor, {
      processInParallel: false,
      throwOnFullBatchFailure: false,
    });
  },
});
