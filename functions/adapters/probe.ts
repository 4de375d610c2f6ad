import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ProbeInput } from '../domain/probe.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import type { Place } from './place.ts';

/** Starts a target's probe and does not wait for it. One attempt: a probe that did not start is a minute without it, no more. */
export const startProbe = async (
  runtime: Runtime,
  place: Place,
  functionArn: string,
  input: ProbeInput,
): Promise<void> => {
  await aws(runtime)(LambdaClient, { ...place, maxAttempts: 1 }).send(
    new InvokeCommand({
      FunctionName: functionArn,
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(JSON.stringify(input)),
    }),
  );
};
