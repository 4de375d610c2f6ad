import { defineConfig } from '../config/define.ts';
import type { ConfigurationInput } from '../config/schema.ts';

/**
 * The sample with a production as the design's bounds have it: a linear shift of 30 min, a bake of 30 min, and a standby
 * Region that nobody uses. Written out, so that a change of the sample does not change what is measured.
 */
export const configuration: ConfigurationInput = defineConfig({
  regions: { primary: 'eu-west-1', standby: 'eu-central-1', witness: 'eu-west-3' },
  pipeline: { account: '999999999999' },
  services: {
    checkout: {
      repository: 'shop/checkout',
      workload: { port: 8080, replicas: { min: 2, max: 2 }, readiness: '/healthz' },
      route: { hosts: ['checkout.example.com'], listener: { importFrom: 'edge' }, priority: 100 },
      analysis: { latency: { p99Ms: 800 }, minRequests: 100, settle: '60s', xray: true },
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
      strategy: { linear: { step: 15, every: '5m' } },
      bake: '30m',
      waves: [['primary'], ['standby']],
    },
  },
});
