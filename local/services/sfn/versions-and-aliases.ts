import type {
  CreateStateMachineAliasInput,
  CreateStateMachineAliasOutput,
  DeleteStateMachineAliasInput,
  DeleteStateMachineVersionInput,
  DescribeStateMachineAliasInput,
  DescribeStateMachineAliasOutput,
  ListStateMachineAliasesInput,
  ListStateMachineAliasesOutput,
  ListStateMachineVersionsInput,
  ListStateMachineVersionsOutput,
  PublishStateMachineVersionInput,
  PublishStateMachineVersionOutput,
  RoutingConfigurationListItem,
  UpdateStateMachineAliasInput,
  UpdateStateMachineAliasOutput,
} from '@aws-sdk/client-sfn';
import type { CloudContext } from '../service.ts';
import { checkName, parseMachineArn } from './names.ts';
import { page } from './paging.ts';
import { sfnErrors } from './sfn-errors.ts';
import type { Alias, StateMachine } from './state-machine.ts';
import type { StateMachines } from './state-machines.ts';

/** Versions and aliases of state machines. */
export class VersionsAndAliases {
  readonly #cloud: CloudContext;
  readonly #machines: StateMachines;

  constructor(cloud: CloudContext, machines: StateMachines) {
    this.#cloud = cloud;
    this.#machines = machines;
  }

  publish(input: PublishStateMachineVersionInput): PublishStateMachineVersionOutput {
    const machine = this.#machines.get(input.stateMachineArn ?? '');
    const { revisionId } = input;
    // a machine never updated has its initial revision
    if (revisionId !== undefined && revisionId !== (machine.current.revisionId ?? 'INITIAL')) {
      throw sfnErrors.conflict(
        `Failed to publish the State Machine version for revision ${revisionId}. The current State Machine revision is ${machine.current.revisionId ?? 'INITIAL'}.`,
      );
    }
    const version = this.#machines.publish(machine, input.description);
    return { creationDate: version.createdAt, stateMachineVersionArn: version.arn };
  }

  listVersions(input: ListStateMachineVersionsInput): ListStateMachineVersionsOutput {
    const machine = this.#machines.get(input.stateMachineArn ?? '');
    const newestFirst = [...machine.versions.values()].sort((a, b) => b.number - a.number);
    const { items, nextToken } = page(newestFirst, input);
    return {
      stateMachineVersions: items.map(({ arn, createdAt }) => ({
        stateMachineVersionArn: arn,
        creationDate: createdAt,
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  }

  deleteVersion({ stateMachineVersionArn = '' }: DeleteStateMachineVersionInput): object {
    const { machineArn, qualifier } = parseMachineArn(stateMachineVersionArn);
    if (qualifier === undefined || !/^\d+$/.test(qualifier)) {
      throw sfnErrors.validation(
        `'${stateMachineVersionArn}' is not the ARN of a state machine version`,
      );
    }
    const machine = this.#machines.get(machineArn);
    const user = [...machine.aliases.values()].find(({ routing }) =>
      routing.some((route) => route.stateMachineVersionArn === stateMachineVersionArn),
    );
    if (user !== undefined) {
      throw sfnErrors.conflict(
        `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${user.name}]`,
      );
    }
    machine.versions.delete(Number(qualifier));
    return {};
  }

  createAlias(input: CreateStateMachineAliasInput): CreateStateMachineAliasOutput {
    const { name = '', routingConfiguration = [] } = input;
    checkName(name);
    if (/^\d+$/.test(name)) throw sfnErrors.invalidName(name);
    const machine = this.#routed(routingConfiguration);
    const existing = machine.aliases.get(name);
    if (existing !== undefined) {
      if (JSON.stringify(existing.routing) !== JSON.stringify(routingConfiguration)) {
        throw sfnErrors.conflict(
          `Failed to create alias because an alias with the same name and a different routing configuration already exists.`,
        );
      }
      return { stateMachineAliasArn: existing.arn, creationDate: existing.createdAt };
    }
    const now = new Date(this.#cloud.clock.now());
    const alias: Alias = {
      arn: `${machine.arn}:${name}`,
      name,
      createdAt: now,
      updatedAt: now,
      description: input.description,
      routing: routingConfiguration,
    };
    machine.aliases.set(name, alias);
    return { stateMachineAliasArn: alias.arn, creationDate: now };
  }

  updateAlias(input: UpdateStateMachineAliasInput): UpdateStateMachineAliasOutput {
    const [machine, alias] = this.#alias(input.stateMachineAliasArn ?? '');
    if (input.routingConfiguration !== undefined) {
      if (this.#routed(input.routingConfiguration) !== machine) {
        throw sfnErrors.validation('Routing configuration must be of the alias own state machine.');
      }
      alias.routing = input.routingConfiguration;
    }
    if (input.description !== undefined) alias.description = input.description;
    alias.updatedAt = new Date(this.#cloud.clock.now());
    return { updateDate: alias.updatedAt };
  }

  describeAlias(input: DescribeStateMachineAliasInput): DescribeStateMachineAliasOutput {
    const [, alias] = this.#alias(input.stateMachineAliasArn ?? '');
    return {
      stateMachineAliasArn: alias.arn,
      name: alias.name,
      routingConfiguration: [...alias.routing],
      creationDate: alias.createdAt,
      updateDate: alias.updatedAt,
      ...(alias.description === undefined ? {} : { description: alias.description }),
    };
  }

  listAliases(input: ListStateMachineAliasesInput): ListStateMachineAliasesOutput {
    const { machineArn, qualifier } = parseMachineArn(input.stateMachineArn ?? '');
    const aliases = [...this.#machines.get(machineArn).aliases.values()].filter(
      ({ routing }) =>
        qualifier === undefined ||
        routing.some((route) => route.stateMachineVersionArn === input.stateMachineArn),
    );
    const { items, nextToken } = page(aliases, input);
    return {
      stateMachineAliases: items.map(({ arn, createdAt }) => ({
        stateMachineAliasArn: arn,
        creationDate: createdAt,
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  }

  deleteAlias({ stateMachineAliasArn = '' }: DeleteStateMachineAliasInput): object {
    const [machine, alias] = this.#alias(stateMachineAliasArn);
    machine.aliases.delete(alias.name);
    return {};
  }

  #alias(arn: string): [StateMachine, Alias] {
    const machine = this.#machines.get(arn);
    const alias = machine.aliases.get(parseMachineArn(arn).qualifier ?? '');
    if (alias === undefined) throw sfnErrors.resourceNotFound(arn);
    return [machine, alias];
  }

  /** The one machine whose versions a routing names. */
  #routed(routing: readonly RoutingConfigurationListItem[]): StateMachine {
    const total = routing.reduce((sum, { weight = 0 }) => sum + weight, 0);
    if (routing.length < 1 || routing.length > 2 || total !== 100) {
      throw sfnErrors.validation(
        `Sum of routing configuration weights must equal 100 over one or two versions. Received: ${JSON.stringify(routing.map(({ weight }) => weight))}`,
      );
    }
    const machines = routing.map(({ stateMachineVersionArn = '' }) => {
      const { machine, version } = this.#machines.startable(stateMachineVersionArn);
      if (version === undefined) throw sfnErrors.resourceNotFound(stateMachineVersionArn);
      return machine;
    });
    const [machine] = machines;
    if (machine === undefined || machines.some((other) => other !== machine)) {
      throw sfnErrors.validation('Both versions of an alias must be of one state machine.');
    }
    return machine;
  }
}
