import { z } from 'zod';
import { configDigestOf } from '../../config/workload.ts';
import { assume } from '../adapters/assumed-role.ts';
import { register } from '../adapters/register.ts';
import { table } from '../adapters/table.ts';
import { InputRefused } from '../domain/errors.ts';
import { isoOf } from '../domain/instant.ts';
import { ServiceRecord } from '../domain/release.ts';
import { Target } from '../domain/target.ts';
import type { Register } from '../ports/ledger.ts';
import { customResource } from '../runtime/custom-resource.ts';
import { environments } from '../runtime/env.ts';
import { misfits, type World } from '../runtime/handle.ts';

const env = environments['release/register'];
const Properties = z.object({ Kind: z.enum(['service', 'target']), Record: z.string() });
type Properties = z.output<typeof Properties>;

type Registered =
  | { readonly kind: 'service'; readonly record: ServiceRecord }
  | { readonly kind: 'target'; readonly record: Target };

/** The ledger is in the pipeline's account: its role for this account's stacks is taken on. */
const registerOf = ({ runtime, env: names }: World<z.output<typeof env>>): Register =>
  register(
    table(runtime, names.LEDGER_TABLE, {
      region: names.LEDGER_REGION,
      role: assume({
        roleArn: names.LEDGER_ROLE_ARN,
        externalId: names.LEDGER_EXTERNAL_ID,
      }),
    }),
  );

const read = ({ Kind, Record }: Properties): Registered => {
  let json: unknown;
  try {
    json = JSON.parse(Record);
  } catch (error) {
    throw new InputRefused(`Record is no JSON: ${(error as Error).message}`);
  }
  const parsed = (Kind === 'service' ? ServiceRecord : Target).safeParse(json);
  if (!parsed.success)
    throw new InputRefused(`the ${Kind}'s record: ${misfits(parsed.error, json)}`);
  const registered = { kind: Kind, record: parsed.data } as Registered;
  if (registered.kind === 'service') {
    const { workload, configDigest, service } = registered.record;
    const right = digestOf(workload, service);
    // The digest is half of every release's name: a wrong one would give one name to two configurations.
    if (configDigest !== right)
      throw new InputRefused(
        `configDigest of ${service} is ${configDigest}, and its workload's is ${right}; synthesize again`,
      );
  }
  return registered;
};

const digestOf = (workload: ServiceRecord['workload'], service: string): string => {
  try {
    return configDigestOf(workload);
  } catch (error) {
    throw new InputRefused(
      `the manifests of ${service} can't be unpacked: ${(error as Error).message}; synthesize again`,
      { cause: error },
    );
  }
};

const physicalIdOf = ({ kind, record }: Registered): string =>
  kind === 'service' ? `service/${record.service}` : `target/${record.targetId}`;

const write = async (ledger: Register, registered: Registered, now: string): Promise<void> => {
  if (registered.kind === 'service') await ledger.writeService(registered.record, now);
  else await ledger.writeTarget(registered.record);
};

const remove = async (ledger: Register, registered: Registered): Promise<void> => {
  if (registered.kind === 'service') await ledger.removeService(registered.record);
  else await ledger.removeTarget(registered.record.targetId);
};

/** Rows that the old record had and the new one has not: another repository, another build project. */
const movedAway = (before: Registered, after: Registered): boolean =>
  before.kind === 'service' &&
  after.kind === 'service' &&
  before.record.service === after.record.service &&
  (before.record.repository !== after.record.repository ||
    before.record.build?.project !== after.record.build?.project);

/** Writes what a stack made into the ledger, where the pipeline finds it, and takes it out with the stack. */
export const handler = customResource({
  properties: Properties,
  env,
  create: async (world, properties) => {
    const registered = read(properties);
    await write(registerOf(world), registered, isoOf(world.runtime.now()));
    return { physicalId: physicalIdOf(registered) };
  },
  update: async (world, properties, existing) => {
    const ledger = registerOf(world);
    const after = read(properties);
    const before = existing.properties && read(existing.properties);
    if (before && movedAway(before, after)) await remove(ledger, before);
    await write(ledger, after, isoOf(world.runtime.now()));
    return { physicalId: physicalIdOf(after) };
  },
  remove: async (world, { properties }) => {
    if (properties) await remove(registerOf(world), read(properties));
  },
});
