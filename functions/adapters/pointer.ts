import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { DriftFound, isNamed, TransientFailure } from '../domain/errors.ts';
import { PointerRecord } from '../domain/pointer.ts';
import type { Pointer } from '../ports/pointer.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { readAlias } from './alias.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

/** Lambda takes an environment over within seconds; its control plane allows 15 calls a second in all. */
const UPDATE_POLLS = 40;
const POLL_MS = 2_000;

const sameRecord = (variables: Record<string, string> | undefined, record: PointerRecord) =>
  Object.entries(record).every(([key, value]) => variables?.[key] === value);

/** The pointer function and its alias in Lambda. */
export const pointer = (
  runtime: Runtime,
  place: Place,
  at: { readonly functionName: string; readonly alias: string },
): Pointer => {
  const lambda = aws(runtime)(LambdaClient, place);
  const { functionName: FunctionName, alias: Name } = at;
  const configuration = (Qualifier?: string) =>
    lambda.send(
      new GetFunctionConfigurationCommand({
        FunctionName,
        ...(Qualifier === undefined ? {} : { Qualifier }),
      }),
    );

  const settled = async (): Promise<string> => {
    for (let poll = 0; poll < UPDATE_POLLS; poll += 1) {
      const { LastUpdateStatus, LastUpdateStatusReason, RevisionId } = await configuration();
      if (LastUpdateStatus === 'Failed') {
        throw new DriftFound(
          `Lambda could not take the environment of ${FunctionName} over: ${LastUpdateStatusReason ?? 'no reason given'}`,
        );
      }
      if (LastUpdateStatus !== 'InProgress') return RevisionId ?? '';
      await runtime.sleep(POLL_MS);
    }
    throw new TransientFailure(`${FunctionName} is still being updated`);
  };

  return {
    read: () => readAlias(runtime, place, at),
    record: async (version) => {
      const { Environment } = await configuration(version);
      return PointerRecord.safeParse(Environment?.Variables ?? {}).data ?? null;
    },
    publish: async (record) => {
      await settled();
      const latest = await configuration();
      if (!sameRecord(latest.Environment?.Variables, record)) {
        await lambda.send(
          new UpdateFunctionConfigurationCommand({
            FunctionName,
            Environment: { Variables: { ...record } },
            ...(latest.RevisionId === undefined ? {} : { RevisionId: latest.RevisionId }),
          }),
        );
      }
      const RevisionId = await settled();
      const published = await lambda.send(
        new PublishVersionCommand({ FunctionName, ...(RevisionId === '' ? {} : { RevisionId }) }),
      );
      const version = published.Version ?? '';
      const { Environment } = await configuration(version);
      if (!sameRecord(Environment?.Variables, record)) {
        throw new DriftFound(
          `version ${version} of ${FunctionName} does not say what was published: somebody else wrote its environment`,
        );
      }
      return version;
    },
    pointAt: async (version, seen, also) => {
      try {
        await lambda.send(
          new UpdateAliasCommand({
            FunctionName,
            Name,
            FunctionVersion: version,
            RoutingConfig: {
              AdditionalVersionWeights:
                also === undefined ? {} : { [also.version]: also.percent / 100 },
            },
            RevisionId: seen.revisionId,
          }),
        );
      } catch (error) {
        if (!isNamed(error, 'PreconditionFailedException')) throw error;
        throw new TransientFailure(`the alias ${Name} was written since it was read`, {
          cause: error,
        });
      }
    },
  };
};
