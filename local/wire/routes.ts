import type { WireRequest } from './message.ts';
import type { OperationModel, ServiceModel } from './service-model.ts';

interface Route {
  readonly operation: OperationModel;
  readonly method: string;
  readonly pattern: RegExp;
  readonly labels: readonly string[];
  /** Fixed query parameters that tell operations on one path apart. */
  readonly query: URLSearchParams;
  /** Characters that are fixed: of two routes that fit, the one that says more wins. */
  readonly weight: number;
}

const toRoute = (operation: OperationModel): Route[] => {
  if (operation.http === undefined) return [];
  const [method, template] = operation.http;
  const [path = '', query = ''] = template.split('?');
  const labels: string[] = [];
  const pattern = path
    .replace(/[.*^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^}+]+)(\+)?\}/g, (_, label: string, greedy?: string) => {
      labels.push(label);
      return greedy ? '(.+)' : '([^/]+)';
    });
  const fixed = path.replace(/\{[^}]+\}/g, '');
  const anchored = new RegExp(`^${pattern.replace(/\/$/, '')}/?$`);
  return [
    {
      operation,
      method,
      pattern: anchored,
      labels,
      query: new URLSearchParams(query),
      weight: fixed.length + query.length,
    },
  ];
};

const routes = new WeakMap<ServiceModel, readonly Route[]>();

const routesOf = (model: ServiceModel): readonly Route[] => {
  const known = routes.get(model);
  if (known) return known;
  const made = [...model.operations.values()].flatMap(toRoute).sort((a, b) => b.weight - a.weight);
  routes.set(model, made);
  return made;
};

const decodeLabel = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The operation that a method and a path mean, and the labels in the path. */
export const findRoute = (
  model: ServiceModel,
  request: Pick<WireRequest, 'method' | 'path' | 'query'>,
): { operation: OperationModel; labels: ReadonlyMap<string, string> } | undefined => {
  for (const route of routesOf(model)) {
    if (route.method !== request.method) continue;
    if (![...route.query].every(([name, value]) => request.query.getAll(name).includes(value)))
      continue;
    const match = route.pattern.exec(request.path);
    if (match === null) continue;
    const labels = new Map(
      route.labels.map((label, index) => [label, decodeLabel(match[index + 1] ?? '')]),
    );
    return { operation: route.operation, labels };
  }
  return undefined;
};
