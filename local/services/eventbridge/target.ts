import type { Target as ApiTarget } from '@aws-sdk/client-eventbridge';
import { AwsError, notImplemented } from '../aws-error.ts';
import { compileInputTransformer, type InputTransformation } from './input-transformer.ts';
import { compileJsonPath } from './json-path.ts';

/** A rule's target, as the API has it and ready to be used. */
export interface Target {
  readonly definition: ApiTarget;
  /** The text that the target gets for an event; `undefined` for the event itself. */
  readonly transform: InputTransformation | undefined;
}

const UNSUPPORTED = [
  'KinesisParameters',
  'RunCommandParameters',
  'EcsParameters',
  'BatchParameters',
  'HttpParameters',
  'RedshiftDataParameters',
  'SageMakerPipelineParameters',
  'AppSyncParameters',
] as const;

/** Services that a rule may have as a target here. */
const SERVICES = ['lambda', 'sqs', 'states', 'events', 'logs', 'sns'];

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

const transformationOf = (definition: ApiTarget): InputTransformation | undefined => {
  const { Input, InputPath, InputTransformer } = definition;
  const given = [Input, InputPath, InputTransformer].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw invalid(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${definition.Id}.`,
    );
  }
  if (Input !== undefined) {
    try {
      JSON.parse(Input);
    } catch {
      throw invalid(`Target ${definition.Id} has invalid Input: it must be valid JSON.`);
    }
    return () => Input;
  }
  if (InputPath !== undefined) {
    const select = compileJsonPath(InputPath);
    return (event) => JSON.stringify(select(event) ?? {});
  }
  return InputTransformer === undefined ? undefined : compileInputTransformer(InputTransformer);
};

/** Checks a target as PutTargets gives it. */
export const targetFrom = (definition: ApiTarget): Target => {
  const { Id = '', Arn = '' } = definition;
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(Id)) {
    throw invalid(
      `1 validation error detected: Value '${Id}' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
    );
  }
  const service = Arn.split(':')[2] ?? '';
  if (!SERVICES.includes(service)) {
    if (!Arn.startsWith('arn:'))
      throw invalid(`Provided Arn is not in correct format. Arn: ${Arn}`);
    throw notImplemented('events', `the target ${Arn}`);
  }
  const unsupported = UNSUPPORTED.find((name) => definition[name] !== undefined);
  if (unsupported !== undefined) throw notImplemented('events', `targets with ${unsupported}`);
  if (service === 'sqs' && Arn.endsWith('.fifo') && !definition.SqsParameters?.MessageGroupId) {
    throw invalid(`Parameter(s) MessageGroupId must be specified for target: ${Id}.`);
  }
  if (service === 'states' && definition.RoleArn === undefined) {
    throw invalid(`RoleArn is required for target ${Arn}.`);
  }
  return { definition, transform: transformationOf(definition) };
};
