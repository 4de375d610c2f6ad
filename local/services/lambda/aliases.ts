import type { FunctionAlias, FunctionRecord, FunctionVersion } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import type { LambdaCloud } from './lambda-cloud.ts';
import { checkRevision, invalidParameter, resourceConflict } from './lambda-errors.ts';

type Weights = Readonly<Record<string, number>>;

/** The wanted state of an alias; absent fields stay as they are. */
export interface AliasChange {
  readonly functionVersion?: string | undefined;
  readonly description?: string | undefined;
  readonly additionalVersionWeights?: Weights | undefined;
  readonly revisionId?: string | undefined;
}

/** Aliases of functions: each names one version, or shares invocations between two by weight. */
export class Aliases {
  readonly #cloud: LambdaCloud;
  readonly #store: FunctionStore;

  constructor(cloud: LambdaCloud, store: FunctionStore) {
    this.#cloud = cloud;
    this.#store = store;
  }

  create(record: FunctionRecord, name: string, change: AliasChange): FunctionAlias {
    if (!/^(?!\d+$)[a-zA-Z0-9-_]{1,128}$/.test(name)) {
      throw invalidParameter(
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)`,
      );
    }
    if (record.aliases.has(name)) {
      throw resourceConflict(`Alias already exists: ${record.arn}:${name}`);
    }
    return this.#put(record, name, change.functionVersion ?? '', change);
  }

  update(record: FunctionRecord, name: string, change: AliasChange): FunctionAlias {
    const alias = this.#store.alias(record, name);
    checkRevision(alias.revisionId, change.revisionId);
    return this.#put(record, name, change.functionVersion ?? alias.functionVersion, {
      description: change.description ?? alias.description,
      additionalVersionWeights: change.additionalVersionWeights ?? alias.additionalVersionWeights,
    });
  }

  remove(record: FunctionRecord, name: string): void {
    record.aliases.delete(name);
    record.policies.delete(name);
    record.eventInvokeConfigs.delete(name);
  }

  /** The version that one invocation through an alias runs. */
  choose(record: FunctionRecord, alias: FunctionAlias): FunctionVersion {
    let point = this.#cloud.random();
    for (const [version, weight] of Object.entries(alias.additionalVersionWeights)) {
      if (point < weight) return this.#store.version(record, version);
      point -= weight;
    }
    return this.#store.version(record, alias.functionVersion);
  }

  #put(record: FunctionRecord, name: string, version: string, change: AliasChange): FunctionAlias {
    const weights = change.additionalVersionWeights ?? {};
    this.#check(record, version, weights);
    const alias: FunctionAlias = {
      name,
      functionVersion: version,
      description: change.description ?? '',
      additionalVersionWeights: { ...weights },
      revisionId: this.#cloud.uuid(),
    };
    record.aliases.set(name, alias);
    return alias;
  }

  #check(record: FunctionRecord, version: string, weights: Weights): void {
    const primary = this.#store.version(record, version);
    const entries = Object.entries(weights);
    if (entries.length === 0) return;
    if (entries.length > 1) {
      throw invalidParameter(
        'Number of items in AdditionalVersionWeights cannot be greater than 1',
      );
    }
    for (const [other, weight] of entries) {
      if (!/^\d+$/.test(other) || !(weight >= 0 && weight <= 1)) {
        throw invalidParameter(
          `1 validation error detected: Value '{${other}=${weight}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must be version numbers and map values must be between 0.0 and 1.0`,
        );
      }
      if (version === '$LATEST') {
        throw invalidParameter(
          '$LATEST is not supported for an alias pointing to more than 1 version',
        );
      }
      if (other === version) {
        throw invalidParameter(
          `Invalid function version ${other}. Function version ${other} is already included in routing configuration.`,
        );
      }
      const second = this.#store.version(record, other);
      if (second.settings.role !== primary.settings.role) {
        throw invalidParameter('Both versions of an alias must have the same execution role');
      }
      if (second.settings.deadLetterTargetArn !== primary.settings.deadLetterTargetArn) {
        throw invalidParameter(
          'Both versions of an alias must have the same dead letter queue configuration',
        );
      }
    }
  }
}
