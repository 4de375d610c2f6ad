import type {
  CreateStateMachineInput,
  CreateStateMachineOutput,
  DeleteStateMachineInput,
  DescribeStateMachineInput,
  DescribeStateMachineOutput,
  ListStateMachinesInput,
  ListStateMachinesOutput,
  UpdateStateMachineInput,
  UpdateStateMachineOutput,
} from '@aws-sdk/client-sfn';
import type { CloudContext, Place } from '../service.ts';
import { checkName, machineArn, parseMachineArn } from './names.ts';
import { page } from './paging.ts';
import { sfnErrors } from './sfn-errors.ts';
import {
  type Alias,
  type Revision,
  readDefinition,
  type StateMachine,
  type Version,
} from './state-machine.ts';

/** What StartExecution needs of what an ARN names. */
export interface Startable {
  readonly machine: StateMachine;
  readonly revision: Revision;
  readonly version?: Version;
  readonly alias?: Alias;
}

/** The state machines of a place. */
export class StateMachines {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #byArn = new Map<string, StateMachine>();

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  create(input: CreateStateMachineInput): CreateStateMachineOutput & { arn: string } {
    const { name = '', definition = '', roleArn = '' } = input;
    checkName(name);
    refuseUnsupported(input);
    checkRole(roleArn);
    const arn = machineArn(this.#place, name);
    const revision = this.#revision(input, { definition, roleArn }, undefined);
    const existing = this.#byArn.get(arn);
    if (existing !== undefined) {
      if (!same(existing.current, revision)) throw sfnErrors.stateMachineAlreadyExists(arn);
      return { arn, stateMachineArn: arn, creationDate: existing.createdAt };
    }
    const machine: StateMachine = {
      arn,
      name,
      createdAt: revision.createdAt,
      current: revision,
      versionsMade: 0,
      versions: new Map(),
      aliases: new Map(),
      tags: [...(input.tags ?? [])],
    };
    this.#byArn.set(arn, machine);
    const version =
      input.publish === true ? this.publish(machine, input.versionDescription) : undefined;
    return {
      arn,
      stateMachineArn: arn,
      creationDate: machine.createdAt,
      ...(version === undefined ? {} : { stateMachineVersionArn: version.arn }),
    };
  }

  update(input: UpdateStateMachineInput): UpdateStateMachineOutput {
    const machine = this.get(input.stateMachineArn ?? '');
    refuseUnsupported(input);
    const { definition, roleArn } = input;
    if (
      definition === undefined &&
      roleArn === undefined &&
      input.loggingConfiguration === undefined &&
      input.tracingConfiguration === undefined
    ) {
      throw sfnErrors.missingParameter(
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
      );
    }
    if (roleArn !== undefined) checkRole(roleArn);
    machine.current = this.#revision(
      input,
      {
        definition: definition ?? machine.current.definition,
        roleArn: roleArn ?? machine.current.roleArn,
      },
      machine.current,
    );
    const version =
      input.publish === true ? this.publish(machine, input.versionDescription) : undefined;
    return {
      updateDate: machine.current.createdAt,
      ...(machine.current.revisionId === undefined
        ? {}
        : { revisionId: machine.current.revisionId }),
      ...(version === undefined ? {} : { stateMachineVersionArn: version.arn }),
    };
  }

  /** Running executions go on, with the definition that they have. */
  delete({ stateMachineArn }: DeleteStateMachineInput): Record<string, never> {
    this.#byArn.delete(parseMachineArn(stateMachineArn ?? '').machineArn);
    return {};
  }

  describe({ stateMachineArn = '' }: DescribeStateMachineInput): DescribeStateMachineOutput {
    const { machine, revision, version } = this.startable(stateMachineArn);
    const { description } = version ?? revision;
    return {
      stateMachineArn: version?.arn ?? machine.arn,
      name: machine.name,
      status: 'ACTIVE',
      definition: revision.definition,
      roleArn: revision.roleArn,
      type: 'STANDARD',
      creationDate: version?.createdAt ?? machine.createdAt,
      loggingConfiguration: revision.loggingConfiguration,
      tracingConfiguration: { enabled: revision.tracing },
      ...(revision.revisionId === undefined ? {} : { revisionId: revision.revisionId }),
      ...(description === undefined ? {} : { description }),
    };
  }

