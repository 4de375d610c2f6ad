import type { ReleaseRecord } from '../functions/domain/release.ts';
import { CliFailure, EXIT } from './failure.ts';
import type { Session } from './options.ts';

/** The newest release that is called so: by its id or the beginning of it, its version, or its digest. */
export const findRelease = async (
  { ledger }: Pick<Session, 'ledger'>,
  asked: string,
): Promise<ReleaseRecord> => {
  const services = await ledger.services();
  const all = (await Promise.all(services.map(({ service }) => ledger.releasesOf(service)))).flat();
  const found = all.find(
    ({ releaseId, version, digest }) =>
      releaseId === asked || version === asked || digest === asked || releaseId.startsWith(asked),
  );
  if (found !== undefined) return found;
  throw new CliFailure(`no release "${asked}"`, {
    details: all
      .slice(0, 10)
      .map(
        ({ releaseId, version, outcome }) =>
          `${releaseId} ${version ?? ''} ${outcome ?? 'running'}`,
      ),
    solution: all.length === 0 ? 'there is none yet: push an image' : 'choose one of these',
    exitCode: EXIT.usage,
  });
};
