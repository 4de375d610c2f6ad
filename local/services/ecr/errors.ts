import { AwsError } from '../aws-error.ts';

/** A parameter that ECR refuses, in its words. */
export const invalidParameter = (parameter: string, rule: string): AwsError =>
  new AwsError(
    'InvalidParameterException',
    `Invalid parameter at '${parameter}' failed to satisfy constraint: '${rule}'`,
  );

/** Where an image was looked for, as messages end. */
export interface RepositoryPlace {
  readonly name: string;
  readonly registryId: string;
}

const within = ({ name, registryId }: RepositoryPlace): string =>
  `in the repository with name '${name}' in the registry with id '${registryId}'`;

/** An error about something in a repository: `problem` and where. */
export const inRepository = (error: string, problem: string, place: RepositoryPlace): AwsError =>
  new AwsError(error, `${problem} ${within(place)}`);

/** No such repository. */
export const repositoryNotFound = ({ name, registryId }: RepositoryPlace): AwsError =>
  new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
  );

/** An image asked for by digest, tag or both. */
export interface ImageId {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

/** An image id as messages print it. */
export const printedImageId = ({ imageDigest, imageTag }: ImageId): string =>
  `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;

/** No such image. */
export const imageNotFound = (id: ImageId, { name, registryId }: RepositoryPlace): AwsError =>
  new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${printedImageId(id)} does not exist within the repository with name '${name}' in the registry with id '${registryId}'`,
  );

/** A request field whose effect the local cloud does not have. */
export const unsupportedField = (operation: string, field: string): AwsError =>
  new AwsError('NotImplemented', `the local cloud does not do ecr:${operation} with ${field}`, {
    status: 501,
  });
