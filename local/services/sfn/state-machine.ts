import type { LoggingConfiguration, RoutingConfigurationListItem, Tag } from '@aws-sdk/client-sfn';
import { inWords, UnsupportedDefinition } from '../../states/diagnostics.ts';
import type { JsonObject } from '../../states/json.ts';
import { type Machine, readMachine } from '../../states/machine.ts';
import { diagnose } from '../../states/validation.ts';
import { sfnErrors } from './sfn-errors.ts';

/** What one revision of a state machine is; executions keep the one that they began with. */
export interface Revision {
  readonly definition: string;
  readonly roleArn: string;
  readonly machine: Machine;
  readonly loggingConfiguration: LoggingConfiguration;
  readonly tracing: boolean;
  readonly description: string | undefined;
  readonly createdAt: Date;
  /** Absent for the revision that a machine was created with. */
  readonly revisionId: string | undefined;
}

/** A published revision. */
export interface Version {
  readonly arn: string;
  readonly number: number;
  readonly revision: Revision;
  readonly description: string | undefined;
  readonly createdAt: Date;
}

/** A name for one version, or for two with weights. */
export interface Alias {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: Date;
  updatedAt: Date;
  description: string | undefined;
  routing: readonly RoutingConfigurationListItem[];
}

/** A state machine with its versions and aliases. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: Date;
  current: Revision;
  versionsMade: number;
  readonly versions: Map<number, Version>;
  readonly aliases: Map<string, Alias>;
  tags: Tag[];
}

/** Reads a definition, or refuses it as AWS does; what only AWS runs is refused by its name. */
export const readDefinition = (definition: string): Machine => {
  try {
    const diagnostics = diagnose(definition);
    if (diagnostics.length > 0) throw sfnErrors.invalidDefinition(inWords(diagnostics));
  } catch (error) {
    if (error instanceof UnsupportedDefinition) throw sfnErrors.unsupported(error.message);
    throw error;
  }
  return readMachine(JSON.parse(definition) as JsonObject);
};
