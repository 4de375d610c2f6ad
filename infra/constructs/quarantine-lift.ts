import { Construct } from 'constructs';
import { names } from '../../config/names.ts';
import type { Configuration } from '../../config/schema.ts';
import type { LedgerStack } from '../stacks/ledger-stack.ts';
import { Handler } from './handler.ts';
import { ledgerAccess } from './ledger-access.ts';
import { type PipelinePlace, pipelineReach } from './pipeline-steps.ts';

/** Invoked by people whose own permissions let them: nothing in Slipway takes a pair out of quarantine by itself. */
export class QuarantineLift extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly place: PipelinePlace;
      readonly configuration: Configuration;
      readonly ledger: LedgerStack;
      readonly environment: Readonly<Record<string, string>>;
    },
  ) {
    super(scope, id);
    const { place, configuration, ledger, environment } = props;
    new Handler(this, 'Lift', {
      entry: 'release/lift-quarantine',
      functionName: names.handler('lift-quarantine'),
      description: 'Takes a pair out of quarantine by the word of a person',
      environment: { ...environment },
      statements: [...ledgerAccess(ledger).write, pipelineReach(place, configuration).tell],
    });
  }
}
