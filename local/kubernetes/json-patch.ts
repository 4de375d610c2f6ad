import { isDeepStrictEqual } from 'node:util';
import { badRequest, KubernetesError } from './status.ts';

interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Node = Record<string, unknown> | unknown[];

/** RFC 6902. A failed test or a missing path refuses the whole patch. */
export const jsonPatch = (live: unknown, patch: unknown): unknown => {
  if (!Array.isArray(patch)) {
    throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  const document = { root: structuredClone(live) };
  for (const operation of patch as JsonPatchOperation[]) run(document, operation);
  return document.root;
};

const run = (document: { root: unknown }, operation: JsonPatchOperation): void => {
  const { op, path, from = '' } = operation;
  const effect = effects[op];
  if (effect === undefined) throw badRequest(`Unexpected kind: ${String(op)}`);
  effect(document, path, from, operation.value);
};

type Effect = (document: { root: unknown }, path: string, from: string, value: unknown) => void;

const effects: Readonly<Record<string, Effect>> = {
  add: (document, path, _, value) => put(document, path, value, true),
  replace: (document, path, _, value) => {
    read(document, path, 'replace');
    put(document, path, value, false);
  },
  remove: (document, path) => remove(document, path, 'remove'),
  test: (document, path, _, value) => {
    if (!isDeepStrictEqual(read(document, path, 'test'), value)) {
      throw refused(`testing value ${path} failed`);
    }
  },
  copy: (document, path, from) =>
    put(document, path, structuredClone(read(document, from, 'copy')), true),
  move: (document, path, from) => {
    const moved = read(document, from, 'move');
    remove(document, from, 'move');
    put(document, path, moved, true);
  },
};

const refused = (message: string): KubernetesError =>
  new KubernetesError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${message}`,
    {},
  );

const parse = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const parentOf = (document: { root: unknown }, path: string, op: string): [Node, string] => {
  const parts = parse(path);
  const last = parts.pop() ?? '';
  if (
    ['__proto__', 'constructor', 'prototype'].some((part) => part === last || parts.includes(part))
  ) {
    throw refused(`${op} operation does not apply: doc is missing path: "${path}"`);
  }
  let node: unknown = document.root;
  for (const part of parts) node = (node as Record<string, unknown> | undefined)?.[part];
  if (typeof node !== 'object' || node === null) {
    throw refused(`${op} operation does not apply: doc is missing path: "${path}"`);
  }
  return [node as Node, last];
};

const read = (document: { root: unknown }, path: string, op: string): unknown => {
  const [node, key] = parentOf(document, path, op);
  const value = (node as Record<string, unknown>)[key];
  if (value === undefined) {
    throw refused(`${op} operation does not apply: doc is missing key: ${path}`);
  }
  return value;
};

const put = (document: { root: unknown }, path: string, value: unknown, inserts: boolean): void => {
  const [node, key] = parentOf(document, path, 'add');
  if (!Array.isArray(node)) {
    node[key] = value;
    return;
  }
  const index = key === '-' ? node.length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > node.length) {
    throw refused(`add operation does not apply: index ${key} is out of bounds`);
  }
  node.splice(index, inserts ? 0 : 1, value);
};

const remove = (document: { root: unknown }, path: string, op: string): void => {
  read(document, path, op);
  const [node, key] = parentOf(document, path, op);
  if (Array.isArray(node)) node.splice(Number(key), 1);
  else delete node[key];
};
