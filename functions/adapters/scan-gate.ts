import type { ResolvedImage } from '../domain/image.ts';
import type { ServiceRecord } from '../domain/release.ts';
import { judgeScan, type ScanJudgement, type ScanProgress } from '../domain/scan.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { exploitabilityOf } from './exploitability.ts';
import { registryOf } from './registry.ts';

/** Reads the scan of every deployable image and judges it by the service's policy. */
export const scanGate =
  ({ runtime }: { runtime: Runtime }) =>
  async (
    service: ServiceRecord,
    image: ResolvedImage,
    earlier: ScanProgress | null,
  ): Promise<ScanJudgement> => {
    const registry = registryOf({ runtime }, service);
    const exploitability = exploitabilityOf({ runtime }, service.region);
    const { repository, scan: policy } = service;
    const children = await Promise.all(
      image.children.map(async ({ digest, platform }) => {
        const reading = await registry.scan(digest);
        const asked = policy.epssMax !== null && reading.findings.length > 0;
        const scores = asked ? await exploitability.scores({ repository, digest }) : null;
        return { digest, platform, reading, scores };
      }),
    );
    return judgeScan(policy, children, { now: runtime.now(), earlier });
  };
