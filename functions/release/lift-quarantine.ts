import { z } from 'zod';
import { busOf } from '../adapters/bus.ts';
import { ledgerOf } from '../adapters/ledger.ts';
import { registeredService } from '../adapters/registered-service.ts';
import { InputRefused } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { type Quarantine, quarantinesNamed } from '../domain/quarantine.ts';
import { Digest, releaseIdOf } from '../domain/release.ts';
import { quarantineLifted } from '../events/quarantine-lifted.ts';
import { environments } from '../runtime/env.ts';
import { handle, type World } from '../runtime/handle.ts';

const Input = z.strictObject({
  service: z.string().min(1),
  /** A release id, a digest or a version. */
  pair: z.string().min(1),
  by: z.string().trim().min(1).max(100),
  reason: z.string().trim().min(1).max(500),
});
const Output = z.object({
  releaseId: z.string(),
  service: z.string(),
  digest: Digest,
  configDigest: Digest,
  liftedAt: z.iso.datetime(),
});

type Env = z.output<(typeof environments)['release/lift-quarantine']>;

const idOf = ({ service, digest, configDigest }: Quarantine): string =>
  releaseIdOf(service, { digest, configDigest });

/** Takes a pair out of quarantine by a person's word, which stays on the record, in the release's chain and on the bus. */
export const liftQuarantine =
  (world: World<Env>) =>
  async ({ service, pair, by, reason }: z.output<typeof Input>) => {
    const ledger = ledgerOf(world);
    await registeredService(ledger, service);
    const record = named(await ledger.quarantines(service), pair, service);
    const at = isoOf(world.runtime.now());
    const lifted = record.lifted ?? { by, reason, at };
    const first =
      record.lifted === undefined && (await ledger.liftQuarantine({ ...record, lifted }));
    const releaseId = idOf(record);
    const { digest, configDigest } = record;
    const condemned = { at: record.at, reason: record.reason, rolloutId: record.rolloutId };
    // Told also when somebody was faster, or died between the record and its event: each is there once.
    const appended = await ledger.append(releaseId, {
      at,
      kind: 'QuarantineLifted',
      facts: { service, digest, configDigest, ...lifted, quarantine: condemned },
      once: `lifted:${record.at}`,
    });
    const facts = { service, releaseId, digest, configDigest, version: record.version ?? null };
    if (appended) {
      await busOf(world).tell(quarantineLifted({ ...facts, ...lifted, quarantine: condemned }));
    }
    if (!first) {
      throw new InputRefused(
        `${releaseId} is not in quarantine: it was lifted at ${lifted.at} by ${lifted.by} (${lifted.reason})`,
      );
    }
    return { releaseId, service, digest, configDigest, liftedAt: lifted.at };
  };

const named = (records: readonly Quarantine[], pair: string, service: string): Quarantine => {
  const found = quarantinesNamed(records, pair, idOf);
  const held = found.filter(({ lifted }) => lifted === undefined);
  const [only] = held.length > 0 ? held : found;
  const list = (some: readonly Quarantine[]) =>
    some.map((one) => `${idOf(one)} (${one.version ?? 'no version'})`).join(', ') || 'none';
  if (only === undefined) {
    const now = records.filter(({ lifted }) => lifted === undefined);
    throw new InputRefused(
      `${service} has nothing in quarantine that is called ${pair}; in quarantine are: ${list(now)}`,
    );
  }
  if (held.length <= 1) return only;
  throw new InputRefused(
    `${pair} is in quarantine with ${held.length} configurations; name the release: ${list(held)}`,
  );
};

export const handler = handle({
  input: Input,
  output: Output,
  env: environments['release/lift-quarantine'],
  run: liftQuarantine,
});
