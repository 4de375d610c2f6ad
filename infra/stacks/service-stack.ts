import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { Configuration, ServiceConfiguration } from '../../config/schema.ts';
import { regionOf } from '../../config/targets.ts';
import { configDigestOf } from '../../config/workload.ts';
import { ledgerAway, Registration } from '../constructs/registration.ts';

export interface ServiceStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly service: string;
  readonly settings: ServiceConfiguration;
}

/** A service's own registration: its repository, its gates, its promotion path. Deployed after its targets, so a push finds them. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    super(scope, id, props);
    const { configuration, service, settings } = props;
    const { account } = configuration.pipeline;
    const region = configuration.regions.primary;
    new Registration(this, 'Registration', {
      kind: 'service',
      ledger: ledgerAway(configuration, account),
      functionName: `slipway-${service}-register`,
      roleName: names.role(region, `${service}-register`),
      record: JSON.stringify({
        service,
        repository: settings.repository,
        registryId: account,
        region,
        workload: settings.workload,
        configDigest: configDigestOf(settings.workload),
        scan: {
          failOn: settings.gates.scan.failOn,
          epssMax: settings.gates.scan.epss ?? null,
          exceptions: settings.gates.scan.exceptions,
        },
        build:
          settings.gates.build === undefined
            ? null
            : {
                project: settings.gates.build.project,
                testsMustPass: settings.gates.build.tests === 'pass',
                lineCoveragePercentMin: settings.gates.build.lineCoverage ?? null,
              },
        environments: Object.entries(configuration.environments).map(
          ([environment, { waves }]) => ({
            environment,
            waves: waves.map((wave) => wave.map((name) => regionOf(configuration, name))),
          }),
        ),
      }),
    });
  }
}
