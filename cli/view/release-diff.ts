import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import { unpacked } from '../../config/workload.ts';
import type { Slot } from '../../functions/domain/cluster-inputs.ts';
import type { Manifest } from '../../functions/domain/manifests.ts';
import { groupOf, repositoryOf } from '../../functions/domain/prepared.ts';
import type { ServiceRecord } from '../../functions/domain/release.ts';
import { slotObjects } from '../../functions/domain/slot-objects.ts';
import { type Color, otherColor, type Target } from '../../functions/domain/target.ts';
import { isOwn, type Workload } from '../../functions/domain/workload.ts';

/** A pair as it would run: image and configuration. */
export interface Side {
  readonly version: string | null;
  readonly digest: string;
  readonly configDigest: string;
  readonly workload: Workload;
}

/** What becomes of one object. */
export interface ObjectChange {
  readonly kind: string;
  /** As it is called in the cluster, without its color. */
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Unified. */
  readonly patch: string;
}

/** Where a pair is rendered: both sides in the slot that the new one would get, so that only what differs shows. */
export interface Rendering {
  readonly target: Target;
  readonly service: ServiceRecord;
  readonly liveColor: Color | null;
}

/** What differs from release to release by its nature, and says nothing about what runs. */
const NO_RELEASE = 'release';

/** The objects of the new pair beside those of the live one, in the order in which they are applied. */
export const objectChanges = (at: Rendering, live: Side | null, next: Side): ObjectChange[] => {
  const color = colorOf(at);
  const before = live === null ? [] : rendered(at, color, live);
  const after = rendered(at, color, next);
  const pairs = paired(before, after);
  const gone = before.filter((one) => !pairs.some((pair) => pair.before === one));
  return [...pairs, ...gone.map((one) => ({ before: one, after: undefined }))].flatMap((pair) =>
    changeOf(pair, color),
  );
};

const colorOf = ({ target, liveColor }: Rendering): Color =>
  target.shiftable === null || liveColor === null ? 'blue' : otherColor(liveColor);

const rendered = ({ target, service }: Rendering, color: Color, side: Side): Manifest[] => {
  const slot: Slot = {
    service: target.service,
    environment: target.environment,
    color,
    releaseId: NO_RELEASE,
    rolloutId: NO_RELEASE,
    repository: repositoryOf(service),
    digest: side.digest,
    configDigest: side.configDigest,
    workload: side.workload,
    targetGroupArn: groupOf(target, color),
    replacement: target.strategy.kind === 'recreate' ? 'Recreate' : 'RollingUpdate',
  };
  return slotObjects(slot, {
    namespace: target.cluster.namespace,
    region: target.region,
    appliedAt: '',
    replaces: null,
    own: isOwn(side.workload) ? unpacked(side.workload.objects) : [],
  });
};

interface Pair {
  readonly before: Manifest | undefined;
  readonly after: Manifest | undefined;
}

const isCalled = (one: Manifest, kind: string, name: string): boolean =>
  one.kind === kind && one.metadata.name === name;

/** Objects of one name; and where kustomize put the hash of the content into it, of one name but for the hash. */
const paired = (before: readonly Manifest[], after: readonly Manifest[]): Pair[] =>
  after.map((one) => {
    const { kind, metadata } = one;
    const same = before.find((each) => isCalled(each, kind, metadata.name));
    const like = before.find(
      (each) =>
        each.kind === kind &&
        unhashed(each.metadata.name) === unhashed(metadata.name) &&
        !after.some((other) => isCalled(other, kind, each.metadata.name)),
    );
    return { before: same ?? like, after: one };
  });

/** `checkout-settings-7b8c2kd4mh-green` → `checkout-settings-green`: kustomize writes hexadecimal without vowels and lookalikes. */
const unhashed = (name: string): string =>
  name.replace(/-[2456789bcdfghkmt]{10}(?=-(blue|green)$)/, '');

const changeOf = ({ before, after }: Pair, color: Color): ObjectChange[] => {
  const [old, young] = [textOf(before), textOf(after)];
  if (old === young) return [];
  const one = after ?? before;
  const called = (each: Manifest | undefined): string =>
    each === undefined ? '/dev/null' : `${each.kind}/${nameOf(each, color)}`;
  const patch = createTwoFilesPatch(called(before), called(after), old, young, '', '', {
    context: 3,
  });
  return [
    {
      kind: one?.kind ?? '',
      name: one === undefined ? '' : nameOf(one, color),
      change: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
      // What stands before the two names is for tools that look for files.
      patch: patch.slice(patch.indexOf('--- ')),
    },
  ];
};

const nameOf = ({ metadata }: Manifest, color: Color): string =>
  metadata.name.replace(new RegExp(`-${color}$`), '');

/** As YAML with sorted keys, without what only says which release it is. */
const textOf = (manifest: Manifest | undefined): string =>
  manifest === undefined
    ? ''
    : stringify(unnamed(manifest), { sortMapEntries: true, lineWidth: 0 });

const BOOKKEEPING =
  /^slipway\.dev\/(applied-at|rollout|release|replaces|replicas|config-digest|color|slot)$/;

const unnamed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(unnamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      BOOKKEEPING.test(key) ? [] : [[key, unnamed(inner)]],
    ),
  );
};
