import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Place } from '../services/service.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { inOrder } from './references.ts';
import { readTemplate, type Template, TemplateError } from './template.ts';

/** A file or directory that templates speak of by bucket and key. */
export interface Asset {
  readonly bucket: string;
  readonly key: string;
  /** Where it lies on disk: a directory, or a file. */
  readonly path: string;
}

/** One stack of a cloud assembly. */
export interface StackArtifact {
  readonly id: string;
  readonly displayName: string;
  readonly stackName: string;
  readonly place: Place;
  readonly template: Template;
  readonly parameters: Readonly<Record<string, Json>>;
  /** Ids of the stacks that must be there before. */
  readonly dependencies: readonly string[];
}

/** What `cdk synth` leaves: stacks in the order of their dependencies, and the assets that they need. */
export interface Assembly {
  readonly stacks: readonly StackArtifact[];
  readonly assets: readonly Asset[];
}

const readJson = (path: string): JsonObject => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TemplateError(`${path} cannot be read; run the synthesis first (npx cdk synth)`, {
      cause,
    });
  }
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new TemplateError(`${path} must be a JSON object`);
  return value;
};

const member = (value: JsonObject, name: string): JsonObject => {
  const found = value[name];
  return isObject(found) ? found : {};
};

const names = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];

const placeOf = (environment: Json | undefined, fallback: Place | undefined, id: string): Place => {
  const match = /^aws:\/\/([^/]+)\/(.+)$/.exec(String(environment));
  const account = match?.[1] === 'unknown-account' ? fallback?.account : match?.[1];
  const region = match?.[2] === 'unknown-region' ? fallback?.region : match?.[2];
  if (account === undefined || region === undefined) {
    throw new TemplateError(
      `stack ${id} has the environment ${String(environment)}; give the stack an account and a Region (env), or deploy it with a default place`,
    );
  }
  return { account, region };
};

/** Names of buckets and keys may still name the place by pseudo parameters where a stack has no fixed environment. */
const inPlace = (text: string, place: Place): string =>
  text.replace(/\$\{AWS::(AccountId|Region|Partition)\}/g, (_, name) => {
    if (name === 'Partition') return 'aws';
    return name === 'Region' ? place.region : place.account;
  });

const readAssets = (directory: string, file: string, place: Place): Asset[] => {
  const assets: Asset[] = [];
  for (const entry of Object.values(member(readJson(join(directory, file)), 'files'))) {
    if (!isObject(entry)) continue;
    const source = member(entry, 'source')['path'];
    if (typeof source !== 'string') continue;
    for (const destination of Object.values(member(entry, 'destinations'))) {
      if (!isObject(destination)) continue;
      assets.push({
        bucket: inPlace(String(destination['bucketName']), place),
        key: inPlace(String(destination['objectKey']), place),
        path: resolve(directory, source),
      });
    }
  }
  return assets;
};

const readStack = (
  id: string,
  artifact: JsonObject,
  directory: string,
  fallback: Place | undefined,
): StackArtifact => {
  const properties = member(artifact, 'properties');
  const file = String(properties['templateFile']);
  let template: Template;
  try {
    template = readTemplate(readJson(join(directory, file)));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TemplateError(`stack ${id}: ${error.message}`, { cause: error });
  }
  return {
    id,
    displayName: typeof artifact['displayName'] === 'string' ? artifact['displayName'] : id,
    stackName: typeof properties['stackName'] === 'string' ? properties['stackName'] : id,
    place: placeOf(artifact['environment'], fallback, id),
    template,
    parameters: member(properties, 'parameters'),
    dependencies: names(artifact['dependencies']),
  };
};

const collect = (directory: string, fallback: Place | undefined): Assembly => {
  const artifacts = member(readJson(join(directory, 'manifest.json')), 'artifacts');
  const stacks: StackArtifact[] = [];
  const assets: Asset[] = [];
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isObject(artifact)) continue;
    const properties = member(artifact, 'properties');
    if (artifact['type'] === 'cdk:cloud-assembly') {
      const nested = collect(join(directory, String(properties['directoryName'])), fallback);
      stacks.push(...nested.stacks);
      assets.push(...nested.assets);
    }
    if (artifact['type'] !== 'aws:cloudformation:stack') continue;
    const stack = readStack(id, artifact, directory, fallback);
    stacks.push(stack);
    for (const needed of stack.dependencies) {
      const dependency = artifacts[needed];
      if (isObject(dependency) && dependency['type'] === 'cdk:asset-manifest') {
        const file = String(member(dependency, 'properties')['file']);
        assets.push(...readAssets(directory, file, stack.place));
      }
    }
  }
  return { stacks, assets };
};

/** Reads a cloud assembly (`cdk.out`), stages inside it included. `fallback` is the place of stacks without one. */
export const readAssembly = (directory: string, fallback?: Place): Assembly => {
  const { stacks, assets } = collect(resolve(directory), fallback);
  const byId = new Map(stacks.map((stack) => [stack.id, stack]));
  const order = inOrder([...byId.keys()], (id) => byId.get(id)?.dependencies ?? [], 'stacks');
  return { stacks: order.flatMap((id) => byId.get(id) ?? []), assets };
};
