import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import type { FunctionCode } from './function-record.ts';

/** A handler as Node's runtime calls it. */
export type Handler = (
  event: unknown,
  context: unknown,
  callback?: (error: unknown, result?: unknown) => void,
) => unknown;

/** Code that can't be loaded, under the name that Lambda's runtime gives the failure. */
export class HandlerLoadError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Exports = Readonly<Record<string, unknown>>;

/** Where bundles are found: the module system's cache makes each path one module for all functions. */
const load = createRequire(import.meta.url);
const inlineModules = new Map<string, Promise<Exports>>();

const fromFile = async (file: string): Promise<Exports> => {
  try {
    return load(file) as Exports;
  } catch (error) {
    // A module with top-level await can only be imported.
    if ((error as { code?: string }).code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return (await import(file)) as Exports;
  }
};

const fromText = async (text: string): Promise<Exports> => {
  const isModule = /^\s*(?:import\s[^(]|export\s)/m.test(text);
  if (isModule) {
    return (await import(
      `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
    )) as Exports;
  }
  const module = { exports: {} as Exports };
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  const run = compileFunction(text, names, { filename: '/var/task/index.js' });
  run(module.exports, load, module, '/var/task/index.js', '/var/task');
  return module.exports;
};

const moduleOf = (code: FunctionCode, modulePath: string): Promise<Exports> => {
  const { source } = code;
  if ('inline' in source) {
    const key = createHash('sha256').update(source.inline).digest('hex');
    const known = inlineModules.get(key);
    if (known !== undefined) return known;
    const loading = fromText(source.inline);
    inlineModules.set(key, loading);
    return loading;
  }
  const base = path.join(source.directory, modulePath);
  const file = ['.mjs', '.js', '.cjs'].map((ending) => base + ending).find(existsSync);
  if (file === undefined) {
    throw new HandlerLoadError(
      'Runtime.ImportModuleError',
      `Error: Cannot find module '${modulePath}'\nRequire stack:\n- /var/runtime/index.mjs`,
    );
  }
  return fromFile(file);
};

/** The function that `handler` (`index.handler`) names in the code. */
export const loadHandler = async (code: FunctionCode, handler: string): Promise<Handler> => {
  const match = /^((?:.*\/)?[^./][^.]*)\.(.+)$/.exec(handler);
  if (match === null) throw new HandlerLoadError('Runtime.MalformedHandlerName', 'Bad handler');
  const [, modulePath = '', exported = ''] = match;
  let found: unknown;
  try {
    found = await moduleOf(code, modulePath);
  } catch (error) {
    if (error instanceof HandlerLoadError) throw error;
    const name =
      error instanceof SyntaxError ? 'Runtime.UserCodeSyntaxError' : 'Runtime.ImportModuleError';
    throw new HandlerLoadError(name, String(error));
  }
  const start = found as { default?: unknown };
  for (const step of exported.split('.')) {
    const holder = found as Record<string, unknown> | undefined;
    found = holder?.[step] ?? (found === start ? (start.default as Exports)?.[step] : undefined);
  }
  if (typeof found !== 'function') {
    throw new HandlerLoadError(
      'Runtime.HandlerNotFound',
      `${handler} is undefined or not exported`,
    );
  }
  return found as Handler;
};
