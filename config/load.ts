import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationInvalid } from './problem.ts';
import { readConfiguration } from './read.ts';
import type { Configuration } from './schema.ts';

/**
 * Loads and checks a configuration file (its default export or an export named `configuration`).
 * @throws ConfigurationInvalid where it is absent, is not a configuration, or has problems
 */
export const loadConfiguration = async (file: string): Promise<Configuration> => {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new ConfigurationInvalid([
      {
        path: file,
        found: 'no such file',
        expected: 'a configuration; say which with --config FILE',
      },
    ]);
  }
  const loaded = await imported(file, path);
  return readConfiguration(loaded.configuration ?? loaded.default, dirname(path));
};

const imported = async (
  file: string,
  path: string,
): Promise<{ default?: unknown; configuration?: unknown }> => {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof ConfigurationInvalid) throw error;
    const [said = ''] = String((error as Error).message).split('\n');
    throw new ConfigurationInvalid([
      { path: file, found: said, expected: 'a TypeScript module that Node can load' },
    ]);
  }
};
