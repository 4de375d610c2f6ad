import { DEFAULT_GUARD } from '../../../functions/domain/guard-terms.ts';
import { Analysis, type Target } from '../../../functions/domain/target.ts';

/** A production target with two colors, as its stack would register it. ARNs are filled in where a test has real ones. */
export const shopTarget = (over: Partial<Target> = {}): Target => ({
  service: 'checkout',
  environment: 'production',
  region: 'eu-west-1',
  account: '333333333333',
  targetId: 'checkout/production/eu-west-1',
  strategy: { kind: 'linear', stepPercent: 50, everySeconds: 300 },
  bakeSeconds: 600,
  servesUsers: true,
  roleArn: 'arn:aws:iam::333333333333:role/slipway-target',
  externalId: 'slipway-999999999999',
  invokeRoleArn: 'arn:aws:iam::333333333333:role/slipway-invoke',
  cluster: { name: 'shop', namespace: 'checkout' },
  functions: {
    applyWorkload: 'apply',
    checkWorkload: 'check',
    scaleWorkload: 'scale',
    smokeTest: 'smoke',
    probe: null,
  },
  analysis: Analysis.parse({
    errorRatioMax: 0.01,
    latencyP99MsMax: 800,
    requestsMin: 50,
    patienceSeconds: 3_600,
    settleSeconds: 60,
  }),
  guard: DEFAULT_GUARD,
  rollback: { keepPod: false },
  dependencies: { services: [], alarms: [] },
  plainRoute: null,
  shiftable: {
    route: {
      loadBalancerArn:
        'arn:aws:elasticloadbalancing:eu-west-1:333333333333:loadbalancer/app/edge/1',
      loadBalancerFullName: 'app/edge/1',
      dnsName: 'edge.example.com',
      listenerArn: 'arn:aws:elasticloadbalancing:eu-west-1:333333333333:listener/app/edge/1/2',
      hosts: ['checkout.example.com'],
      paths: [],
      weightedRuleArn: 'weighted',
      overrideRuleArn: 'override',
      testRuleArn: 'test',
      targetGroupArns: { blue: 'blue', green: 'green' },
    },
    pointer: { functionName: 'slipway-checkout-production-pointer', alias: 'live' },
    codeDeploy: {
      application: 'slipway-checkout-production',
      group: 'slipway-checkout-production',
      configuration: 'slipway-linear-50-every-5m',
      hooks: { before: 'CodeDeployHook_before', after: 'CodeDeployHook_after' },
    },
    fastPathTable: 'slipway-checkout-production-fast-path',
    alarms: { watched: ['checkout-errors'], composite: 'checkout-errors' },
    xrayGroups: null,
  },
  ...over,
});
