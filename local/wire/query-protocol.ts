import { AwsError } from '../services/aws-error.ts';
import { errorSchema, queryError } from './error-shape.ts';
import { fromForm, parseForm } from './form.ts';
import { type Protocol, textOf, type WireRequest } from './message.ts';
import { escapeXml, members } from './xml.ts';

const headers = (requestId: string) => ({
  'content-type': 'text/xml',
  'x-amzn-requestid': requestId,
});

/** A form, whether it came in the body or, as with presigned requests, in the address. */
export const formOf = (request: WireRequest): URLSearchParams =>
  new URLSearchParams(request.method === 'GET' ? request.query : textOf(request.body));

/** AWS's query protocol: a form in, XML out. */
export const queryProtocol: Protocol = {
  read(request, model) {
    const form = formOf(request);
    const action = form.get('Action') ?? '';
    const operation = model.operations.get(action);
    if (operation === undefined) {
      throw new AwsError(
        'InvalidAction',
        `Could not find operation ${action} for version ${form.get('Version') ?? model.version}`,
      );
    }
    const input = operation.input.isStructSchema()
      ? fromForm(operation.input, parseForm(form))
      : {};
    return { operation, input };
  },
  write(operation, output, model, requestId) {
    const { name } = operation;
    const inside = operation.output.isStructSchema() ? members(operation.output, output ?? {}) : '';
    const result = operation.output.isUnitSchema()
      ? ''
      : `<${name}Result>${inside}</${name}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return {
      status: 200,
      headers: headers(requestId),
      body: `<${name}Response xmlns="${escapeXml(model.xmlNamespace ?? '')}">${result}${metadata}</${name}Response>`,
    };
  },
  fail(error, model, requestId) {
    const schema = errorSchema(error, model);
    const known = queryError(schema);
    const type = error.fault === 'client' ? 'Sender' : 'Receiver';
    const extra = schema
      ? members(schema, { ...error.members, message: undefined, Message: undefined })
      : '';
    return {
      status: known?.status ?? error.status,
      headers: headers(requestId),
      body: `<ErrorResponse xmlns="${escapeXml(model?.xmlNamespace ?? '')}"><Error><Type>${type}</Type><Code>${escapeXml(known?.code ?? error.name)}</Code><Message>${escapeXml(error.message)}</Message>${extra}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    };
  },
};
