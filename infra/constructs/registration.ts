import { CustomResource, Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import { Handler } from './handler.ts';

/** Where the ledger is, for functions of another account: its tables, and the role that may write to them. */
export interface LedgerAway {
  readonly region: string;
  readonly account: string;
  readonly roleArn: string;
  readonly externalId: string;
}

/** The ledger as a target's account sees it. */
export const ledgerAway = (configuration: Configuration, targetAccount: string): LedgerAway => {
  const { account } = configuration.pipeline;
  const region = configuration.regions.primary;
  return {
    region,
    account,
    roleArn: `arn:aws:iam::${account}:role/${names.role(region, `${names.registrar}-${targetAccount}`)}`,
    externalId: names.externalId(account),
  };
};

export interface RegistrationProps {
  readonly kind: 'service' | 'target';
  /** As JSON; may hold tokens of this stack. */
  readonly record: string;
  readonly ledger: LedgerAway;
  readonly functionName: string;
  readonly roleName: string;
}

/** Writes what a stack made into the ledger, where the pipeline finds it; takes it out again with the stack. */
export class Registration extends Construct {
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: RegistrationProps) {
    super(scope, id);
    const register = new Handler(this, 'Register', {
      entry: 'release/register',
      functionName: props.functionName,
      roleName: props.roleName,
      description: 'Writes the registration of a stack into the ledger',
      timeoutSeconds: 60,
      environment: {
        LEDGER_TABLE: names.ledgerTable,
        LEDGER_REGION: props.ledger.region,
        LEDGER_ROLE_ARN: props.ledger.roleArn,
        LEDGER_EXTERNAL_ID: props.ledger.externalId,
      },
      statements: [
        new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [props.ledger.roleArn] }),
      ],
    });
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::SlipwayRegistration',
      serviceToken: register.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: { Kind: props.kind, Record: props.record },
    });
  }
}
