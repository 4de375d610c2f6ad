import { App } from 'aws-cdk-lib';
import { loadConfiguration } from '../../../config/load.ts';
import { regionOf } from '../../../config/targets.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { RegistryStack } from './registry-stack.ts';

/** The sample's platform: what stands before Slipway comes. `npx cdk deploy --app 'node examples/shop/platform/app.ts'` makes it. */
const app = new App();
const file =
  (app.node.tryGetContext('config') as string | undefined) ?? 'examples/shop/slipway.config.ts';
const configuration = await loadConfiguration(file);
const { primary, standby } = configuration.regions;

new RegistryStack(app, 'shop-registry', {
  env: { account: configuration.pipeline.account, region: primary },
  repositories: Object.values(configuration.services).map(({ repository }) => repository),
  replicateTo: standby === undefined ? [] : [standby],
});
let network = 0;
for (const [environment, settings] of Object.entries(configuration.environments)) {
  for (const wave of settings.waves.flat()) {
    const region = regionOf(configuration, wave);
    network += 1;
    new EnvironmentStack(app, `shop-${environment}-${region}`, {
      env: { account: settings.account, region },
      stackName: `shop-${environment}`,
      environment,
      cluster: settings.cluster,
      network,
    });
  }
}
app.synth();
