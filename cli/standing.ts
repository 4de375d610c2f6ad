import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const whereTyped = process.cwd();
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** From here on what belongs to the project is found from its own root, wherever the command was typed. */
export const standInRoot = (): void => process.chdir(root);

/** A file that a person named: meant from where they typed it. */
export const named = (file: string): string =>
  whereTyped === root ? file : resolve(whereTyped, file);
