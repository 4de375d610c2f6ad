import { type App, Tags } from 'aws-cdk-lib';
import type { Configuration } from '../config/schema.ts';
import { type ConfiguredTarget, targetsOf } from '../config/targets.ts';
import { acceptWithReasons } from './rules/accepted.ts';
import { BaseStack } from './stacks/base-stack.ts';
import { LedgerStack } from './stacks/ledger-stack.ts';
import { PipelineStack } from './stacks/pipeline-stack.ts';
import { ServiceStack } from './stacks/service-stack.ts';
import { TargetStack } from './stacks/target-stack.ts';

/** All of Slipway for one configuration: ledger, pipeline, what each account needs, the targets, the services. */
export const buildStacks = (app: App, configuration: Configuration): void => {
  const place = { account: configuration.pipeline.account, region: configuration.regions.primary };
  const ledger = new LedgerStack(app, 'slipway-ledger', { env: place });
  const pipeline = new PipelineStack(app, 'slipway-pipeline', {
    env: place,
    configuration,
    ledger,
    place,
  });
  const targets = targetsOf(configuration);
  const baseOf = basesFor(app, targets);
  for (const target of targets) {
    const env = { account: target.account, region: target.region };
    const stack = new TargetStack(app, `${target.prefix}-${target.region}`, {
      env,
      stackName: target.prefix,
      configuration,
      target,
      base: baseOf.get(placeOf(target)) ?? null,
    });
    stack.addStackDependency(pipeline);
  }
  for (const [service, settings] of Object.entries(configuration.services)) {
    const stack = new ServiceStack(app, `slipway-${service}`, {
      env: place,
      configuration,
      service,
      settings,
    });
    stack.addStackDependency(pipeline);
    for (const target of targets.filter((one) => one.service === service)) {
      const targetStack = app.node.tryFindChild(`${target.prefix}-${target.region}`);
      if (targetStack instanceof TargetStack) stack.addStackDependency(targetStack);
    }
  }
  Tags.of(app).add('application', 'slipway');
  acceptWithReasons(app, configuration);
};

const placeOf = ({ account, region }: ConfiguredTarget): string => `${account}-${region}`;

/** One color has no table and no queue of its own, so a place with nothing else needs neither key nor schedules, and no stack that would pay for them. */
const basesFor = (app: App, targets: readonly ConfiguredTarget[]): Map<string, BaseStack> => {
  const bases = new Map<string, BaseStack>();
  const shiftable = targets.filter(({ colors }) => colors === 2);
  for (const target of shiftable) {
    const place = placeOf(target);
    if (bases.has(place)) continue;
    const base = new BaseStack(app, `slipway-base-${place}`, {
      env: { account: target.account, region: target.region },
      stackName: 'slipway-base',
      targets: shiftable.filter((one) => placeOf(one) === place),
    });
    bases.set(place, base);
  }
  return bases;
};
