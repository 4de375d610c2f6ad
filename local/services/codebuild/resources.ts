import type {
  CreateProjectCommandInput,
  CreateReportGroupCommandInput,
} from '@aws-sdk/client-codebuild';
import type { ResourceContext, ResourceProvider, ResourceState } from '../service.ts';
import type { CodebuildService } from './codebuild-service.ts';
import { unsupportedField } from './errors.ts';
import type { StoredProject } from './projects.ts';

type Properties = Readonly<Record<string, unknown>>;

const UNSUPPORTED = ['Triggers', 'Visibility', 'ResourceAccessRole', 'BadgeEnabled'];
const NUMBERS = new Set([
  'timeoutInMinutes',
  'queuedTimeoutInMinutes',
  'concurrentBuildLimit',
  'gitCloneDepth',
]);

/** Templates and the API spell the same members differently: `BuildSpec` and `buildspec`, `Type` and `type`. */
const apiName = (name: string): string =>
  name === 'BuildSpec' ? 'buildspec' : name.charAt(0).toLowerCase() + name.slice(1);

const apiValue = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => apiValue(each));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [apiName(key), apiValue(member, apiName(key))]),
    );
  }
  if (name === 'privilegedMode') return value === true || value === 'true';
  return NUMBERS.has(name) ? Number(value) : value;
};

const codebuildOf = (context: ResourceContext): CodebuildService =>
  context.cloud.service<CodebuildService>('codebuild', context);

const physicalName = (given: unknown, context: ResourceContext): string =>
  typeof given === 'string'
    ? given
    : `${context.stackName}-${context.logicalId}-${context.cloud.token(12)}`;

const projectInput = (properties: Properties, name: string): CreateProjectCommandInput => {
  for (const property of UNSUPPORTED) {
    const value = properties[property];
    const harmless =
      value === undefined ||
      value === false ||
      (property === 'Visibility' && value === 'PRIVATE') ||
      (property === 'Triggers' && (value as { Webhook?: unknown }).Webhook === false);
    if (!harmless) throw unsupportedField('AWS::CodeBuild::Project', property);
  }
  const { Name: _name, Triggers: _triggers, Visibility: _visibility, ...rest } = properties;
  return { ...(apiValue(rest) as Omit<CreateProjectCommandInput, 'name'>), name };
};

const projectState = ({ name, arn }: StoredProject): ResourceState => ({
  physicalId: name,
  attributes: { Arn: arn },
});

const createProject = (properties: Properties, context: ResourceContext): ResourceState => {
  const name = physicalName(properties['Name'], context);
  return projectState(codebuildOf(context).projects.create(projectInput(properties, name)));
};

const projectResource: ResourceProvider = {
  create: createProject,
  update: (properties: Properties, previous, context) =>
    (previous.properties as Properties)['Name'] === properties['Name']
      ? projectState(
          codebuildOf(context).projects.update(projectInput(properties, previous.physicalId)),
        )
      : createProject(properties, context),
  remove: (previous, context) => codebuildOf(context).projects.delete(previous.physicalId),
};

const groupState = ({ arn }: { readonly arn?: string | undefined }): ResourceState => ({
  physicalId: arn ?? '',
  attributes: { Arn: arn },
});

const createGroup = (properties: Properties, context: ResourceContext): ResourceState => {
  const { Name, DeleteReports: _delete, ...rest } = properties;
  const name = physicalName(Name, context);
  const input = apiValue(rest) as Omit<CreateReportGroupCommandInput, 'name'>;
  return groupState(codebuildOf(context).reports.createGroup({ ...input, name }));
};

const reportGroupResource: ResourceProvider = {
  create: createGroup,
  update: (properties: Properties, previous, context) => {
    const before = previous.properties as Properties;
    if (before['Name'] !== properties['Name'] || before['Type'] !== properties['Type']) {
      return createGroup(properties, context);
    }
    const { exportConfig, tags } = apiValue(properties) as CreateReportGroupCommandInput;
    return groupState(
      codebuildOf(context).reports.updateGroup(previous.physicalId, { exportConfig, tags }),
    );
  },
  remove: (previous, context) => {
    const { DeleteReports } = previous.properties as { DeleteReports?: boolean | string };
    codebuildOf(context).reports.deleteGroup(
      previous.physicalId,
      DeleteReports === true || DeleteReports === 'true',
    );
  },
};

/** CodeBuild's resource types. */
export const codebuildResources: Readonly<Record<string, ResourceProvider>> = {
  'AWS::CodeBuild::Project': projectResource,
  'AWS::CodeBuild::ReportGroup': reportGroupResource,
};
