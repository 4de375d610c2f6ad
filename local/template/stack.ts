import type { Instant } from '../clock/clock.ts';
import type { HttpHandler } from '../http-hosts.ts';
import type { CloudContext, Place, ResourceProvider, ResourceState } from '../services/service.ts';
import type { Json, JsonObject } from './json.ts';
import type { DeletionPolicy, Template } from './template.ts';

/** What the loader needs of a cloud besides what services need. */
export interface TemplateCloud extends CloudContext {
  provider(type: string): ResourceProvider | undefined;
  serveHttp(matches: (url: URL) => boolean, handler: HttpHandler): () => void;
}

/** A resource that a stack has made. */
export interface DeployedResource extends ResourceState {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly path: string | undefined;
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  readonly status: string;
  readonly updatedAt: Instant;
}

/** One line of a stack's history. */
export interface StackEvent {
  readonly id: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly at: Instant;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly exportName: string | undefined;
  readonly description: string | undefined;
}

/** A deployed stack: its template, its resources in the order of their creation, its history. */
export interface Stack {
  readonly name: string;
  readonly id: string;
  readonly place: Place;
  readonly createdAt: Instant;
  readonly resources: Map<string, DeployedResource>;
  readonly events: StackEvent[];
  status: string;
  statusReason: string | undefined;
  /** A deployment is on its way, even if it has changed nothing so far. */
  deploying: boolean;
  updatedAt: Instant | undefined;
  template: Template;
  /** As given, kept for the next update. */
  asked: Readonly<Record<string, Json>>;
  parameters: Readonly<Record<string, Json>>;
  order: readonly string[];
  outputs: readonly StackOutput[];
  /** Names of other stacks' exports that this one reads. */
  imports: ReadonlySet<string>;
}

/** Where the stacks of one account and Region are kept. */
export interface StackStore {
  readonly place: Place;
  /** By name; deleted ones are gone. */
  readonly stacks: Map<string, Stack>;
}

/** A deployment that did not come to its end; the stack is as its status says. */
export class StackFailed extends Error {
  override readonly name = 'StackFailed';
  readonly stackName: string;
  readonly status: string;

  constructor(stack: Pick<Stack, 'name' | 'place' | 'status'>, reason: string, cause?: unknown) {
    const { account, region } = stack.place;
    super(`stack ${stack.name} (${account}, ${region}) is ${stack.status}: ${reason}`, { cause });
    this.stackName = stack.name;
    this.status = stack.status;
  }
}

/** Notes a change of a stack or of one of its resources, and says it on the bus. */
export const note = (
  cloud: CloudContext,
  stack: Stack,
  change: Omit<StackEvent, 'id' | 'at'>,
): void => {
  stack.events.push({ ...change, id: cloud.uuid(), at: cloud.clock.now() });
};

/** Puts a stack into a status. */
export const setStatus = (
  cloud: CloudContext,
  stack: Stack,
  status: string,
  reason?: string,
): void => {
  stack.status = status;
  stack.statusReason = reason;
  note(cloud, stack, {
    logicalId: stack.name,
    physicalId: stack.id,
    type: 'AWS::CloudFormation::Stack',
    status,
    reason,
  });
  cloud.emit(
    {
      source: 'aws.cloudformation',
      'detail-type': 'CloudFormation Stack Status Change',
      resources: [stack.id],
      detail: {
        'stack-id': stack.id,
        'status-details': { status, 'status-reason': reason ?? '' },
        'client-request-token': '',
      },
    },
    stack.place,
  );
};
