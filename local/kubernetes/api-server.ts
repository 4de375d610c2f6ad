import { respond, success, typedFault } from './answers.ts';
import { defaulted } from './defaults.ts';
import { discovery } from './discovery.ts';
import { jsonPatch } from './json-patch.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { applyServerSide, trackUpdate } from './managed-fields.ts';
import { jsonMergePatch, mergeByKeys } from './merge.ts';
import { type KubeObject, timestamp } from './objects.ts';
import { type Attributes, type Call, isDryRun, parseAny, parseBody, parseCall } from './request.ts';
import { replicasOf, scaleOf, withReplicas } from './scale.ts';
import { type SchemaFault, schemaFaults } from './schema.ts';
import { parsedFieldSelector, parsedLabelSelector } from './selectors.ts';
import {
  badRequest,
  KubernetesError,
  notFound,
  notImplemented,
  unsupportedMediaType,
} from './status.ts';
import type { ObjectStore } from './store.ts';
import { validate } from './validation.ts';

export interface ApiServerOptions {
  readonly store: ObjectStore;
  now(): number;
  token(length: number): string;
  /** Refuses by throwing, before anything is done. */
  authorize?(user: string | undefined, attributes: Attributes): void;
  /** Refuses by throwing, after validation and before a write; may add to the object. */
  admit(object: KubeObject): KubeObject;
  /** Text that a container wrote. */
  logs?(pod: KubeObject, container: string | undefined): string | Promise<string>;
}

