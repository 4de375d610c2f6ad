/**
 * The functions that Step Functions adds to JSONata, and the one that it takes away.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import { createHash } from 'node:crypto';
import { ambience, jsonata } from './synchronous-jsonata.ts';

/** The most elements that one `$range` may give: measured on AWS, https://github.com/floci-io/floci/pull/2783 */
const rangeMost = 360_145;

const refusal = (message: string): unknown => ({ code: 'D3137', message, stack: '' });

/** Thrown where AWS says that an expression needs too much memory; it has no code. */
const memory = {
  message: 'Expression evaluation memory limit exceeded: Check for excessive memory usage',
};

const partition = (given: unknown, size?: number): unknown => {
  if (given === undefined) return undefined;
  if (given === null) {
    throw { code: 'T0412', index: 1, token: 'partition', type: 'any', stack: '' };
  }
  const array: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (size === undefined) return [array];
  const chunk = Math.trunc(size);
  if (chunk < 0) throw refusal('Second argument must be zero or greater');
  if (chunk === 0 || array.length === 0) return undefined;
  const chunks: unknown[] = [];
  for (let at = 0; at < array.length; at += chunk) chunks.push(array.slice(at, at + chunk));
  return chunks;
};

const range = (from?: number, to?: number, by?: number): unknown => {
  if (from === undefined || to === undefined || by === undefined) return undefined;
  const [start, end, step] = [Math.trunc(from), Math.trunc(to), Math.trunc(by)];
  if (step === 0 || (step > 0 ? start > end : start < end)) return undefined;
  const count = Math.floor((end - start) / step) + 1;
  if (count > rangeMost) throw memory;
  if (count === 1) return start;
  return Array.from({ length: count }, (_, index) => start + index * step);
};

const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const hash = (text?: string, algorithm?: string): unknown => {
  if (text === undefined || algorithm === undefined) return undefined;
  const name = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
  if (name === undefined) {
    throw refusal(
      `Unsupported hashing algorithm: ${algorithm}. Supported algorithms: ${Object.keys(algorithms).join(', ')}`,
    );
  }
  return createHash(name).update(text, 'utf8').digest('hex');
};

/** With a seed, the first `nextDouble()` of a Java `Random`, which is what AWS answers. */
const random = (seed?: number): number => {
  if (seed === undefined) return ambience().random();
  const mask = (1n << 48n) - 1n;
  const multiplier = 0x5deece66dn;
  let state = (BigInt(Math.trunc(seed)) ^ multiplier) & mask;
  const next = (bits: bigint): bigint => {
    state = (state * multiplier + 0xbn) & mask;
    return state >> (48n - bits);
  };
  const high = next(26n);
  return Number((high << 27n) + next(27n)) / 2 ** 53;
};

const parse = (text?: string): unknown => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('Invalid JSON');
  }
};

const define = (name: string, implementation: (...args: never[]) => unknown, signature: string) => {
  jsonata.staticFrame.bind(name, jsonata.defineFunction(implementation, signature));
};

define('partition', partition, '<xn?:a>');
define('range', range, '<nnn?:a>');
define('hash', hash, '<ss?:s>');
define('random', random, '<n?:n>');
define('uuid', () => ambience().uuid(), '<:s>');
define('parse', parse, '<s?:j>');
jsonata.staticFrame.bind('eval', undefined);

/** The engine with Step Functions' own functions. */
export { jsonata } from './synchronous-jsonata.ts';
