import { AwsError } from '../services/aws-error.ts';
import { errorBody, errorSchema, statusOf } from './error-shape.ts';
import type { Protocol } from './message.ts';
import { readInput } from './rest-json-input.ts';
import { writeOutput } from './rest-json-output.ts';
import { findRoute } from './routes.ts';
import { jsonLeaves } from './schema-values.ts';

const leaves = jsonLeaves(true);

/** REST with JSON: members lie in path, query, headers and body. */
export const restJsonProtocol: Protocol = {
  read(request, model) {
    const route = findRoute(model, request);
    if (route === undefined) {
      throw new AwsError(
        'UnknownOperationException',
        `${request.method} ${request.path} is no operation of ${model.service}`,
        { status: 404 },
      );
    }
    const { operation, labels } = route;
    return { operation, input: readInput(operation.input, request, labels) };
  },
  write: (operation, output, _model, requestId) =>
    writeOutput(
      operation.output,
      (output ?? {}) as Record<string, unknown>,
      operation.http?.[2] ?? 200,
      requestId,
    ),
  fail(error, model, requestId) {
    const schema = errorSchema(error, model);
    return {
      status: statusOf(error, schema),
      headers: {
        'content-type': 'application/json',
        'x-amzn-errortype': error.name,
        'x-amzn-requestid': requestId,
      },
      body: JSON.stringify(errorBody(error, schema, leaves)),
    };
  },
};
