import type { Place } from '../services/service.ts';
import { type Asset, readAssembly, type StackArtifact } from './assembly.ts';
import { deployStack, type StackResult } from './deploy-stack.ts';
import type { Json } from './json.ts';
import { inOrder } from './references.ts';
import { providerOf } from './resource-steps.ts';
import type { StackStore, TemplateCloud } from './stack.ts';
import { TemplateError } from './template.ts';

export interface DeployOptions {
  /** By stack name, then by parameter. */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** Only these (id, display name or stack name) and what they need; all unless told. */
  readonly stacks?: readonly string[];
  /** Leaves what the chosen stacks need as it is. */
  readonly exclusively?: boolean;
  /** The place of stacks that were synthesized for none. */
  readonly place?: Place;
  /** Hears of each stack before its turn. */
  readonly onStack?: (stack: StackArtifact) => void;
}

/** Keeps what templates speak of by bucket and key. */
export interface AssetStore {
  addAsset(asset: Asset): void;
}

const select = (stacks: readonly StackArtifact[], options: DeployOptions): StackArtifact[] => {
  if (options.stacks === undefined) return [...stacks];
  const chosen = new Set<string>();
  const byId = new Map(stacks.map((stack) => [stack.id, stack]));
  const add = (stack: StackArtifact): void => {
    if (chosen.has(stack.id)) return;
    chosen.add(stack.id);
    if (options.exclusively) return;
    for (const id of stack.dependencies) {
      const needed = byId.get(id);
      if (needed) add(needed);
    }
  };
  for (const name of options.stacks) {
    const found = stacks.filter((stack) =>
      [stack.id, stack.displayName, stack.stackName].includes(name),
    );
    if (found.length === 0) {
      const known = stacks.map((stack) => stack.displayName).join(', ');
      throw new TemplateError(`there is no stack ${name} in the assembly; it has ${known}`);
    }
    for (const stack of found) add(stack);
  }
  return stacks.filter((stack) => chosen.has(stack.id));
};

/** All at once, before anything is touched: who runs into one gap wants to know of the others. */
const checkTypes = (cloud: TemplateCloud, stacks: readonly StackArtifact[]): void => {
  const unknown = stacks.flatMap((stack) =>
    Object.entries(stack.template.resources)
      .filter(([, resource]) => providerOf(cloud, resource.type) === undefined)
      .map(
        ([logicalId, { type, path }]) =>
          `${type} in stack ${stack.stackName} at ${path ?? logicalId}`,
      ),
  );
  if (unknown.length > 0) {
    throw new TemplateError(
      `the local cloud does not make these resources, so nothing was deployed:\n  ${unknown.join('\n  ')}`,
    );
  }
};

/** Deploys a cloud assembly, stack after stack in the order of their dependencies. */
export const deployAssembly = async (
  cloud: TemplateCloud & AssetStore,
  directory: string,
  options: DeployOptions = {},
): Promise<StackResult[]> => {
  const assembly = readAssembly(directory, options.place);
  const stacks = select(assembly.stacks, options);
  checkTypes(cloud, stacks);
  for (const asset of assembly.assets) cloud.addAsset(asset);
  const byId = new Map(stacks.map((stack) => [stack.id, stack]));
  const order = inOrder([...byId.keys()], (id) => byId.get(id)?.dependencies ?? [], 'stacks');
  const results: StackResult[] = [];
  for (const id of order) {
    const stack = byId.get(id);
    if (stack === undefined) continue;
    options.onStack?.(stack);
    const store = cloud.service<StackStore & { operations: never }>('cloudformation', stack.place);
    const parameters = {
      ...stack.parameters,
      ...options.parameters?.[stack.stackName],
    };
    results.push(
      await deployStack(cloud, store, {
        name: stack.stackName,
        template: stack.template,
        parameters,
      }),
    );
  }
  return results;
};
