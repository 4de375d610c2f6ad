import type { Clock } from '../clock/clock.ts';

/** An account and Region: the scope of nearly everything that AWS keeps. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** Who calls: a role session, an AWS service on a rule's behalf, or the operator at the door. */
export interface Principal {
  /** `arn:aws:sts::111111111111:assumed-role/name/session`, `arn:aws:iam::…:root`, or `events.amazonaws.com`. */
  readonly arn: string;
  readonly account: string;
  /** The role behind a session, `arn:aws:iam::111111111111:role/name`. */
  readonly roleArn?: string;
}

export interface CallContext extends Place {
  readonly principal: Principal;
}

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against the SDK's own schemas at the doors
export type Operation = (input: any, context: CallContext) => unknown;

/** What of one AWS service lives in one account and Region. Made on first use of that place. */
export interface Service {
  /** By the API's own operation name (`PutImage`). May answer directly or with a promise; errors are `AwsError`. */
  readonly operations: Readonly<Record<string, Operation>>;
}

export interface AwsEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
  readonly resources?: readonly string[];
  /** Defaults: `now` of the clock, a new id, the emitting place. */
  readonly time?: string;
  readonly id?: string;
}

/** Counts and durations of the data plane, in the form that CloudWatch takes in. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** How often `value` was seen; 1 unless told. */
  readonly count?: number;
  readonly unit?: string;
  /** Milliseconds since the epoch; the clock's `now` unless told. */
  readonly at?: number;
}

/** What the cloud gives each service: time, chance, its neighbours. Nothing else may be used. */
export interface CloudContext {
  readonly clock: Clock;
  /** Uniform on [0, 1), from the cloud's seed. */
  random(): number;
  /** A UUID, from the cloud's seed. */
  uuid(): string;
  /** `length` characters of lower-case letters and digits, from the cloud's seed. */
  token(length: number): string;
  /** Calls another service's operation as `context.principal`, recorded and authorized like any other call. */
  call<T = unknown>(
    service: string,
    operation: string,
    input: unknown,
    context: CallContext,
  ): Promise<T>;
  /** The live object of a neighbour in a place, for what AWS does inside (no principal, no record). */
  service<T extends Service = Service>(name: string, place: Place): T;
  /** An event of an AWS service onto the place's default bus. */
  emit(event: AwsEvent, place: Place): void;
  /** A data point of an AWS service's own metric. */
  measure(datum: Datum, place: Place): void;
  /** One line for whoever watches the local cloud itself (never for handlers' logs). */
  warn(message: string): void;
}

export type ServiceFactory<S extends Service = Service> = (cloud: CloudContext, place: Place) => S;

/** A resource as CloudFormation sees it after creation. */
export interface ResourceState {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives, by attribute name (`Arn`, `Endpoint.Address`). */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ResourceContext extends Place {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly cloud: CloudContext;
  /** Calls of CloudFormation itself. */
  readonly principal: Principal;
}

/**
 * How one resource type is made from a template. Properties are resolved (no intrinsics left).
 * `update` may answer with another physical id: then the old one is deleted after the deploy (replacement).
 */
export interface ResourceProvider {
  // biome-ignore lint/suspicious/noExplicitAny: each provider knows its own type's properties
  create(properties: any, context: ResourceContext): ResourceState | Promise<ResourceState>;
  update?(
    // biome-ignore lint/suspicious/noExplicitAny: see create
    properties: any,
    // biome-ignore lint/suspicious/noExplicitAny: see create
    previous: ResourceState & { readonly properties: any },
    context: ResourceContext,
  ): ResourceState | Promise<ResourceState>;
  remove?(
    previous: ResourceState & { readonly properties: unknown },
    context: ResourceContext,
  ): void | Promise<void>;
}

/** One folder under `local/services/` exports one of these. */
export interface ServiceModule<S extends Service = Service> {
  /** The SDK's name of the service: last part of its schema's namespace (`ecr`, `elasticloadbalancingv2`, `sfn`). */
  readonly name: string;
  readonly create: ServiceFactory<S>;
  readonly resources: Readonly<Record<string, ResourceProvider>>;
}
