import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const DAY_MS = 24 * 3_600_000;

/** Says whether a folder is there, whole because it came by one rename, and notes that it is used. */
export const isInPlace = (folder: string): boolean => {
  if (!existsSync(folder)) return false;
  const now = new Date(Date.now());
  utimesSync(folder, now, now);
  return true;
};

/** Gives a folder made aside its name. Where another process gave it first, that one's stays: its name says that it is the same. */
export const putInPlace = (aside: string, folder: string): void => {
  try {
    renameSync(aside, folder);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
};

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST'].includes(`${error.code}`);

/** Removes what was not put in place. */
export const discard = (aside: string): void => rmSync(aside, { recursive: true, force: true });

/** Removes what nobody has used for a day; what another process may be reading stays. */
export const discardUnused = (home: string, except: string): void => {
  for (const name of readdirSync(home)) {
    const folder = join(home, name);
    const usedAt = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (name !== except && usedAt < Date.now() - DAY_MS) discard(folder);
  }
};
