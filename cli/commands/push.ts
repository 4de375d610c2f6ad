import { Command } from 'commander';
import { VERSIONS } from '../../examples/shop/versions.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { type CommonOptions, knownService, open, withCommonOptions } from '../options.ts';
import { say, sayJson } from '../print.ts';
import { pushSample } from '../view/push-image.ts';

/** `slipway push <service> <version>` */
export const pushCommand = (): Command =>
  withCommonOptions(new Command('push'))
    .description('builds a version of the sample service and pushes it, which starts a release')
    .argument('<service>', 'a service of the configuration')
    .argument('<version>', `one of ${Object.keys(VERSIONS).join(', ')}`)
    .addHelpText(
      'after',
      `\nThe versions:\n${versionLines()}\n\nExamples:\n  slipway push checkout 1.1.0\n  slipway push checkout 1.2.0 --json`,
    )
    .action(async (service: string, version: string, options: CommonOptions) => {
      const session = await open(options);
      if (session.connection.endpoint === null) {
        throw new CliFailure('push makes images of the sample for a local cloud only', {
          details: ['its images hold no base system, so a real cluster could not run them'],
          solution: 'start one with "slipway up"; for your own service use docker push',
          exitCode: EXIT.usage,
        });
      }
      const settings = knownService(session.configuration, service);
      if (VERSIONS[version] === undefined) {
        throw new CliFailure(`the sample has no version "${version}"`, {
          solution: `choose one of ${Object.keys(VERSIONS).join(', ')}`,
          exitCode: EXIT.usage,
        });
      }
      const pushed = await pushSample(
        session.connection.registry(session.configuration),
        settings.repository,
        version,
      );
      if (options.json === true)
        sayJson({ service, version, repository: settings.repository, ...pushed });
      else {
        say(
          pushed.alreadyThere
            ? `${settings.repository}:${version} is already there (${pushed.digest}); an image that is pushed again starts nothing`
            : `pushed ${settings.repository}:${version} ${pushed.digest}`,
        );
        if (!pushed.alreadyThere)
          say(
            'ECR tells EventBridge, and a release starts; see it with: npx slipway status --watch',
          );
      }
    });

const versionLines = (): string =>
  Object.entries(VERSIONS)
    .map(([version, what]) => `  ${version}  ${what}`)
    .join('\n');
