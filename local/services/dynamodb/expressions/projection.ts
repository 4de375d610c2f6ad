import type { AwsError } from '../../aws-error.ts';
import { type AttributeValue, attribute, type Item, setAttribute } from '../attribute-value.ts';
import { validation } from '../errors.ts';
import { ExpressionReader, type Path } from './expression-reader.ts';
import {
  type Bindings,
  compiledOnce,
  type Placeholders,
  printedPath,
  resolvedPath,
} from './placeholders.ts';

/** A path with its placeholders replaced. */
export type ResolvedPath = readonly (string | number)[];

/** A ProjectionExpression, ready to be applied. */
export interface CompiledProjection extends Placeholders {
  readonly paths: readonly Path[];
}

type Tree = Map<string | number, Tree | true>;

const treeOf = (paths: readonly ResolvedPath[]): Tree => {
  const root: Tree = new Map();
  for (const path of paths) {
    let tree = root;
    path.forEach((part, depth) => {
      if (depth === path.length - 1) {
        tree.set(part, true);
        return;
      }
      const known = tree.get(part);
      const child: Tree = known === undefined || known === true ? new Map() : known;
      tree.set(part, child);
      tree = child;
    });
  }
  return root;
};

const prune = (value: AttributeValue, tree: Tree | true): AttributeValue | undefined => {
  if (tree === true) return value;
  if (value.M !== undefined) {
    const kept = pruneMap(value.M, tree);
    return Object.keys(kept).length === 0 ? undefined : { M: kept };
  }
  if (value.L === undefined) return undefined;
  const kept: AttributeValue[] = [];
  const indexes = [...tree.keys()].filter((part) => typeof part === 'number');
  for (const index of indexes.sort((a, b) => a - b)) {
    const element = value.L[index];
    const subtree = tree.get(index);
    if (element === undefined || subtree === undefined) continue;
    const pruned = prune(element, subtree);
    if (pruned !== undefined) kept.push(pruned);
  }
  return kept.length === 0 ? undefined : { L: kept };
};

const pruneMap = (item: Item, tree: Tree): Item => {
  const kept: Record<string, AttributeValue> = {};
  for (const [part, subtree] of tree) {
    if (typeof part === 'number') continue;
    const value = attribute(item, part);
    const pruned = value === undefined ? undefined : prune(value, subtree);
    if (pruned !== undefined) setAttribute(kept, part, pruned);
  }
  return kept;
};

/** Only what lies at the paths; list elements close up. */
export const projected = (item: Item, paths: readonly ResolvedPath[]): Item =>
  pruneMap(item, treeOf(paths));

/** Refuses paths of which one contains another, or that see one value as map and list. */
export const checkDistinct = (
  paths: readonly ResolvedPath[],
  fail: (problem: string) => AwsError,
): void => {
  for (let second = 1; second < paths.length; second += 1) {
    for (let first = 0; first < second; first += 1) {
      const relation = relationOf(paths[first] ?? [], paths[second] ?? []);
      if (relation === undefined) continue;
      throw fail(
        `Two document paths ${relation} with each other; must remove or rewrite one of these paths; path one: ${printedPath(paths[first] ?? [])}, path two: ${printedPath(paths[second] ?? [])}`,
      );
    }
  }
};

const relationOf = (a: ResolvedPath, b: ResolvedPath): 'overlap' | 'conflict' | undefined => {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    if (a[at] === b[at]) continue;
    return typeof a[at] === typeof b[at] ? undefined : 'conflict';
  }
  return 'overlap';
};

/** The paths of a compiled projection in one request. */
export const projectedPaths = (
  projection: CompiledProjection,
  bindings: Bindings,
): readonly ResolvedPath[] => projection.paths.map((path) => resolvedPath(path, bindings));

/** Compiles a ProjectionExpression, once per text. */
export const compileProjection: (text: string) => CompiledProjection = compiledOnce((text) => {
  const kind = 'ProjectionExpression';
  const reader = new ExpressionReader(kind, text);
  const paths: Path[] = [];
  do paths.push(reader.takePath());
  while (reader.takeMark(',') !== undefined);
  reader.expectEnd();
  const check = (bindings: Bindings): void =>
    checkDistinct(
      paths.map((path) => resolvedPath(path, bindings)),
      (problem) => validation(`Invalid ${kind}: ${problem}`),
    );
  return { kind, paths, names: reader.names, values: reader.values, checks: [check] };
});
