import { emitReplication } from './image-events.ts';
import type { Registry, ReplicaState } from './registry.ts';
import { newImage, type Repository, type StoredImage } from './repository.ts';

/** Most images arrive within half an hour (User Guide, "Private image replication"). */
const DELAY = { least: 10_000, spread: 110_000 };

/** Copies pushed images to the registries that the replication configuration names. */
export class Replication {
  readonly #registry: Registry;
  readonly #registryIn: (place: { account: string; region: string }) => RegistryPeer;
  #delay: (() => number) | undefined;

  constructor(
    registry: Registry,
    registryIn: (place: { account: string; region: string }) => RegistryPeer,
  ) {
    this.#registry = registry;
    this.#registryIn = registryIn;
  }

  /** Sets how many milliseconds a copy takes; 10 to 120 seconds unless set. */
  setDelay(delay: () => number): void {
    this.#delay = delay;
  }

  /** Sets off the copies of a push. What arrives is not replicated further. */
  pushed(repository: Repository, image: StoredImage, tag: string | undefined): void {
    for (const destination of this.#destinations(repository)) {
      this.#copy(repository, image, tag, destination);
    }
  }

  #destinations(repository: Repository): readonly { account: string; region: string }[] {
    const places = new Map<string, { account: string; region: string }>();
    for (const { destinations = [], repositoryFilters = [] } of this.#registry.replication.rules ??
      []) {
      const included =
        repositoryFilters.length === 0 ||
        repositoryFilters.some(({ filter }) => repository.name.startsWith(filter ?? ''));
      if (!included) continue;
      for (const { region = '', registryId = '' } of destinations) {
        places.set(`${registryId} ${region}`, { account: registryId, region });
      }
    }
    return [...places.values()];
  }

  #copy(
    repository: Repository,
    image: StoredImage,
    tag: string | undefined,
    place: { account: string; region: string },
  ): void {
    const { cloud } = this.#registry;
    const key = `${repository.name} ${image.digest}`;
    const states = this.#registry.replicas.get(key) ?? [];
    this.#registry.replicas.set(key, states);
    const known = states.find(
      ({ region, registryId }) => region === place.region && registryId === place.account,
    );
    const state: ReplicaState = known ?? {
      region: place.region,
      registryId: place.account,
      status: 'IN_PROGRESS',
    };
    if (known === undefined) states.push(state);
    state.status = 'IN_PROGRESS';
    const delay = this.#delay?.() ?? DELAY.least + Math.floor(cloud.random() * DELAY.spread);
    cloud.clock.at(cloud.clock.now() + delay, () => {
      const peer = this.#registryIn(place);
      const allowed = peer.accepts(this.#registry.id);
      if (allowed) peer.receive(repository, image, tag);
      state.status = allowed ? 'COMPLETE' : 'FAILED';
      if (!allowed) state.failureCode = 'AccessDenied';
      emitReplication(this.#registry, peer.registry, state, {
        repository: repository.name,
        digest: image.digest,
        tag,
      });
    });
  }
}

/** A destination's side of replication. */
export class RegistryPeer {
  readonly registry: Registry;
  readonly #scanPushed: (repository: Repository, image: StoredImage) => void;

  constructor(
    registry: Registry,
    scanPushed: (repository: Repository, image: StoredImage) => void,
  ) {
    this.registry = registry;
    this.#scanPushed = scanPushed;
  }

  /** Another account's registry needs this registry's policy to say so. */
  accepts(sourceAccount: string): boolean {
    return (
      sourceAccount === this.registry.id ||
      (this.registry.policy?.includes('ecr:ReplicateImage') === true &&
        this.registry.policy.includes(sourceAccount))
    );
  }

  /** Takes in a copy with all that it consists of; a tag that is taken and immutable is left out. */
  receive(source: Repository, image: StoredImage, tag: string | undefined): void {
    const target =
      this.registry.repositories.get(source.name) ??
      this.registry.create({ repositoryName: source.name });
    const copy = this.#receive(source, target, image);
    if (tag === undefined) return;
    const holder = target.tagged(tag);
    if (holder === undefined || holder === copy || !target.isImmutable(tag)) target.tag(copy, tag);
  }

  #receive(source: Repository, target: Repository, image: StoredImage): StoredImage {
    const known = target.images.get(image.digest);
    if (known !== undefined) return known;
    const { manifest } = image;
    for (const { digest } of [...(manifest.config ? [manifest.config] : []), ...manifest.parts]) {
      const child = source.images.get(digest);
      const blob = source.blobs.get(digest);
      if (manifest.kind === 'index' && child !== undefined) this.#receive(source, target, child);
      else if (blob !== undefined) target.blobs.set(digest, blob);
    }
    const copy = newImage(
      image.manifestText,
      manifest,
      image.digest,
      this.registry.cloud.clock.now(),
    );
    target.images.set(copy.digest, copy);
    this.#scanPushed(target, copy);
    return copy;
  }
}
