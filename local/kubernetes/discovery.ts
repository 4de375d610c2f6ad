import { apiVersionOf, type Kind, kinds } from './kinds.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update'];

const resources = (served: readonly Kind[]): Record<string, unknown>[] =>
  served.flatMap((kind) => [
    {
      name: kind.plural,
      singularName: kind.kind.toLowerCase(),
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs,
      ...(kind.shortNames ? { shortNames: kind.shortNames } : {}),
    },
    ...kind.subresources.map((subresource) => ({
      name: `${kind.plural}/${subresource}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(subresource === 'scale'
        ? { group: 'autoscaling', version: 'v1', kind: 'Scale' }
        : { kind: kind.kind }),
      verbs: subresource === 'log' ? ['get'] : ['get', 'patch', 'update'],
    })),
  ]);

/** Answers the discovery endpoints, `/version` and the health checks; nothing for any other path. */
export const discovery = (path: string): unknown => {
  const fixed = fixedPaths[path];
  if (fixed !== undefined) return fixed();
  const match = path === '/api/v1' ? ['', '', 'v1'] : /^\/apis\/([^/]+)\/([^/]+)$/.exec(path);
  if (!match) return undefined;
  const [, group = '', version = ''] = match;
  const served = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: resources(served),
  };
};

const groups = () =>
  [...new Set(kinds.map((kind) => kind.group))].filter(Boolean).map((name) => {
    const versions = [
      ...new Set(kinds.filter((kind) => kind.group === name).map((kind) => kind.version)),
    ].map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  });

const fixedPaths: Readonly<Record<string, () => unknown>> = {
  '/api': () => ({ kind: 'APIVersions', versions: ['v1'] }),
  '/apis': () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups() }),
  '/version': () => ({
    major: '1',
    minor: '34',
    gitVersion: 'v1.34.1-eks-local',
    platform: 'linux/arm64',
  }),
  '/healthz': () => 'ok',
  '/livez': () => 'ok',
  '/readyz': () => 'ok',
};
