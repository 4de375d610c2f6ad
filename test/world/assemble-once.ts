import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../../cli/laptop/assemblies.ts';

const FIXTURES = 'test/fixtures/configurations';

/** Synthesizes every configuration that tests launch, before the first of them: no test waits for it. */
export const setup = async (): Promise<void> => {
  const fixtures = readdirSync(FIXTURES).filter((name) => name.endsWith('.config.ts'));
  for (const config of [
    'examples/shop/slipway.config.ts',
    ...fixtures.map((name) => join(FIXTURES, name)),
  ]) {
    await assemble(config);
  }
};
