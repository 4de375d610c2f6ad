import { defineConfig } from '../../config/define.ts';
import type { ConfigurationInput } from '../../config/schema.ts';

/**
 * The sample shop: one service, four environments, production in two Regions.
 * Shares, bake and `minRequests` are chosen for a laptop's load of a few hundred requests a minute.
 */
export const configuration: ConfigurationInput = defineConfig({
  regions: { primary: 'eu-west-1', standby: 'eu-central-1', witness: 'eu-west-3' },
  pipeline: { account: '999999999999' },
  services: {
    checkout: {
      repository: 'shop/checkout',
      workload: {
        port: 8080,
        replicas: { min: 2, max: 2 },
        readiness: '/healthz',
        env: { SHOP_CURRENCY: 'EUR' },
      },
      route: { hosts: ['checkout.example.com'], listener: { importFrom: 'edge' }, priority: 100 },
      gates: { scan: { failOn: 'HIGH' } },
      analysis: {
        errorRate: { max: 0.01 },
        latency: { p99Ms: 800 },
        minRequests: 100,
        patience: '30m',
        settle: '60s',
        xray: true,
      },
    },
  },
  environments: {
    dev: { account: '111111111111', cluster: 'shop-dev', strategy: 'rolling' },
    test: { account: '111111111111', cluster: 'shop-test', strategy: 'rolling' },
    staging: {
      account: '222222222222',
      cluster: 'shop-staging',
      strategy: 'blueGreen',
      traffic: 'none',
      bake: '2m',
    },
    production: {
      account: '333333333333',
      cluster: 'shop-production',
      strategy: { linear: { step: 30, every: '4m' } },
      bake: '4m',
      waves: [['primary'], ['standby']],
    },
  },
});
