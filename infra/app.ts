import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { loadConfiguration } from '../config/load.ts';
import { buildStacks } from './slipway.ts';

const app = new App();
const file =
  (app.node.tryGetContext('config') as string | undefined) ?? 'examples/shop/slipway.config.ts';
buildStacks(app, await loadConfiguration(file));
// The local cloud synthesizes often and checks nothing; everybody else gets every rule.
if (app.node.tryGetContext('checks') !== 'off')
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
