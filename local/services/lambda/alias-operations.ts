import type {
  CreateAliasRequest,
  PublishVersionRequest,
  UpdateAliasRequest,
} from '@aws-sdk/client-lambda';
import type { Operation, Place } from '../service.ts';
import { describeAlias, describeConfiguration } from './descriptions.ts';
import type { FunctionRecord } from './function-record.ts';
import { functionReference } from './function-reference.ts';
import type { Lambda } from './lambda-service.ts';

interface AliasInput {
  readonly FunctionName?: string | undefined;
  readonly Name?: string | undefined;
}

/** The operations on versions and aliases. */
export const aliasOperations = (lambda: Lambda, place: Place): Record<string, Operation> => {
  const find = (name: string | undefined): FunctionRecord =>
    lambda.functions.get(functionReference(name, place).name);
  return {
    PublishVersion: (input: PublishVersionRequest) => {
      const record = find(input.FunctionName);
      const { version } = lambda.functions.publish(record, {
        description: input.Description,
        codeSha256: input.CodeSha256,
        revisionId: input.RevisionId,
      });
      return describeConfiguration(place, record, version);
    },
    ListVersionsByFunction: (input: {
      FunctionName?: string;
      MaxItems?: number;
      Marker?: string;
    }) => {
      const record = find(input.FunctionName);
      const all = [record.latest, ...record.versions.values()];
      const from = Number(input.Marker ?? 0);
      const next = from + (input.MaxItems ?? 50);
      return {
        Versions: all
          .slice(from, next)
          .map((version) => describeConfiguration(place, record, version, version.version)),
        ...(next < all.length ? { NextMarker: String(next) } : {}),
      };
    },
    CreateAlias: (input: CreateAliasRequest) => {
      const record = find(input.FunctionName);
      const alias = lambda.aliases.create(record, input.Name ?? '', {
        functionVersion: input.FunctionVersion,
        description: input.Description,
        additionalVersionWeights: input.RoutingConfig?.AdditionalVersionWeights,
      });
      return describeAlias(record, alias);
    },
    GetAlias: (input: AliasInput) => {
      const record = find(input.FunctionName);
      return describeAlias(record, lambda.functions.alias(record, input.Name ?? ''));
    },
    UpdateAlias: (input: UpdateAliasRequest) => {
      const record = find(input.FunctionName);
      const alias = lambda.aliases.update(record, input.Name ?? '', {
        functionVersion: input.FunctionVersion,
        description: input.Description,
        additionalVersionWeights:
          input.RoutingConfig === undefined
            ? undefined
            : (input.RoutingConfig.AdditionalVersionWeights ?? {}),
        revisionId: input.RevisionId,
      });
      return describeAlias(record, alias);
    },
    DeleteAlias: (input: AliasInput) => {
      lambda.aliases.remove(find(input.FunctionName), input.Name ?? '');
      return {};
    },
    ListAliases: (input: { FunctionName?: string; FunctionVersion?: string }) => {
      const record = find(input.FunctionName);
      return {
        Aliases: [...record.aliases.values()]
          .filter(
            (alias) => (input.FunctionVersion ?? alias.functionVersion) === alias.functionVersion,
          )
          .map((alias) => describeAlias(record, alias)),
      };
    },
  };
};
