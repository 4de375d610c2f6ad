import type { Principal, ResourceContext, ResourceProvider } from '../services/service.ts';
import { CustomResourceFailed, customResource, isCustom } from './custom-resource.ts';
import type { JsonObject } from './json.ts';
import { type DeployedResource, note, type Stack, type TemplateCloud } from './stack.ts';
import type { TemplateResource } from './template.ts';

/** Types that say something to CloudFormation or CDK only. */
const NOTHING = ['AWS::CDK::Metadata', 'AWS::CloudFormation::WaitConditionHandle'];

/** What was done to one resource, so that it can be undone. */
export type Step =
  | { readonly kind: 'created'; readonly after: DeployedResource }
  | {
      readonly kind: 'updated';
      readonly before: DeployedResource;
      readonly after: DeployedResource;
    }
  | {
      readonly kind: 'replaced';
      readonly before: DeployedResource;
      readonly after: DeployedResource;
    };

const nothing: ResourceProvider = {
  create: (_properties, context) => ({ physicalId: context.logicalId, attributes: {} }),
  update: (_properties, previous) => previous,
};

/** How a type is made, where that is known. */
export const providerOf = (cloud: TemplateCloud, type: string): ResourceProvider | undefined => {
  if (NOTHING.includes(type)) return nothing;
  return cloud.provider(type) ?? (isCustom(type) ? customResource(cloud, type) : undefined);
};

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** CloudFormation's own role in a CDK environment. */
export const deployer = (account: string, region: string): Principal => {
  const role = `cdk-hnb659fds-cfn-exec-role-${account}-${region}`;
  return {
    arn: `arn:aws:sts::${account}:assumed-role/${role}/AWSCloudFormation`,
    account,
    roleArn: `arn:aws:iam::${account}:role/${role}`,
  };
};

/** Creates, changes and removes the resources of one stack, and notes each step in its history. */
export class ResourceSteps {
  readonly #cloud: TemplateCloud;
  readonly #stack: Stack;

  constructor(cloud: TemplateCloud, stack: Stack) {
    this.#cloud = cloud;
    this.#stack = stack;
  }

  async create(
    logicalId: string,
    resource: TemplateResource,
    properties: JsonObject,
  ): Promise<Step> {
    this.#note({ logicalId, type: resource.type, physicalId: '' }, 'CREATE_IN_PROGRESS');
    try {
      const state = await this.#provider(resource.type).create(
        properties,
        this.#context(logicalId),
      );
      const after = this.#keep({
        logicalId,
        resource,
        properties,
        status: 'CREATE_COMPLETE',
        state,
      });
      return { kind: 'created', after };
    } catch (error) {
      const made = error instanceof CustomResourceFailed ? error.made : undefined;
      this.#note(
        { logicalId, type: resource.type, physicalId: made?.physicalId ?? '' },
        'CREATE_FAILED',
        reasonOf(error),
      );
      if (made) {
        const after = this.#keep({
          logicalId,
          resource,
          properties,
          status: 'CREATE_FAILED',
          state: made,
        });
        throw new StepFailed(error, { kind: 'created', after });
      }
      throw new StepFailed(error, undefined);
    }
  }

  async update(
    before: DeployedResource,
    resource: TemplateResource,
    properties: JsonObject,
  ): Promise<Step> {
    const { logicalId } = before;
    const provider = this.#provider(resource.type);
    const context = this.#context(logicalId);
    this.#note(before, 'UPDATE_IN_PROGRESS');
    try {
      const state = provider.update
        ? await provider.update(properties, before, context)
        : await provider.create(properties, context);
      const after = this.#keep({
        logicalId,
        resource,
        properties,
        status: 'UPDATE_COMPLETE',
        state,
      });
      const kind = after.physicalId === before.physicalId ? 'updated' : 'replaced';
      return { kind, before, after };
    } catch (error) {
      this.#note(before, 'UPDATE_FAILED', reasonOf(error));
      // How far it came nobody knows: the undo sends the old properties again.
      const after = { ...before, properties };
      throw new StepFailed(error, provider.update ? { kind: 'updated', before, after } : undefined);
    }
  }

  /** Removes a resource; answers why it could not. */
  async remove(resource: DeployedResource, retained: boolean): Promise<string | undefined> {
    if (retained) {
      this.#note(resource, 'DELETE_SKIPPED');
      return undefined;
    }
    this.#note(resource, 'DELETE_IN_PROGRESS');
    try {
      const provider = this.#provider(resource.type);
      await provider.remove?.(resource, this.#context(resource.logicalId));
      this.#note(resource, 'DELETE_COMPLETE');
      return undefined;
    } catch (error) {
      const reason = reasonOf(error);
      this.#note(resource, 'DELETE_FAILED', reason);
      return `${resource.logicalId} could not be deleted: ${reason}`;
    }
  }

  /** Puts back what a step changed; answers why it could not. */
  async undo(step: Step): Promise<string | undefined> {
    const { logicalId } = step.after;
    const { resources } = this.#stack;
    if (step.kind === 'created') {
      resources.delete(logicalId);
      return this.remove(step.after, step.after.deletionPolicy === 'Retain');
    }
    if (step.kind === 'replaced') {
      resources.set(logicalId, step.before);
      return this.remove(step.after, false);
    }
    try {
      this.#note(step.after, 'UPDATE_IN_PROGRESS');
      const provider = this.#provider(step.after.type);
      const state = await provider.update?.(
        step.before.properties,
        step.after,
        this.#context(logicalId),
      );
      resources.set(logicalId, { ...step.before, ...state });
      this.#note(step.before, 'UPDATE_COMPLETE');
      return undefined;
    } catch (error) {
      const reason = reasonOf(error);
      this.#note(step.after, 'UPDATE_FAILED', reason);
      return `${logicalId} could not be put back: ${reason}`;
    }
  }

  #keep(made: {
    logicalId: string;
    resource: TemplateResource;
    properties: JsonObject;
    status: string;
    state: Pick<DeployedResource, 'physicalId' | 'attributes'>;
  }): DeployedResource {
    const { logicalId, resource, properties, status, state } = made;
    const deployed: DeployedResource = {
      logicalId,
      type: resource.type,
      physicalId: state.physicalId,
      attributes: state.attributes,
      properties,
      path: resource.path,
      deletionPolicy: resource.deletionPolicy,
      updateReplacePolicy: resource.updateReplacePolicy,
      status,
      updatedAt: this.#cloud.clock.now(),
    };
    this.#stack.resources.set(logicalId, deployed);
    if (!status.endsWith('FAILED')) this.#note(deployed, status);
    return deployed;
  }

  #provider(type: string): ResourceProvider {
    const provider = providerOf(this.#cloud, type);
    if (provider === undefined) throw new Error(`no service of the local cloud makes ${type}`);
    return provider;
  }

  #context(logicalId: string): ResourceContext {
    const { place, name, id } = this.#stack;
    return {
      account: place.account,
      region: place.region,
      stackName: name,
      stackId: id,
      logicalId,
      cloud: this.#cloud,
      principal: deployer(place.account, place.region),
    };
  }

  #note(
    resource: { logicalId: string; type: string; physicalId: string },
    status: string,
    reason?: string,
  ): void {
    const { logicalId, type, physicalId } = resource;
    note(this.#cloud, this.#stack, { logicalId, type, physicalId, status, reason });
  }
}

/** A step that failed, with what of it must be undone. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly step: Step | undefined;

  constructor(cause: unknown, step: Step | undefined) {
    super(reasonOf(cause), { cause });
    this.step = step;
  }
}
