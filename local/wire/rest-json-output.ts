import type { NormalizedSchema } from '@smithy/core/schema';
import type { WireResponse } from './message.ts';
import { encode, jsonLeaves } from './schema-values.ts';
import { dateToText, TIMESTAMP } from './timestamps.ts';

const leaves = jsonLeaves(true);

const headerText = (member: NormalizedSchema, value: unknown): string => {
  if (Array.isArray(value))
    return value.map((item) => headerText(member.getValueSchema(), item)).join(', ');
  if (value instanceof Date)
    return dateToText(value, Number(member.getSchema()), TIMESTAMP.httpDate);
  return String(value);
};

/** What a member puts into the headers, by lower-case name. */
const headersFrom = (member: NormalizedSchema, value: unknown): Record<string, string> => {
  const { httpHeader, httpPrefixHeaders } = member.getMergedTraits();
  if (typeof httpHeader === 'string') {
    return { [httpHeader.toLowerCase()]: headerText(member, value) };
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([key, one]) => [`${String(httpPrefixHeaders)}${key}`.toLowerCase(), String(one)]),
  );
};

const payloadOut = (member: NormalizedSchema, value: unknown): string | Uint8Array => {
  if (value == null) return '';
  if (member.isBlobSchema() || member.isStringSchema()) return value as string | Uint8Array;
  return JSON.stringify(encode(member, value, leaves));
};

/** An operation's answer, spread over status, headers and body. */
export const writeOutput = (
  schema: NormalizedSchema,
  output: Record<string, unknown>,
  status: number,
  requestId: string,
): WireResponse => {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
  };
  const inBody: Record<string, unknown> = {};
  let payload: string | Uint8Array | undefined;
  let answered = status;
  for (const [name, member] of schema.isStructSchema() ? schema.structIterator() : []) {
    const value = output[name];
    const traits = member.getMergedTraits();
    if (traits['httpPayload']) payload = payloadOut(member, value);
    if (value == null || traits['httpPayload']) continue;
    if (traits['httpResponseCode']) answered = Number(value);
    else if ('httpHeader' in traits || 'httpPrefixHeaders' in traits) {
      Object.assign(headers, headersFrom(member, value));
    } else inBody[leaves.nameOf(name, member)] = encode(member, value, leaves);
  }
  const empty = answered === 204 || answered === 304;
  return { status: answered, headers, body: empty ? '' : (payload ?? JSON.stringify(inBody)) };
};
