import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { PointerSight } from '../domain/pointer.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

/** The pointer's alias as it stands now. Apart from what writes it: most who look never write, and carry less. */
export const readAlias = async (
  runtime: Runtime,
  place: Place,
  at: { readonly functionName: string; readonly alias: string },
): Promise<PointerSight> => {
  const alias = await aws(runtime)(LambdaClient, place).send(
    new GetAliasCommand({ FunctionName: at.functionName, Name: at.alias }),
  );
  const [additional] = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
  return {
    version: alias.FunctionVersion ?? '',
    additional: additional === undefined ? null : { version: additional[0], share: additional[1] },
    revisionId: alias.RevisionId ?? '',
  };
};
