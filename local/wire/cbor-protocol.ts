import { cbor, dateToTag } from '@smithy/core/cbor';
import { AwsError } from '../services/aws-error.ts';
import { errorBody, errorSchema, queryError, statusOf } from './error-shape.ts';
import { DEEPEST, type Protocol, serializationError } from './message.ts';
import { decode, encode, type Leaves } from './schema-values.ts';

const secondsOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'tag' in value && 'value' in value
    ? value.value
    : value;

const leaves: Leaves = {
  blobIn: (value, path) => {
    if (value instanceof Uint8Array) return Uint8Array.from(value);
    throw serializationError(`${path} must be bytes`);
  },
  blobOut: (value) => value,
  timestampIn: (value, path) => {
    const date = new Date(Number(secondsOf(value)) * 1000);
    if (Number.isNaN(date.getTime())) throw serializationError(`${path} must be a timestamp`);
    return date;
  },
  timestampOut: (value) => dateToTag(value),
  nameOf: (name) => name,
};

const checkDepth = (value: unknown, depth: number): void => {
  if (depth > DEEPEST) throw serializationError(`the body is nested deeper than ${DEEPEST}`);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  for (const child of Object.values(value)) checkDepth(child, depth + 1);
};

const parse = (body: Uint8Array): unknown => {
  if (body.length === 0) return {};
  try {
    return cbor.deserialize(body);
  } catch {
    throw serializationError('the body is not CBOR');
  }
};

/** The path of an operation: `/service/{target}/operation/{name}`. */
export const CBOR_PATH = /^\/service\/([^/]+)\/operation\/([^/]+)$/;

const headersFor = (requestId: string) => ({
  'content-type': 'application/cbor',
  'smithy-protocol': 'rpc-v2-cbor',
  'x-amzn-requestid': requestId,
});

const bytes = (value: unknown): Uint8Array => Uint8Array.from(cbor.serialize(value));

/** Smithy RPC v2 with CBOR. */
export const cborProtocol: Protocol = {
  read(request, model) {
    const [, target, name = ''] = CBOR_PATH.exec(request.path) ?? [];
    const operation = model.operations.get(name);
    if (operation === undefined) {
      throw new AwsError('UnknownOperationException', `${target} has no operation ${name}`);
    }
    const value = parse(request.body);
    checkDepth(value, 0);
    return { operation, input: decode(operation.input, value, leaves) };
  },
  write: (operation, output, _model, requestId) => ({
    status: 200,
    headers: headersFor(requestId),
    body: operation.output.isUnitSchema()
      ? new Uint8Array()
      : bytes(encode(operation.output, output, leaves)),
  }),
  fail(error, model, requestId) {
    const schema = errorSchema(error, model);
    const name = schema?.getName() ?? error.name;
    const type = schema ? `${model?.namespace}#${name}` : name;
    const compatible = queryError(schema);
    const fault = error.fault === 'client' ? 'Sender' : 'Receiver';
    return {
      status: statusOf(error, schema),
      headers: {
        ...headersFor(requestId),
        ...(model?.queryCompatible && {
          'x-amzn-query-error': `${compatible?.code ?? name};${fault}`,
        }),
      },
      body: bytes({ __type: type, ...errorBody(error, schema, leaves) }),
    };
  },
};
