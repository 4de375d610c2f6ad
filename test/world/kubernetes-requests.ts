import type { TargetView } from './shiftable-target.ts';

const TYPES: Readonly<Record<string, string>> = {
  PATCH: 'application/merge-patch+json',
  APPLY: 'application/apply-patch+yaml',
};

/** Asks a target's cluster as its administrator; a refusal is an error with the cluster's words. */
export const kubernetes = async (
  { kubernetes: cluster, target }: TargetView,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'APPLY',
  path: string,
  body?: object,
): Promise<Record<string, unknown>> => {
  const response = await cluster.request(new URL(path, `https://${target.cluster.name}`), {
    method: method === 'APPLY' ? 'PATCH' : method,
    headers: { 'content-type': TYPES[method] ?? 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${method} ${path}: ${String(answer['message'])}`);
  return answer;
};
