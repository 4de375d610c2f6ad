import { parse } from 'yaml';
import { type Kind, kinds } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { badRequest, KubernetesError, unknownPath } from './status.ts';

/** What a request asks for, as authorization sees it. */
export interface Attributes {
  readonly verb: string;
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** One request, parsed. */
export interface Call {
  readonly attributes: Attributes;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: string;
  readonly manager: string;
}

const methods: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Reads what a request asks for from its path, method and headers. */
export const parseCall = (url: URL, init: RequestInit, body: string): Call => {
  const match =
    /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>v[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/.exec(
      url.pathname,
    )?.groups;
  const { group = '', version, plural, name, subresource } = match ?? {};
  const kind = kinds.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
  if (kind === undefined) throw unknownPath();
  if (subresource !== undefined && !kind.subresources.includes(subresource as never))
    throw unknownPath();
  const method = (init.method ?? 'GET').toUpperCase();
  const base = methods[method];
  if (
    base === undefined ||
    ((method === 'POST') === (name !== undefined) && method !== 'GET' && method !== 'DELETE')
  ) {
    throw new KubernetesError(
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
      {},
    );
  }
  const verb =
    name !== undefined
      ? base
      : base === 'get'
        ? 'list'
        : base === 'delete'
          ? 'deletecollection'
          : base;
  const headers = new Headers(init.headers);
  const decode = (text: string | undefined) =>
    text === undefined ? undefined : decodeURIComponent(text);
  return {
    attributes: {
      verb,
      kind,
      namespace: decode(match?.['namespace']),
      name: decode(name),
      subresource,
    },
    query: url.searchParams,
    contentType: headers.get('content-type')?.split(';')[0]?.trim() ?? 'application/json',
    body,
    manager:
      url.searchParams.get('fieldManager') ?? headers.get('user-agent')?.split('/')[0] ?? 'unknown',
  };
};

/** JSON or YAML. */
export const parseAny = (body: string): unknown => {
  try {
    return body.trimStart().startsWith('{') || body.trimStart().startsWith('[')
      ? JSON.parse(body)
      : parse(body);
  } catch (error) {
    throw badRequest(
      `error decoding the body: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** An object of the API. */
export const parseBody = (body: string): KubeObject => {
  const given = parseAny(body);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw badRequest('the body of the request must be an object');
  }
  const { apiVersion, kind } = given as Partial<KubeObject>;
  if (!apiVersion || !kind) throw badRequest("Object 'Kind' is missing in the body of the request");
  return { metadata: {}, ...given } as unknown as KubeObject;
};

/** Whether nothing may be written. */
export const isDryRun = (call: Call): boolean => {
  const dryRun = call.query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    throw badRequest(
      `Invalid value: "${dryRun.join(',')}": dryRun: Unsupported value: supported values: "All"`,
    );
  }
  return dryRun.length > 0;
};