/** The Kubernetes API over its HTTP form, without a network. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #store: ObjectStore;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  /** Answers one request of a user whose identity is proven. */
  async handle(url: URL, init: RequestInit, user?: string): Promise<Response> {
    try {
      const found = discovery(url.pathname);
      if (found !== undefined) return respond(200, found);
      const call = parseCall(url, init, init.body ? await new Response(init.body).text() : '');
      this.#options.authorize?.(user, call.attributes);
      if (call.attributes.subresource === 'log') return await this.#log(call);
      const { code, body } = this.#run(call);
      return respond(code, body);
    } catch (error) {
      if (error instanceof KubernetesError) return respond(error.code, error.status);
      throw error;
    }
  }

  #run(call: Call): { code: number; body: unknown } {
    const { verb, kind, namespace, name } = call.attributes;
    switch (verb) {
      case 'get':
        return { code: 200, body: this.#presented(call, this.#get(call)) };
      case 'list':
        return { code: 200, body: this.#list(call) };
      case 'create':
        return { code: 201, body: this.#create(call) };
      case 'update':
        return { code: 200, body: this.#update(call) };
      case 'patch':
        return this.#patch(call);
      case 'delete':
        return {
          code: 200,
          body: this.#delete(call, this.#store.get(kind, namespace, name ?? '')),
        };
      default:
        for (const object of this.#selected(call)) this.#delete(call, object);
        return { code: 200, body: success(kind, '') };
    }
  }

  #get({ attributes: { kind, namespace, name = '' } }: Call): KubeObject {
    return this.#store.get(kind, namespace, name);
  }

  #presented({ attributes }: Call, object: KubeObject): KubeObject {
    return attributes.subresource === 'scale' ? scaleOf(object) : object;
  }

  #selected({ attributes: { kind, namespace }, query }: Call): KubeObject[] {
    const labels = parsedLabelSelector(query.get('labelSelector'));
    const fields = parsedFieldSelector(query.get('fieldSelector'));
    return this.#store
      .list(kind.kind, kind.namespaced ? namespace : undefined)
      .filter((object) => labels(object.metadata.labels) && fields(object));
  }

  #list(call: Call): unknown {
    if (call.query.get('watch') === 'true') throw notImplemented('watches; list again instead');
    const { kind } = call.attributes;
    return {
      kind: `${kind.kind}List`,
      apiVersion: apiVersionOf(kind),
      metadata: { resourceVersion: this.#store.resourceVersion },
      items: this.#selected(call),
    };
  }

  #create(call: Call): KubeObject {
    const { kind, namespace } = call.attributes;
    const given = this.#decoded(call, parseBody(call.body));
    const name =
      given.metadata.name ??
      (given.metadata.generateName && `${given.metadata.generateName}${this.#options.token(5)}`);
    if (!name) throw badRequest('name or generateName is required');
    this.#assertNamespace(kind, namespace);
    const { resourceVersion: _, uid: __, managedFields: ___, ...metadata } = given.metadata;
    const { status: ____, ...rest } = given;
    const object = this.#admitted(kind, {
      ...rest,
      metadata: { ...metadata, name, ...(kind.namespaced && namespace ? { namespace } : {}) },
    });
    const tracked = trackUpdate(undefined, object, this.#by(call));
    return isDryRun(call) ? tracked : this.#store.create(tracked);
  }

  #update(call: Call): KubeObject {
    const live = this.#get(call);
    if (call.attributes.subresource === 'scale') {
      return scaleOf(this.#write(call, live, withReplicas(live, replicasOf(parseBody(call.body)))));
    }
    return this.#write(call, live, this.#decoded(call, parseBody(call.body)));
  }

  #patch(call: Call): { code: number; body: unknown } {
    const { kind, namespace, name = '', subresource } = call.attributes;
    const live = this.#store.find(kind.kind, kind.namespaced ? namespace : undefined, name);
    if (call.contentType.startsWith('application/apply-patch')) return this.#apply(call, live);
    if (live === undefined) throw notFound(kind, name);
    const target = subresource === 'scale' ? scaleOf(live) : live;
    const patched = this.#patched(call, target) as KubeObject;
    if (subresource === 'scale') {
      return {
        code: 200,
        body: scaleOf(this.#write(call, live, withReplicas(live, replicasOf(patched)))),
      };
    }
    const { resourceVersion: _, ...metadata } = patched.metadata;
    const stated = (parseAny(call.body) as { metadata?: { resourceVersion?: string } }).metadata;
    const checked = stated?.resourceVersion ? patched : { ...patched, metadata };
    return { code: 200, body: this.#write(call, live, this.#decoded(call, checked)) };
  }

  #patched(call: Call, live: KubeObject): unknown {
    const patch = parseAny(call.body);
    switch (call.contentType) {
      case 'application/merge-patch+json':
        return jsonMergePatch(live, patch);
      case 'application/json-patch+json':
        return jsonPatch(live, patch);
      case 'application/strategic-merge-patch+json':
        if (call.attributes.kind.group.includes('k8s.aws')) break;
        return mergeByKeys(live, patch);
    }
    throw unsupportedMediaType([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  }

  #apply(call: Call, live: KubeObject | undefined): { code: number; body: unknown } {
    const { kind, namespace, name = '', subresource } = call.attributes;
    if (subresource !== undefined) throw notImplemented(`server-side apply of ${subresource}`);
    if (!call.query.get('fieldManager')) {
      throw badRequest(
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      );
    }
    const given = parseBody(call.body);
    if (given.metadata?.managedFields) throw badRequest('metadata.managedFields must be nil');
    if (given.metadata?.name !== undefined && given.metadata.name !== name) {
      throw badRequest('the name of the object does not match the name on the URL');
    }
    this.#assertFits(given, kind, (faults) => {
      const where = `(${namespace ? `${namespace}/` : ''}${name}; ${apiVersionOf(kind)}, Kind=${kind.kind})`;
      return new KubernetesError(
        500,
        undefined,
        `failed to create typed patch object ${where}: ${typedFault(faults)}`,
      );
    });
    this.#assertNamespace(kind, namespace);
    const applied = {
      ...given,
      metadata: { ...given.metadata, name, ...(kind.namespaced && namespace ? { namespace } : {}) },
    };
    const merged = applyServerSide(live, applied, {
      ...this.#by(call),
      force: call.query.get('force') === 'true',
    });
    if (live === undefined) {
      const object = this.#admitted(kind, merged);
      return { code: 201, body: isDryRun(call) ? object : this.#store.create(object) };
    }
    const { status: _, ...rest } = merged;
    const status = live.status ? { status: live.status } : {};
    const object = this.#admitted(kind, { ...rest, ...status }, live);
    return { code: 200, body: isDryRun(call) ? object : this.#store.replace(object) };
  }

  /** Puts a whole object in place of another; the status only by its subresource, and nothing else there. */
  #write(call: Call, live: KubeObject, given: KubeObject): KubeObject {
    const { kind, subresource } = call.attributes;
    const { status, ...rest } = given;
    const whole =
      subresource === 'status'
        ? { ...live, ...(status === undefined ? {} : { status }) }
        : { ...rest, ...(live.status === undefined ? {} : { status: live.status }) };
    const { resourceVersion } = given.metadata;
    const object = this.#admitted(
      kind,
      {
        ...whole,
        metadata: {
          ...whole.metadata,
          name: live.metadata.name,
          ...(live.metadata.namespace ? { namespace: live.metadata.namespace } : {}),
          ...(resourceVersion ? { resourceVersion } : {}),
          ...(live.metadata.managedFields ? { managedFields: live.metadata.managedFields } : {}),
        },
      },
      live,
    );
    const tracked = trackUpdate(live, object, {
      ...this.#by(call),
      ...(subresource ? { subresource } : {}),
    });
    return isDryRun(call) ? tracked : this.#store.replace(tracked);
  }

  #admitted(kind: Kind, given: KubeObject, live?: KubeObject): KubeObject {
    const object = defaulted(given);
    validate(object, kind, live);
    return live === undefined ? this.#options.admit(object) : object;
  }

  #delete(call: Call, object: KubeObject): unknown {
    const { kind } = call.attributes;
    const options = call.body
      ? (parseAny(call.body) as { gracePeriodSeconds?: number; preconditions?: { uid?: string } })
      : {};
    if (options.preconditions?.uid && options.preconditions.uid !== object.metadata.uid) {
      throw new KubernetesError(
        409,
        'Conflict',
        `Precondition failed: UID in precondition: ${options.preconditions.uid}, UID in object meta: ${object.metadata.uid}`,
      );
    }
    if (isDryRun(call)) return object;
    const given = call.query.get('gracePeriodSeconds') ?? options.gracePeriodSeconds;
    const spec = object.spec as { terminationGracePeriodSeconds?: number } | undefined;
    const grace =
      kind.kind === 'Pod' ? Number(given ?? spec?.terminationGracePeriodSeconds ?? 30) : 0;
    const removed = this.#store.remove(object, grace);
    return removed.metadata.deletionTimestamp
      ? removed
      : success(kind, object.metadata.name, object.metadata.uid);
  }

  async #log(call: Call): Promise<Response> {
    const text =
      (await this.#options.logs?.(this.#get(call), call.query.get('container') ?? undefined)) ?? '';
    const tail = call.query.get('tailLines');
    const lines =
      tail === null ? text : `${text.trimEnd().split('\n').slice(-Number(tail)).join('\n')}\n`;
    return new Response(lines, { status: 200, headers: { 'content-type': 'text/plain' } });
  }

  #by(call: Call): { manager: string; at: string } {
    return { manager: call.manager, at: timestamp(this.#options.now()) };
  }

  #assertNamespace(kind: Kind, namespace: string | undefined): void {
    if (!kind.namespaced) return;
    const type = { group: '', plural: 'namespaces', kind: 'Namespace' };
    const found = namespace && this.#store.find('Namespace', undefined, namespace);
    if (!found) throw notFound(type, namespace ?? '');
    if (found.metadata.deletionTimestamp) {
      throw new KubernetesError(
        403,
        'Forbidden',
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }

  #decoded({ attributes: { kind }, query }: Call, given: KubeObject): KubeObject {
    const apiVersion = apiVersionOf(kind);
    if (given.apiVersion !== apiVersion || given.kind !== kind.kind) {
      throw badRequest(
        `${given.kind ?? ''} in version "${given.apiVersion ?? ''}" cannot be handled as a ${kind.kind}: no kind "${given.kind ?? ''}" is registered for version "${given.apiVersion ?? ''}"`,
      );
    }
    const strict = query.get('fieldValidation') === 'Strict';
    this.#assertFits(given, kind, (faults) => {
      const wrong = faults.find((fault) => fault.problem === 'type');
      if (wrong) {
        return badRequest(
          `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: json: cannot unmarshal ${wrong.got} into Go struct field ${kind.kind}${wrong.path} of type ${wrong.expected}`,
        );
      }
      if (!strict) return undefined;
      const unknown = faults.map((fault) => `unknown field "${fault.path.slice(1)}"`);
      return badRequest(`strict decoding error: ${unknown.join(', ')}`);
    });
    return given;
  }

  #assertFits(
    given: KubeObject,
    kind: Kind,
    refusal: (faults: SchemaFault[]) => Error | undefined,
  ): void {
    const faults = schemaFaults(given, kind);
    const error = faults.length > 0 ? refusal(faults) : undefined;
    if (error) throw error;
  }
}
