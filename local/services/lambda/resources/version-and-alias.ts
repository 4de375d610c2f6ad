import { AwsError } from '../../aws-error.ts';
import type { ResourceContext, ResourceProvider } from '../../service.ts';
import type { AliasChange } from '../aliases.ts';
import type { FunctionAlias, FunctionRecord } from '../function-record.ts';
import { functionReference } from '../function-reference.ts';
import { lambdaOf } from './function.ts';

const functionOf = (name: string, context: ResourceContext): FunctionRecord =>
  lambdaOf(context).functions.get(functionReference(name, context).name);

interface VersionProperties {
  readonly FunctionName: string;
  readonly Description?: string;
  readonly CodeSha256?: string;
}

/** `AWS::Lambda::Version`: a version that exists already can't be made a second time. */
export const versionResource: ResourceProvider = {
  create(properties: VersionProperties, context) {
    const record = functionOf(properties.FunctionName, context);
    const { version, isNew } = lambdaOf(context).functions.publish(record, {
      description: properties.Description,
      codeSha256: properties.CodeSha256,
    });
    if (!isNew) {
      throw new AwsError(
        'AlreadyExists',
        `A version for this Lambda function exists ( ${version.version} ). Modify the function to create a new version.`,
        { status: 409 },
      );
    }
    const arn = `${record.arn}:${version.version}`;
    return {
      physicalId: arn,
      attributes: { Version: version.version, FunctionArn: arn },
    };
  },
  update(properties: VersionProperties, previous, context) {
    const before = previous.properties as VersionProperties;
    const replaced = (['FunctionName', 'Description', 'CodeSha256'] as const).some(
      (name) => properties[name] !== before[name],
    );
    return replaced ? versionResource.create(properties, context) : previous;
  },
  remove(previous, context) {
    const { name, qualifier } = functionReference(previous.physicalId, context);
    const lambda = lambdaOf(context);
    const record = lambda.functions.find(name);
    if (record !== undefined && qualifier !== undefined) lambda.functions.remove(record, qualifier);
  },
};

interface AliasProperties {
  readonly FunctionName: string;
  readonly Name: string;
  readonly FunctionVersion: string;
  readonly Description?: string;
  readonly RoutingConfig?: {
    readonly AdditionalVersionWeights?: readonly {
      readonly FunctionVersion: string;
      readonly FunctionWeight: number;
    }[];
  };
}

const changeOf = (properties: AliasProperties): AliasChange => ({
  functionVersion: properties.FunctionVersion,
  description: properties.Description ?? '',
  additionalVersionWeights: Object.fromEntries(
    (properties.RoutingConfig?.AdditionalVersionWeights ?? []).map((one) => [
      one.FunctionVersion,
      Number(one.FunctionWeight),
    ]),
  ),
});

const aliasState = (record: FunctionRecord, alias: FunctionAlias) => ({
  physicalId: `${record.arn}:${alias.name}`,
  attributes: { AliasArn: `${record.arn}:${alias.name}` },
});

/** `AWS::Lambda::Alias`. */
export const aliasResource: ResourceProvider = {
  create(properties: AliasProperties, context) {
    const record = functionOf(properties.FunctionName, context);
    const { aliases } = lambdaOf(context);
    return aliasState(record, aliases.create(record, properties.Name, changeOf(properties)));
  },
  update(properties: AliasProperties, previous, context) {
    const before = previous.properties as AliasProperties;
    const replaced = (['FunctionName', 'Name'] as const).some(
      (name) => properties[name] !== before[name],
    );
    if (replaced) return aliasResource.create(properties, context);
    const record = functionOf(properties.FunctionName, context);
    const { aliases } = lambdaOf(context);
    return aliasState(record, aliases.update(record, properties.Name, changeOf(properties)));
  },
  remove(previous, context) {
    const { name, qualifier } = functionReference(previous.physicalId, context);
    const lambda = lambdaOf(context);
    const record = lambda.functions.find(name);
    if (record !== undefined && qualifier !== undefined) lambda.aliases.remove(record, qualifier);
  },
};
