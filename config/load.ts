import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
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
  const loaded = (await import(pathToFileURL(path).href)) as {
    default?: unknown;
    configuration?: unknown;
  };
  return readConfiguration(loaded.configuration ?? loaded.default);
};
