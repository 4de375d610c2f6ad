import {
  CreateAliasCommand,
  GetAliasCommand,
  LambdaClient,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { isNamed } from '../domain/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { aws } from './aws.ts';
import { HERE } from './place.ts';

/** Gives a new pointer function its first version and its alias; an alias that is there stays where it stands. */
export const seedPointer = async (
  runtime: Runtime,
  FunctionName: string,
  Name: string,
): Promise<void> => {
  const lambda = aws(runtime)(LambdaClient, HERE);
  try {
    await lambda.send(new GetAliasCommand({ FunctionName, Name }));
    return;
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundException')) throw error;
  }
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
  try {
    await lambda.send(
      new CreateAliasCommand({ FunctionName, Name, FunctionVersion: Version ?? '1' }),
    );
  } catch (error) {
    if (!isNamed(error, 'ResourceConflictException')) throw error;
  }
};
