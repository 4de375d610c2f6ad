import { NormalizedSchema } from '@smithy/core/schema';
import { sdkClients } from './sdk-clients.ts';

/** An operation as its schema has it. */
export interface OperationModel {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Method, path template and status, where the service speaks REST. */
  readonly http: readonly [method: string, path: string, status: number] | undefined;
}

/** All that the wire needs to know of one service. */
export interface ServiceModel {
  readonly service: string;
  readonly namespace: string;
  /** What `X-Amz-Target` begins with. */
  readonly target: string | undefined;
  readonly version: string;
  readonly xmlNamespace: string | undefined;
  /** Errors also carry the code that they had in the query protocol. */
  readonly queryCompatible: boolean;
  /** The class name of the client's own protocol. */
  readonly protocol: string;
  readonly operations: ReadonlyMap<string, OperationModel>;
  readonly errors: ReadonlyMap<string, NormalizedSchema>;
}

interface ClientConfig {
  readonly protocol: { readonly constructor: { readonly name: string } };
  readonly protocolSettings: {
    readonly serviceTarget?: string;
    readonly version?: string;
    readonly xmlNamespace?: string;
    readonly awsQueryCompatible?: boolean;
  };
}

const OPERATION = 9;
const ERROR = -3;

const isSchema = (value: unknown, kind: number): value is readonly unknown[] =>
  Array.isArray(value) && value[0] === kind && typeof value[2] === 'string';

/** Schemas may be given as functions, because they refer to each other. */
const schemaOf = (reference: unknown): NormalizedSchema =>
  NormalizedSchema.of((typeof reference === 'function' ? reference() : reference) as never);

const readClient = (client: object): ClientConfig => {
  const entry = Object.entries(client).find(
    ([name, value]) => /^[A-Z]\w*Client$/.test(name) && typeof value === 'function',
  );
  const Client = entry?.[1] as new (configuration: object) => { config: ClientConfig };
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  return new Client({ region: 'us-east-1', credentials }).config;
};

const readModel = (service: string, client: object): ServiceModel => {
  const { protocol, protocolSettings: settings } = readClient(client);
  const operations = new Map<string, OperationModel>();
  const errors = new Map<string, NormalizedSchema>();
  let namespace = '';
  for (const schema of Object.values(client)) {
    if (isSchema(schema, OPERATION)) {
      const [, space, name, traits, input, output] = schema;
      namespace = String(space);
      const http = (traits as { http?: OperationModel['http'] } | 0) || {};
      operations.set(String(name), {
        name: String(name),
        input: schemaOf(input),
        output: schemaOf(output),
        http: http.http,
      });
    }
    if (isSchema(schema, ERROR)) errors.set(String(schema[2]), schemaOf(schema));
  }
  return {
    service,
    namespace,
    target: settings.serviceTarget,
    version: settings.version ?? '',
    xmlNamespace: settings.xmlNamespace,
    queryCompatible: settings.awsQueryCompatible ?? false,
    protocol: protocol.constructor.name,
    operations,
    errors,
  };
};

const models = new Map<string, Promise<ServiceModel>>();

/** The model of a service by its name in the credential scope. */
export const serviceModel = (signingName: string): Promise<ServiceModel> | undefined => {
  if (!Object.hasOwn(sdkClients, signingName)) return undefined;
  const client = sdkClients[signingName];
  const known = models.get(signingName);
  if (known || client === undefined) return known;
  const loading = client.load().then((module) => readModel(client.service, module));
  models.set(signingName, loading);
  return loading;
};
