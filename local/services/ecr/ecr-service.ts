import type { CloudContext, Operation, Place, Service } from '../service.ts';
import { digestOf } from './digest.ts';
import { imageOperations } from './image-operations.ts';
import { ImageStore } from './image-store.ts';
import { LayerHost } from './layer-host.ts';
import { layerOperations } from './layer-operations.ts';
import { Registry } from './registry.ts';
import { Passwords, registryOperations } from './registry-operations.ts';
import { RegistryPeer, Replication } from './replication.ts';
import { repositoryOperations } from './repository-operations.ts';
import type { Scanner } from './scan.ts';
import { scanOperations } from './scan-operations.ts';
import { type ScanOptions, Scans } from './scans.ts';

/** ECR of one account and Region, with what its neighbours, the registry's door and tests need. */
export interface EcrService extends Service {
  readonly registry: Registry;
  readonly peer: RegistryPeer;
  /** A blob of any repository of the registry. */
  blob(digest: string): Uint8Array | undefined;
  /** Puts a blob into a repository, as a finished layer upload does; answers its digest. */
  store(repositoryName: string, content: Uint8Array | string): string;
  /** Whether the password (of user `AWS`) opens the registry's door now. */
  acceptsPassword(password: string): boolean;
  /** Replaces the stand-in for a vulnerability database. */
  setScanner(scanner: Scanner): void;
  setScanOptions(options: ScanOptions): void;
  /** Scans again what is under continuous scanning. */
  rescan(): void;
  /** Sets how many milliseconds replication takes. */
  setReplicationDelay(delay: () => number): void;
}

/** A request that names another account's registry is answered by that registry, in this Region. */
const acrossAccounts = (
  cloud: CloudContext,
  place: Place,
  operations: Readonly<Record<string, Operation>>,
): Readonly<Record<string, Operation>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, run]): [string, Operation] => [
      name,
      (input, context) => {
        const account = (input as { registryId?: string }).registryId ?? place.account;
        if (account === place.account) return run(input, context);
        const there = cloud.service('ecr', { account, region: place.region });
        return there.operations[name]?.(input, context);
      },
    ]),
  );

/** Makes ECR for one place. */
export const createEcr = (cloud: CloudContext, place: Place): EcrService => {
  const registry = new Registry(cloud, place);
  const scans = new Scans(registry);
  const replication = new Replication(
    registry,
    (destination) => cloud.service<EcrService>('ecr', destination).peer,
  );
  const store = new ImageStore(registry, scans, replication);
  const passwords = new Passwords(registry);
  return {
    operations: acrossAccounts(cloud, place, {
      ...repositoryOperations(registry),
      ...layerOperations(registry, new LayerHost(registry)),
      ...imageOperations(registry, store),
      ...scanOperations(registry, scans),
      ...registryOperations(registry, scans, passwords),
    }),
    registry,
    peer: new RegistryPeer(registry, (repository, image) => scans.pushed(repository, image)),
    blob: (digest) => {
      for (const { blobs } of registry.repositories.values()) {
        const found = blobs.get(digest);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    store: (repositoryName, content) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const digest = digestOf(bytes);
      registry.repository({ repositoryName }).blobs.set(digest, bytes);
      return digest;
    },
    acceptsPassword: (password) => passwords.accepts(password),
    setScanner: (scanner) => scans.setScanner(scanner),
    setScanOptions: (options) => scans.setOptions(options),
    rescan: () => scans.rescan(),
    setReplicationDelay: (delay) => replication.setDelay(delay),
  };
};
