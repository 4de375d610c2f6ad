import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256 in hexadecimal. */
export const digestOf = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/** One digest of all files at and below paths, by their names and their contents. */
export const digestOfFiles = (paths: readonly string[]): string =>
  digestOf(
    paths
      .flatMap(filesBelow)
      .sort()
      .map((file) => `${file} ${digestOfFile(file)}`)
      .join('\n'),
  );

const filesBelow = (path: string): string[] => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
};

interface Known {
  readonly state: string;
  readonly digest: string;
}
/** Files are asked about before every launch, and hardly ever change. */
const known = new Map<string, Known>();

const digestOfFile = (file: string): string => {
  const { mtimeMs, ctimeMs, size, ino } = statSync(file);
  const state = [mtimeMs, ctimeMs, size, ino].join(' ');
  const before = known.get(file);
  if (before?.state === state) return before.digest;
  const digest = digestOf(readFileSync(file));
  known.set(file, { state, digest });
  return digest;
};
