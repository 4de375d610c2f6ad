import { exportedTag } from '../domain/build.ts';
import { isoOf, millisecondsOf } from '../domain/instant.ts';
import { pairOf } from '../domain/intake.ts';
import { pushedAfter } from '../domain/order.ts';
import { EVIDENCE_PATIENCE_MS, type Evidence } from '../domain/provenance.ts';
import { releaseIdOf, type ServiceRecord } from '../domain/release.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { RegisteredImage, Registry } from '../ports/registry.ts';
import type { Log } from '../runtime/logger.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { provingBuild } from './build-evidence.ts';
import { buildsOf } from './builds.ts';
import { registryOf } from './registry.ts';
import type { ReleaseStarter } from './release-starter.ts';

interface SweeperWorld {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly starter: ReleaseStarter;
  readonly apart: (what: string, look: () => Promise<void>) => Promise<void>;
}

interface Found {
  readonly considered: string[];
  readonly overdue: string[];
}

/** An event has this long to come by itself. */
const EVENT_GRACE_MS = 2 * 60_000;

/** Compares the registry with the ledger: events are best effort, the sweep is not. */
export const sweeperOf = ({ runtime, log, ledger, starter, apart }: SweeperWorld) => {
  const seenAt = (): string => isoOf(runtime.now());

  /** Looks the missing build up at CodeBuild; the evidence then tells whether both halves are there. */
  const proof = async (
    service: ServiceRecord,
    image: RegisteredImage,
    registry: Registry,
  ): Promise<Evidence | null> => {
    const policy = service.build;
    if (policy === null) return null;
    const at = { service: service.service, digest: image.digest };
    const push = { imagePushedAt: image.pushedAt, tag: image.tags[0] ?? null, seenAt: seenAt() };
    const known = await ledger.addEvidence(at, { push });
    if (known.build) return known;
    const builds = buildsOf({ runtime }, service.region);
    const build = await provingBuild(policy, image.digest, { builds, registry });
    if (build === null) return known;
    return ledger.addEvidence(at, {
      build: { buildId: build.id, tag: exportedTag(build), seenAt: seenAt() },
    });
  };

  const consider = async (
    service: ServiceRecord,
    image: RegisteredImage,
    registry: Registry,
    { considered }: Found,
  ): Promise<void> => {
    await proof(service, image, registry);
    const occasion = { startedBy: 'reconciler' as const, tag: null };
    const { act, releaseId } = await starter.consider(service, image, occasion);
    if (act !== 'leave' && act !== 'wait') considered.push(`${act} ${releaseId}`);
  };

  const newestOf = async (service: ServiceRecord, found: Found): Promise<void> => {
    const registry = registryOf({ runtime }, service);
    const [image] = await registry.newestTagged(1);
    if (!image || runtime.now() - millisecondsOf(image.pushedAt) < EVENT_GRACE_MS) return;
    const registeredAt = await ledger.registeredAt(service.service);
    // The registry counts whole seconds.
    if (registeredAt && millisecondsOf(image.pushedAt) + 1_000 < millisecondsOf(registeredAt))
      return;
    const newest = await ledger.newest(service.service);
    const pushed = { digest: image.digest, imagePushedAt: image.pushedAt };
    // A new configuration of an image that was released is a person's to release, not the sweep's.
    if (newest && !pushedAfter(pushed, newest)) return;
    const known = await ledger.release(releaseIdOf(service.service, pairOf(service, image.digest)));
    if (known?.phase === 'ended') return;
    await consider(service, image, registry, found);
  };

  const pending = async (at: { service: string; digest: string }, found: Found): Promise<void> => {
    const [service, evidence] = await Promise.all([
      ledger.service(at.service),
      ledger.evidence(at),
    ]);
    if (service?.build == null || evidence === null) return ledger.settleEvidence(at);
    const registry = registryOf({ runtime }, service);
    const image = await registry.image({ digest: at.digest });
    if (image && image.tags.length > 0) await consider(service, image, registry, found);
    const now = await ledger.evidence(at);
    if (now === null || (now.push && now.build)) return;
    const first = now.push?.seenAt ?? now.build?.seenAt ?? seenAt();
    if (runtime.now() - millisecondsOf(first) < EVIDENCE_PATIENCE_MS) return;
    if (!(await ledger.markOverdue(at, seenAt()))) return;
    const missing = now.push === null ? 'push' : `successful run of ${service.build.project}`;
    log.warn(`${at.digest} of ${at.service} has waited a day for its ${missing}`, at);
    const releaseId = releaseIdOf(at.service, pairOf(service, at.digest));
    if (await ledger.release(releaseId))
      await ledger.append(releaseId, {
        at: seenAt(),
        kind: 'EvidenceOverdue',
        facts: { missing, since: first },
        once: 'overdue',
      });
    found.overdue.push(`${at.service} ${at.digest}`);
  };

  return async (found: Found): Promise<void> => {
    for (const name of await ledger.services())
      await apart(`service ${name}`, async () => {
        const service = await ledger.service(name);
        if (service) await newestOf(service, found);
      });
    for (const at of await ledger.pendingEvidence())
      await apart(`evidence of ${at.digest}`, () => pending(at, found));
  };
};
