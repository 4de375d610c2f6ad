import type { Kind } from './kinds.ts';
import type { SchemaFault } from './schema.ts';

/** How server-side apply words what does not fit the schema. */
export const typedFault = (faults: readonly SchemaFault[]): string =>
  faults
    .map(({ path, problem, expected, got }) =>
      problem === 'unknown'
        ? `${path}: field not declared in schema`
        : `${path}: expected ${expected === 'number' ? 'numeric (int or float)' : expected}, got ${got}`,
    )
    .join('\n');

/** The answer to a deletion that is done. */
export const success = (kind: Kind, name: string, uid?: string): unknown => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: {
    name,
    kind: kind.plural,
    ...(kind.group ? { group: kind.group } : {}),
    ...(uid ? { uid } : {}),
  },
});

/** An answer in the API's form. */
export const respond = (code: number, body: unknown): Response =>
  typeof body === 'string'
    ? new Response(body, { status: code, headers: { 'content-type': 'text/plain' } })
    : new Response(JSON.stringify(body), {
        status: code,
        headers: { 'content-type': 'application/json' },
      });
