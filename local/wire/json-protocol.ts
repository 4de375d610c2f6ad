import { AwsError } from '../services/aws-error.ts';
import { errorBody, errorSchema, queryError, statusOf } from './error-shape.ts';
import { type Protocol, parseJson, textOf } from './message.ts';
import { decode, encode, jsonLeaves } from './schema-values.ts';

const leaves = jsonLeaves(false);

/** AWS JSON 1.0 and 1.1: everything in the body, the operation in `X-Amz-Target`. */
export const jsonProtocol = (version: '1.0' | '1.1'): Protocol => {
  const headers = (requestId: string) => ({
    'content-type': `application/x-amz-json-${version}`,
    'x-amzn-requestid': requestId,
  });
  return {
    read(request, model) {
      const target = request.headers['x-amz-target'] ?? '';
      const dot = target.lastIndexOf('.');
      const operation = model.operations.get(target.slice(dot + 1));
      if (operation === undefined || target.slice(0, dot) !== model.target) {
        throw new AwsError(
          'UnknownOperationException',
          `${target} is no operation of ${model.service}; its targets begin with ${model.target}.`,
        );
      }
      const body = textOf(request.body);
      const input = decode(operation.input, body === '' ? {} : parseJson(body), leaves);
      return { operation, input };
    },
    write: (operation, output, _model, requestId) => ({
      status: 200,
      headers: headers(requestId),
      body: operation.output.isUnitSchema()
        ? '{}'
        : JSON.stringify(encode(operation.output, output, leaves)),
    }),
    fail(error, model, requestId) {
      const schema = errorSchema(error, model);
      const compatible = model?.queryCompatible ? queryError(schema) : undefined;
      const fault = error.fault === 'client' ? 'Sender' : 'Receiver';
      const name = schema?.getName() ?? error.name;
      const type = version === '1.0' && schema ? `${model?.namespace}#${name}` : name;
      return {
        status: version === '1.1' ? error.status : statusOf(error, schema),
        headers: {
          ...headers(requestId),
          ...(model?.queryCompatible && {
            'x-amzn-query-error': `${compatible?.code ?? name};${fault}`,
          }),
        },
        body: JSON.stringify({ __type: type, ...errorBody(error, schema, leaves) }),
      };
    },
  };
};
