import { resolveDynamicReferences } from './dynamic-references.ts';
import { checkExports, findExport } from './exports.ts';
import { equal, isObject, type Json, type JsonObject } from './json.ts';
import { resolveParameters } from './parameters.ts';
import { creationOrder } from './references.ts';
import { Resolver } from './resolver.ts';
import { deployer, ResourceSteps, type Step, StepFailed } from './resource-steps.ts';
import {
  type DeployedResource,
  type Stack,
  StackFailed,
  type StackOutput,
  type StackStore,
  setStatus,
  type TemplateCloud,
} from './stack.ts';
import { type Template, TemplateError } from './template.ts';

/** A stack to be made or changed. */
export interface StackRequest {
  readonly name: string;
  readonly template: Template;
  readonly parameters?: Readonly<Record<string, Json>>;
}

/** What a deployment came to. */
export interface StackResult {
  readonly stack: Stack;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

const FINAL = /^(CREATE_COMPLETE|UPDATE_COMPLETE|UPDATE_ROLLBACK_COMPLETE|IMPORT_COMPLETE)$/;

const newStack = (cloud: TemplateCloud, store: StackStore, request: StackRequest): Stack => ({
  name: request.name,
  id: `arn:aws:cloudformation:${store.place.region}:${store.place.account}:stack/${request.name}/${cloud.uuid()}`,
  place: store.place,
  createdAt: cloud.clock.now(),
  resources: new Map(),
  events: [],
  status: 'REVIEW_IN_PROGRESS',
  statusReason: undefined,
  deploying: false,
  updatedAt: undefined,
  template: request.template,
  asked: {},
  parameters: {},
  order: [],
  outputs: [],
  imports: new Set(),
});

/** One deployment of one stack: forward step by step, and back the same way when a step fails. */
class Deployment {
  readonly #cloud: TemplateCloud;
  readonly #store: StackStore;
  readonly #stack: Stack;
  readonly #template: Template;
  readonly #resolver: Resolver;
  readonly #steps: ResourceSteps;
  readonly #done: Step[] = [];
  readonly #imports = new Set<string>();
  readonly #onChange: () => void;
  readonly order: readonly string[];

