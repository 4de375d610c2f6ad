import { CallLog, type CallRecord } from './call-log.ts';
import { Chance } from './chance.ts';
import { type InProcessClient, inProcessClient } from './client.ts';
import type { Clock } from './clock/clock.ts';
import { type HttpHandler, HttpHosts } from './http-hosts.ts';
import { PermissionRecord } from './iam/record.ts';
import { notImplemented } from './services/aws-error.ts';
import type {
  AwsEvent,
  CallContext,
  CloudContext,
  Datum,
  Place,
  Principal,
  ResourceProvider,
  Service,
  ServiceModule,
} from './services/service.ts';
import type { Asset } from './template/assembly.ts';
import { type DeployOptions, deployAssembly } from './template/deploy-assembly.ts';
import type { StackResult } from './template/deploy-stack.ts';

/** An event as it went onto a bus of the cloud. */
export interface EmittedEvent extends Place {
  readonly event: AwsEvent & { readonly id: string; readonly time: string };
}

/** What a cloud is made of. */
export interface CloudOptions {
  readonly clock: Clock;
  readonly seed: number | string;
  readonly modules: readonly ServiceModule[];
  readonly warn?: (message: string) => void;
  /** How many of the newest calls `calls` remembers. */
  readonly callsKept?: number;
}

interface EventBus extends Service {
  put(event: AwsEvent, busName?: string): void;
}

interface MetricStore extends Service {
  record(datum: Datum): void;
}

/** The account's owner at the door. */
export const operatorOf = (account: string): Principal => ({
  arn: `arn:aws:iam::${account}:root`,
  account,
});

/** All accounts and Regions in one process: the stand-ins of the services, and what passes between them. */
export class Cloud implements CloudContext {
  readonly clock: Clock;
  /** Which actions each principal called. */
  readonly permissions = new PermissionRecord();
  readonly #chance: Chance;
  readonly #modules: ReadonlyMap<string, ServiceModule>;
  readonly #providers: ReadonlyMap<string, ResourceProvider>;
  readonly #services = new Map<string, Service>();
  readonly #making = new Set<string>();
  readonly #calls: CallLog;
  readonly #eventListeners = new Set<(event: EmittedEvent) => void>();
  readonly #hosts = new HttpHosts();
  readonly #assets = new Map<string, string>();
  readonly #warn: (message: string) => void;

  constructor(options: CloudOptions) {
    this.clock = options.clock;
    this.#chance = new Chance(options.seed);
    this.#modules = new Map(options.modules.map((module) => [module.name, module]));
    this.#providers = new Map(
      options.modules.flatMap((module) => Object.entries(module.resources)),
    );
    this.#calls = new CallLog(options.callsKept ?? 1000);
    this.#warn = options.warn ?? (() => {});
    this.#calls.listen((call) => this.permissions.add(call));
  }

  random(): number {
    return this.#chance.random();
  }

  uuid(): string {
    return this.#chance.uuid();
  }

  token(length: number): string {
    return this.#chance.token(length);
  }

  warn(message: string): void {
    this.#warn(message);
  }

  has(service: string): boolean {
    return this.#modules.has(service);
  }

  service<T extends Service = Service>(name: string, place: Place): T {
    const key = `${name} ${place.account} ${place.region}`;
    const known = this.#services.get(key);
    if (known) return known as T;
    const module = this.#modules.get(name);
    if (module === undefined) throw notImplemented(name, '*');
    if (this.#making.has(key)) {
      throw new Error(
        `${[...this.#making, key].join(' needs ')}: ask for a neighbour when it is needed, not while being made`,
      );
    }
    this.#making.add(key);
    try {
      const service = module.create(this, { account: place.account, region: place.region });
      this.#services.set(key, service);
      return service as T;
    } finally {
      this.#making.delete(key);
    }
  }

  async call<T = unknown>(
    service: string,
    operation: string,
    input: unknown,
    context: CallContext,
  ): Promise<T> {
    const asked = structuredClone(input ?? {});
    const record = (outcome: string): void => this.#calls.add({ ...call, outcome });
    const call = {
      principal: context.principal,
      service,
      operation,
      account: context.account,
      region: context.region,
      at: this.clock.now(),
      input: asked,
    };
    try {
      const operations = this.has(service) ? this.service(service, context).operations : {};
      const run = operation in Object.prototype ? undefined : operations[operation];
      if (run === undefined) throw notImplemented(service, operation);
      const output = structuredClone((await run.call(operations, asked, context)) ?? {});
      record('ok');
      return output as T;
    } catch (error) {
      record(error instanceof Error ? error.name : 'Error');
      throw error;
    }
  }

  emit(event: AwsEvent, place: Place): void {
    const complete = {
      ...event,
      id: event.id ?? this.uuid(),
      time: event.time ?? new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
    for (const listener of this.#eventListeners) {
      listener({ account: place.account, region: place.region, event: complete });
    }
    if (this.has('eventbridge')) this.service<EventBus>('eventbridge', place).put(complete);
  }

  measure(datum: Datum, place: Place): void {
    if (this.has('cloudwatch')) this.service<MetricStore>('cloudwatch', place).record(datum);
  }

  /** The newest calls, oldest first. */
  get calls(): readonly CallRecord[] {
    return this.#calls.list();
  }

  /** Hears of every call when it has ended. The function that it answers ends the listening. */
  onCall(listener: (call: CallRecord) => void): () => void {
    return this.#calls.listen(listener);
  }

  /** Hears of every event that a service emits. The function that it answers ends the listening. */
  onEvent(listener: (event: EmittedEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** A client for any SDK command, answered in this process. */
  client(place: Place, principal: Principal): InProcessClient {
    return inProcessClient(this, place, principal);
  }

  /** Serves addresses inside the cloud; see `http`. The function that it answers ends it. */
  serveHttp(matches: (url: URL) => boolean, handler: HttpHandler): () => void {
    return this.#hosts.serve(matches, handler);
  }

  /** The answer of a host inside the cloud, or `undefined` where the address is not the cloud's. */
  http(url: string | URL, init?: RequestInit): Promise<Response> | undefined {
    return this.#hosts.request(url, init);
  }

  /** Deploys a cloud assembly (`cdk.out`): new stacks are made, changed ones changed, others left alone. */
  deploy(assemblyDirectory: string, options: DeployOptions = {}): Promise<StackResult[]> {
    return deployAssembly(this, assemblyDirectory, options);
  }

  /** The file or directory on disk that templates know as an object of a bucket. */
  asset(bucket: string, key: string): string | undefined {
    return this.#assets.get(`${bucket}/${key}`);
  }

  addAsset(asset: Asset): void {
    this.#assets.set(`${asset.bucket}/${asset.key}`, asset.path);
  }

  /** How a resource type is made, where some service knows. */
  provider(type: string): ResourceProvider | undefined {
    return this.#providers.get(type);
  }
}
