import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/world/assemble-once.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A loaded machine is slow, not wrong: these only end what hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    coverage: {
      provider: 'v8',
      include: [
        'config/**/*.ts',
        'functions/**/*.ts',
        'local/**/*.ts',
        'infra/**/*.ts',
        'cli/**/*.ts',
      ],
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
export default config;
