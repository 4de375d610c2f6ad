import { deleteStack } from '../../template/deploy-stack.ts';
import { findExport, importersOf } from '../../template/exports.ts';
import type { DeployedResource, Stack, StackStore, TemplateCloud } from '../../template/stack.ts';
import { AwsError } from '../aws-error.ts';
import type { Operation, Place, Service } from '../service.ts';

const missing = (name: string): AwsError =>
  new AwsError('ValidationError', `Stack with id ${name} does not exist`);

const resourceView = (stack: Stack, resource: DeployedResource) => ({
  StackName: stack.name,
  StackId: stack.id,
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId,
  ResourceType: resource.type,
  ResourceStatus: resource.status,
});

const stackView = (stack: Stack) => ({
  StackId: stack.id,
  StackName: stack.name,
  Description: stack.template.description,
  Parameters: Object.entries(stack.parameters).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: stack.template.parameters[ParameterKey]?.noEcho ? '****' : String(value),
  })),
  CreationTime: new Date(stack.createdAt),
  LastUpdatedTime: stack.updatedAt === undefined ? undefined : new Date(stack.updatedAt),
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  DisableRollback: false,
  EnableTerminationProtection: false,
  Outputs: stack.outputs.map((output) => ({
    OutputKey: output.key,
    OutputValue: output.value,
    Description: output.description,
    ExportName: output.exportName,
  })),
  Tags: [],
});

/** The stacks of one account and Region. */
export class CloudFormation implements Service, StackStore {
  readonly place: Place;
  readonly stacks = new Map<string, Stack>();
  readonly operations: Readonly<Record<string, Operation>>;

  constructor(cloud: TemplateCloud, place: Place) {
    this.place = place;
    this.operations = {
      DescribeStacks: ({ StackName }: { StackName?: string }) => ({
        Stacks: (StackName ? [this.#stack(StackName)] : [...this.stacks.values()]).map(stackView),
      }),
      ListStacks: ({ StackStatusFilter }: { StackStatusFilter?: string[] }) => ({
        StackSummaries: [...this.stacks.values()]
          .filter((stack) => !StackStatusFilter?.length || StackStatusFilter.includes(stack.status))
          .map((stack) => ({
            StackId: stack.id,
            StackName: stack.name,
            CreationTime: new Date(stack.createdAt),
            StackStatus: stack.status,
          })),
      }),
      DescribeStackResources: (input: { StackName?: string; LogicalResourceId?: string }) => {
        const stack = this.#stack(input.StackName);
        return {
          StackResources: this.#resources(stack)
            .filter(({ logicalId }) => [undefined, logicalId].includes(input.LogicalResourceId))
            .map((resource) => ({
              ...resourceView(stack, resource),
              Timestamp: new Date(resource.updatedAt),
            })),
        };
      },
      ListStackResources: ({ StackName }: { StackName?: string }) => {
        const stack = this.#stack(StackName);
        return {
          StackResourceSummaries: this.#resources(stack).map((resource) => ({
            LogicalResourceId: resource.logicalId,
            PhysicalResourceId: resource.physicalId,
            ResourceType: resource.type,
            ResourceStatus: resource.status,
            LastUpdatedTimestamp: new Date(resource.updatedAt),
          })),
        };
      },
      DescribeStackEvents: ({ StackName }: { StackName?: string }) => {
        const stack = this.#stack(StackName);
        return {
          StackEvents: stack.events.toReversed().map((event) => ({
            StackId: stack.id,
            StackName: stack.name,
            EventId: event.id,
            LogicalResourceId: event.logicalId,
            PhysicalResourceId: event.physicalId,
            ResourceType: event.type,
            Timestamp: new Date(event.at),
            ResourceStatus: event.status,
            ResourceStatusReason: event.reason,
          })),
        };
      },
      ListExports: () => ({
        Exports: [...this.stacks.values()].flatMap((stack) =>
          stack.outputs.flatMap(({ exportName, value }) =>
            exportName === undefined
              ? []
              : [{ ExportingStackId: stack.id, Name: exportName, Value: value }],
          ),
        ),
      }),
      ListImports: ({ ExportName = '' }: { ExportName?: string }) => {
        const owner = findExport(this, ExportName)?.stack;
        const Imports = owner ? importersOf(this, ExportName, owner) : [];
        if (Imports.length > 0) return { Imports };
        throw new AwsError(
          'ValidationError',
          `Export '${ExportName}' is not imported by any stack.`,
        );
      },
      DeleteStack: async ({ StackName = '' }: { StackName?: string }) => {
        const known = this.#find(StackName);
        if (known) await deleteStack(cloud, this, known.name);
        return {};
      },
    };
  }

  #find(nameOrId: string): Stack | undefined {
    return (
      this.stacks.get(nameOrId) ?? [...this.stacks.values()].find((stack) => stack.id === nameOrId)
    );
  }

  #stack(nameOrId: string | undefined): Stack {
    const stack = this.#find(nameOrId ?? '');
    if (stack === undefined) throw missing(nameOrId ?? '');
    return stack;
  }

  #resources(stack: Stack): DeployedResource[] {
    return [...stack.resources.values()];
  }
}
