import { nameOf, paint, shortDigest } from '../print.ts';
import type { SettingChange } from './planned.ts';
import type { ObjectChange } from './release-diff.ts';

/** A pair, as people and machines are told of it. */
export interface PairName {
  readonly version: string | null;
  readonly digest: string;
  readonly configDigest: string;
}

/** What a release would change on one target. */
export interface TargetDiff {
  readonly service: string;
  readonly environment: string;
  readonly region: string;
  /** Null: nothing is live there. */
  readonly live: PairName | null;
  readonly next: PairName;
  readonly objects: readonly ObjectChange[];
  /** What deploying the target's stack would change. */
  readonly settings: readonly SettingChange[];
}

/** Says whether anything would change there. */
export const differs = ({ live, next, objects, settings }: TargetDiff): boolean =>
  live?.digest !== next.digest ||
  live.configDigest !== next.configDigest ||
  objects.length > 0 ||
  settings.length > 0;

/** One target's difference, in lines. */
export const diffLines = (diff: TargetDiff): string[] => {
  const place = paint('bold', `${diff.service} ${diff.environment} ${diff.region}`);
  if (!differs(diff)) return [`${place}: no difference, ${nameOf(diff.live)} is live`];
  return [
    place,
    ...pairLines(diff),
    ...diff.settings.map(
      ({ setting, from, to }) =>
        `  ${setting}  ${shown(from)} → ${shown(to)} (when its stack is deployed)`,
    ),
    ...diff.objects.flatMap(objectLines),
  ];
};

const pairLines = ({ live, next }: TargetDiff): string[] => {
  if (live === null) return [`  image   ${imageOf(next)}, the first here`];
  return [
    live.digest === next.digest
      ? `  image   ${imageOf(live)}, unchanged`
      : `  image   ${imageOf(live)} → ${imageOf(next)}`,
    live.configDigest === next.configDigest
      ? `  config  ${shortDigest(live.configDigest)}, unchanged`
      : `  config  ${shortDigest(live.configDigest)} → ${shortDigest(next.configDigest)}`,
  ];
};

const imageOf = (pair: PairName): string =>
  pair.version === null
    ? shortDigest(pair.digest)
    : `${pair.version} (${shortDigest(pair.digest)})`;

const shown = (value: unknown): string => JSON.stringify(value ?? null);

const objectLines = ({ kind, name, change, patch }: ObjectChange): string[] => [
  '',
  `  ${kind} ${name} ${change}`,
  ...patch.trimEnd().split('\n').map(painted),
];

const painted = (line: string): string => {
  if (/^(---|\+\+\+) /.test(line)) return paint('bold', line);
  if (line.startsWith('@@')) return paint('cyan', line);
  if (line.startsWith('+')) return paint('green', line);
  return line.startsWith('-') ? paint('red', line) : line;
};