  constructor(
    cloud: TemplateCloud,
    store: StackStore,
    stack: Stack,
    template: Template,
    parameters: Readonly<Record<string, Json>>,
    onChange: () => void,
  ) {
    this.#onChange = onChange;
    this.#cloud = cloud;
    this.#store = store;
    this.#stack = stack;
    this.#template = template;
    this.#steps = new ResourceSteps(cloud, stack);
    const active = new Set<string>();
    this.#resolver = new Resolver({
      template,
      place: stack.place,
      stackName: stack.name,
      stackId: stack.id,
      parameters,
      resource: (name) => (active.has(name) ? stack.resources.get(name) : undefined),
      importValue: (name) => {
        this.#imports.add(name);
        return findExport(store, name)?.output.value;
      },
    });
    for (const [name, { condition }] of Object.entries(template.resources)) {
      const there =
        condition === undefined || this.#resolver.condition(condition, `Resources.${name}`);
      if (there) active.add(name);
    }
    this.order = creationOrder(template, [...active]);
    this.#checkRules();
  }

  get imports(): ReadonlySet<string> {
    return this.#imports;
  }

  async forward(): Promise<StackOutput[]> {
    for (const name of this.order) await this.#apply(name);
    const outputs = this.#outputs();
    checkExports(this.#store, this.#stack, outputs);
    return outputs;
  }

  /** Removes what was replaced and what the template no longer has; a failure here fails nothing. */
  async cleanUp(previousOrder: readonly string[]): Promise<void> {
    const { resources } = this.#stack;
    const kept = new Set(this.order);
    const gone: { resource: DeployedResource; retained: boolean }[] = [];
    for (const step of this.#done) {
      if (step.kind !== 'replaced') continue;
      gone.push({ resource: step.before, retained: step.before.updateReplacePolicy === 'Retain' });
    }
    for (const [name, resource] of resources) {
      if (kept.has(name)) continue;
      gone.push({ resource, retained: resource.deletionPolicy.startsWith('Retain') });
      resources.delete(name);
    }
    if (gone.length > 0) this.#onChange();
    const at = ({ resource }: { resource: DeployedResource }) =>
      previousOrder.indexOf(resource.logicalId);
    gone.sort((a, b) => at(b) - at(a));
    for (const { resource, retained } of gone) {
      const failure = await this.#steps.remove(resource, retained);
      if (failure) this.#cloud.warn(`stack ${this.#stack.name}: ${failure}`);
    }
  }

  /** Undoes all steps, newest first; answers what could not be undone. */
  async back(): Promise<string[]> {
    const failures: string[] = [];
    for (const step of this.#done.reverse()) {
      const failure = await this.#steps.undo(step);
      if (failure) failures.push(failure);
    }
    return failures;
  }

  async #apply(name: string): Promise<void> {
    const resource = this.#template.resources[name];
    if (resource === undefined) return;
    try {
      const path = `Resources.${name}.Properties`;
      const resolved = this.#resolver.object(resource.properties, path);
      const { account, region } = this.#stack.place;
      const context = { account, region, principal: deployer(account, region) };
      const properties = await resolveDynamicReferences(resolved, this.#cloud, context);
      if (!isObject(properties)) return;
      await this.#make(name, properties);
    } catch (error) {
      if (error instanceof StepFailed && error.step) this.#done.push(error.step);
      const reason = error instanceof Error ? error.message : String(error);
      const where =
        resource.path === undefined ? resource.type : `${resource.path}, ${resource.type}`;
      throw new TemplateError(`${name} (${where}): ${reason}`, { cause: error });
    }
  }

  async #make(name: string, properties: JsonObject): Promise<void> {
    const resource = this.#template.resources[name];
    if (resource === undefined) return;
    const before = this.#stack.resources.get(name);
    if (before === undefined) {
      this.#onChange();
      this.#done.push(await this.#steps.create(name, resource, properties));
      return;
    }
    if (before.type !== resource.type) {
      throw new TemplateError(
        `Update of resource type is not permitted: it was ${before.type}; give the new resource another logical id`,
      );
    }
    if (!equal(before.properties, properties)) {
      this.#onChange();
      this.#done.push(await this.#steps.update(before, resource, properties));
      return;
    }
    const { path, deletionPolicy, updateReplacePolicy } = resource;
    this.#stack.resources.set(name, { ...before, path, deletionPolicy, updateReplacePolicy });
  }

  #outputs(): StackOutput[] {
    const outputs: StackOutput[] = [];
    for (const [key, output] of Object.entries(this.#template.outputs)) {
      const path = `Outputs.${key}`;
      if (output.condition !== undefined && !this.#resolver.condition(output.condition, path))
        continue;
      const { exportName, description } = output;
      outputs.push({
        key,
        value: this.#resolver.text(output.value, `${path}.Value`),
        exportName:
          exportName === undefined
            ? undefined
            : this.#resolver.text(exportName, `${path}.Export.Name`),
        description,
      });
    }
    return outputs;
  }

  #checkRules(): void {
    for (const [name, rule] of Object.entries(this.#template.rules)) {
      if (!isObject(rule)) continue;
      const path = `Rules.${name}`;
      const condition = rule['RuleCondition'];
      if (condition !== undefined && !this.#resolver.truth(condition, path)) continue;
      const assertions = Array.isArray(rule['Assertions']) ? rule['Assertions'] : [];
      for (const assertion of assertions) {
        if (!isObject(assertion) || assertion['Assert'] === undefined) continue;
        if (this.#resolver.truth(assertion['Assert'], path)) continue;
        const said = assertion['AssertDescription'] ?? JSON.stringify(assertion['Assert']);
        throw new TemplateError(`${path}: ${String(said)}`);
      }
    }
  }
}

const begin = (
  cloud: TemplateCloud,
  store: StackStore,
  request: StackRequest,
): { stack: Stack; fresh: boolean } => {
  const known = store.stacks.get(request.name);
  // As `cdk deploy` does: a stack that never came to be is made anew.
  if (known === undefined || known.status === 'ROLLBACK_COMPLETE') {
    return { stack: newStack(cloud, store, request), fresh: true };
  }
  if (known.deploying || !FINAL.test(known.status)) {
    const why = known.deploying ? 'while another deployment of it runs' : 'in this state';
    throw new StackFailed(known, `it can not be updated ${why}`);
  }
  return { stack: known, fresh: false };
};

const forwardOrBack = async (
  cloud: TemplateCloud,
  stack: Stack,
  deployment: Deployment,
  fresh: boolean,
): Promise<StackOutput[]> => {
  try {
    return await deployment.forward();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const rollback = fresh ? 'ROLLBACK' : 'UPDATE_ROLLBACK';
    setStatus(cloud, stack, `${rollback}_IN_PROGRESS`, reason);
    const failures = await deployment.back();
    const end = failures.length > 0 ? 'FAILED' : 'COMPLETE';
    setStatus(cloud, stack, `${rollback}_${end}`, failures.join('; ') || undefined);
    throw new StackFailed(stack, [reason, ...failures].join('; '), error);
  }
};

/** Makes or changes one stack. When a step fails, everything is put back and `StackFailed` says why. */
export const deployStack = async (
  cloud: TemplateCloud,
  store: StackStore,
  request: StackRequest,
): Promise<StackResult> => {
  const { template } = request;
  const { stack, fresh } = begin(cloud, store, request);
  const previous = Object.entries(stack.asked).filter(([name]) => name in template.parameters);
  const { values, asked } = resolveParameters(
    template,
    request.parameters ?? {},
    Object.fromEntries(previous),
    cloud,
    store.place,
  );
  const verb = fresh ? 'CREATE' : 'UPDATE';
  // "No updates are to be performed": a stack that nothing changes keeps its status.
  let changed = false;
  const change = (): void => {
    if (!changed) setStatus(cloud, stack, `${verb}_IN_PROGRESS`);
    changed = true;
  };
  const deployment = new Deployment(cloud, store, stack, template, values, change);
  store.stacks.set(stack.name, stack);
  stack.deploying = true;
  try {
    if (fresh) change();
    const outputs = await forwardOrBack(cloud, stack, deployment, fresh);
    if (!equal(outputs, stack.outputs)) change();
    const previousOrder = stack.order;
    const { order, imports } = deployment;
    Object.assign(stack, { template, asked, parameters: values, order, outputs, imports });
    await deployment.cleanUp(previousOrder);
    if (!changed) return { stack, outcome: 'unchanged' };
    if (!fresh) stack.updatedAt = cloud.clock.now();
    setStatus(cloud, stack, `${verb}_COMPLETE`);
    return { stack, outcome: fresh ? 'created' : 'updated' };
  } finally {
    stack.deploying = false;
  }
};

/** Deletes a stack and what it made; what is to be retained stays. */
export const deleteStack = async (
  cloud: TemplateCloud,
  store: StackStore,
  name: string,
): Promise<void> => {
  const stack = store.stacks.get(name);
  if (stack === undefined) return;
  checkExports(store, stack, []);
  setStatus(cloud, stack, 'DELETE_IN_PROGRESS');
  const steps = new ResourceSteps(cloud, stack);
  const failures: string[] = [];
  for (const logicalId of [...stack.order].reverse()) {
    const resource = stack.resources.get(logicalId);
    if (resource === undefined) continue;
    const failure = await steps.remove(resource, resource.deletionPolicy.startsWith('Retain'));
    if (failure) failures.push(failure);
    else stack.resources.delete(logicalId);
  }
  if (failures.length > 0) {
    setStatus(cloud, stack, 'DELETE_FAILED', failures.join('; '));
    throw new StackFailed(stack, failures.join('; '));
  }
  setStatus(cloud, stack, 'DELETE_COMPLETE');
  store.stacks.delete(name);
};
