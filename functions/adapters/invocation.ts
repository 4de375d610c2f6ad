import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { z } from 'zod';
import { ConfigurationMissing, TransientFailure } from '../domain/errors.ts';
import type { Target } from '../domain/target.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { assume } from './assumed-role.ts';
import { aws } from './aws.ts';

interface Said {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
}

/** Invokes a target's cluster function as its machines do, and waits for the answer. */
export const invokeOn =
  (runtime: Runtime, target: Pick<Target, 'region' | 'invokeRoleArn' | 'externalId'>) =>
  async <S extends z.ZodType>(
    functionArn: string,
    payload: object,
    answer: S,
  ): Promise<z.output<S>> => {
    const { region, invokeRoleArn: roleArn, externalId } = target;
    const lambda = aws(runtime)(LambdaClient, { region, role: assume({ roleArn, externalId }) });
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: functionArn,
        Payload: new TextEncoder().encode(JSON.stringify(payload)),
      }),
    );
    const said: unknown = JSON.parse(
      new TextDecoder().decode(Payload ?? new Uint8Array()) || 'null',
    );
    if (FunctionError !== undefined) {
      const { errorType, errorMessage } = (said ?? {}) as Said;
      throw new TransientFailure(
        `${functionArn} failed: ${String(errorType ?? FunctionError)}: ${String(errorMessage ?? 'no message')}`,
      );
    }
    const parsed = answer.safeParse(said);
    if (parsed.success) return parsed.data;
    throw new ConfigurationMissing(
      `${functionArn} answered without ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}; deploy the stack of its target again`,
    );
  };