  list(input: ListStateMachinesInput): ListStateMachinesOutput {
    const machines = [...this.#byArn.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(machines, input);
    return {
      stateMachines: items.map(({ arn, name, createdAt }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: createdAt,
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
  }

  /** The machine that an ARN names, whatever version or alias stands behind it. */
  get(arn: string): StateMachine {
    const machine = this.#byArn.get(parseMachineArn(arn).machineArn);
    if (machine === undefined) throw sfnErrors.stateMachineDoesNotExist(arn);
    return machine;
  }

  /** What an ARN of a machine, a version or an alias starts. */
  startable(arn: string): Startable {
    const machine = this.get(arn);
    const { qualifier } = parseMachineArn(arn);
    if (qualifier === undefined) return { machine, revision: machine.current };
    if (/^\d+$/.test(qualifier)) {
      const version = machine.versions.get(Number(qualifier));
      if (version === undefined) throw sfnErrors.stateMachineDoesNotExist(arn);
      return { machine, revision: version.revision, version };
    }
    const alias = machine.aliases.get(qualifier);
    if (alias === undefined) throw sfnErrors.resourceNotFound(arn);
    const version = this.#routed(machine, alias);
    return { machine, revision: version.revision, version, alias };
  }

  /** A revision once published is not published again. */
  publish(machine: StateMachine, description: string | undefined): Version {
    const latest = machine.versions.get(machine.versionsMade);
    if (latest?.revision === machine.current) return latest;
    machine.versionsMade += 1;
    const number = machine.versionsMade;
    const version: Version = {
      arn: `${machine.arn}:${number}`,
      number,
      revision: machine.current,
      description,
      createdAt: new Date(this.#cloud.clock.now()),
    };
    machine.versions.set(number, version);
    return version;
  }

  #routed(machine: StateMachine, alias: Alias): Version {
    let left = this.#cloud.random() * 100;
    let chosen = alias.routing[0]?.stateMachineVersionArn ?? '';
    for (const { stateMachineVersionArn = '', weight = 0 } of alias.routing) {
      chosen = stateMachineVersionArn;
      left -= weight;
      if (left < 0) break;
    }
    const version = machine.versions.get(Number(parseMachineArn(chosen).qualifier));
    if (version === undefined) throw sfnErrors.stateMachineDoesNotExist(chosen);
    return version;
  }

  #revision(
    input: CreateStateMachineInput | UpdateStateMachineInput,
    { definition, roleArn }: { readonly definition: string; readonly roleArn: string },
    previous: Revision | undefined,
  ): Revision {
    const machine =
      previous?.definition === definition ? previous.machine : readDefinition(definition);
    return {
      definition,
      roleArn,
      machine,
      loggingConfiguration: input.loggingConfiguration ??
        previous?.loggingConfiguration ?? { level: 'OFF', includeExecutionData: false },
      tracing: input.tracingConfiguration?.enabled ?? previous?.tracing ?? false,
      description: undefined,
      createdAt: new Date(this.#cloud.clock.now()),
      revisionId: previous === undefined ? undefined : this.#cloud.uuid(),
    };
  }
}

/** CreateStateMachine may be repeated with the same definition, role, logging and tracing. */
const same = (one: Revision, other: Revision): boolean =>
  one.definition === other.definition &&
  one.roleArn === other.roleArn &&
  one.tracing === other.tracing &&
  JSON.stringify(one.loggingConfiguration) === JSON.stringify(other.loggingConfiguration);

const checkRole = (roleArn: string): void => {
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/.test(roleArn)) {
    throw sfnErrors.invalidArn(roleArn, 'Invalid Role Arn');
  }
};

const refuseUnsupported = (input: CreateStateMachineInput | UpdateStateMachineInput): void => {
  if ('type' in input && input.type === 'EXPRESS') {
    throw sfnErrors.unsupported(
      'the local cloud does not do state machines of type EXPRESS; leave type out, or set it to STANDARD',
    );
  }
  const { encryptionConfiguration } = input;
  if (encryptionConfiguration?.type === 'CUSTOMER_MANAGED_KMS_KEY') {
    throw sfnErrors.unsupported(
      'the local cloud does not do encryptionConfiguration with a customer managed key for state machines; leave it out',
    );
  }
};
