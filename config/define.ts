import type { ConfigurationInput } from './schema.ts';

/** Gives a configuration file its types; nothing is checked before it is read. */
export const defineConfig = (configuration: ConfigurationInput): ConfigurationInput =>
  configuration;
