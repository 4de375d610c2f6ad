import { type App, Tags } from 'aws-cdk-lib';
import type { Configuration } from '../config/schema.ts';
import { targetsOf } from '../config/targets.ts';
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
  const bases = new Map<string, BaseStack>();
  const targets = targetsOf(configuration);
  for (const target of targets) {
    const env = { account: target.account, region: target.region };
    const where = `${target.account}-${target.region}`;
    const base =
      bases.get(where) ??
      new BaseStack(app, `slipway-base-${where}`, {
        env,
        stackName: 'slipway-base',
        targets: targets.filter(
          ({ account, region }) => account === env.account && region === env.region,
        ),
      });
    bases.set(where, base);
    const stack = new TargetStack(app, `${target.prefix}-${target.region}`, {
      env,
      stackName: target.prefix,
      configuration,
      target,
      base,
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
