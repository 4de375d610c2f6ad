import type { NormalizedSchema } from '@smithy/core/schema';
import { parseJson, serializationError, textOf, type WireRequest } from './message.ts';
import { decode, jsonLeaves } from './schema-values.ts';
import { dateFromHeader } from './timestamps.ts';

const leaves = jsonLeaves(true);

/** A member from text: a path, a query, a header. */
const fromText = (schema: NormalizedSchema, text: string, name: string): unknown => {
  if (schema.isTimestampSchema()) {
    const date = dateFromHeader(text);
    if (Number.isNaN(date.getTime()))
      throw serializationError(`${name} must be a timestamp, got ${text}`);
    return date;
  }
  if (schema.isNumericSchema()) {
    const value = Number(text);
    if (text === '' || Number.isNaN(value))
      throw serializationError(`${name} must be a number, got ${text}`);
    return value;
  }
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false')
      throw serializationError(`${name} must be true or false, got ${text}`);
    return text === 'true';
  }
  if (schema.isListSchema()) {
    return text.split(',').map((item) => fromText(schema.getValueSchema(), item.trim(), name));
  }
  return text;
};

/** What a member says in a path, a query or a header; nothing where it is in the body. */
const bound = (
  member: NormalizedSchema,
  name: string,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
): unknown => {
  const { httpLabel, httpQuery, httpQueryParams, httpHeader, httpPrefixHeaders } =
    member.getMergedTraits();
  if (httpLabel) {
    const text = labels.get(name);
    return text === undefined ? undefined : fromText(member, text, name);
  }
  if (typeof httpQuery === 'string') {
    const values = request.query.getAll(httpQuery);
    if (values.length === 0) return undefined;
    return member.isListSchema()
      ? values.map((value) => fromText(member.getValueSchema(), value, name))
      : fromText(member, values[0] ?? '', name);
  }
  if (httpQueryParams) return Object.fromEntries(request.query);
  if (typeof httpHeader === 'string') {
    const text = request.headers[httpHeader.toLowerCase()];
    return text === undefined ? undefined : fromText(member, text, name);
  }
  if (typeof httpPrefixHeaders === 'string') {
    const prefix = httpPrefixHeaders.toLowerCase();
    const entries = Object.entries(request.headers).filter(([header]) => header.startsWith(prefix));
    return Object.fromEntries(
      entries.map(([header, value]) => [header.slice(prefix.length), value]),
    );
  }
  return undefined;
};

const isBound = (member: NormalizedSchema): boolean => {
  const traits = member.getMergedTraits();
  return ['httpLabel', 'httpQuery', 'httpQueryParams', 'httpHeader', 'httpPrefixHeaders'].some(
    (trait) => trait in traits,
  );
};

const payloadIn = (member: NormalizedSchema, body: Uint8Array): unknown => {
  if (member.isBlobSchema()) return body;
  if (member.isStringSchema()) return textOf(body);
  return decode(member, parseJson(textOf(body)), leaves);
};

const bodyObject = (body: Uint8Array): Record<string, unknown> => {
  const value = body.length === 0 ? {} : parseJson(textOf(body));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw serializationError('the body must be a JSON object');
};

/** An operation's input, gathered from path, query, headers and body. */
export const readInput = (
  schema: NormalizedSchema,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
): Record<string, unknown> => {
  const input: Record<string, unknown> = {};
  const all = schema.isStructSchema() ? [...schema.structIterator()] : [];
  const inBody = all.filter(([, member]) => !isBound(member));
  for (const [name, member] of all) {
    const value = bound(member, name, request, labels);
    if (value !== undefined) input[name] = value;
  }
  const payload = inBody.find(([, member]) => member.getMergedTraits()['httpPayload']);
  if (payload) {
    const [name, member] = payload;
    if (request.body.length > 0) input[name] = payloadIn(member, request.body);
    return input;
  }
  const body = inBody.length > 0 ? bodyObject(request.body) : {};
  for (const [name, member] of inBody) {
    const value = body[leaves.nameOf(name, member)];
    if (value != null) input[name] = decode(member, value, leaves, name);
  }
  return input;
};
