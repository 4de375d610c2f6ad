import type { LabelSelector } from './objects.ts';
import { badRequest } from './status.ts';

type Labels = Readonly<Record<string, string>> | undefined;
export type LabelsMatch = (labels: Labels) => boolean;

/** Whether labels satisfy a selector as objects carry it. */
export const selects = (selector: LabelSelector | undefined, labels: Labels): boolean => {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    if (labels?.[key] !== value) return false;
  }
  return (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels?.[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      default:
        return value === undefined;
    }
  });
};

/** Compiles `labelSelector` of a query: `a=b,c!=d,e in (x,y),f notin (z),g,!h`. */
export const parsedLabelSelector = (text: string | null): LabelsMatch => {
  if (!text) return () => true;
  const requirements = text.match(/[^,(]+(\([^)]*\))?/g) ?? [];
  const tests = requirements.map((requirement) => parsedRequirement(requirement.trim(), text));
  return (labels) => tests.every((test) => test(labels));
};

const parsedRequirement = (requirement: string, whole: string): LabelsMatch => {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const found: LabelsMatch = (labels) => values.includes(labels?.[key] ?? '\u0000');
    return operator === 'in' ? found : (labels) => !found(labels);
  }
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(requirement);
  if (equality) {
    const [, key = '', operator, value = ''] = equality;
    return operator === '!='
      ? (labels) => labels?.[key] !== value
      : (labels) => labels?.[key] === value;
  }
  if (/^![^\s=!]+$/.test(requirement))
    return (labels) => labels?.[requirement.slice(1)] === undefined;
  if (/^[^\s=!]+$/.test(requirement)) return (labels) => labels?.[requirement] !== undefined;
  throw badRequest(
    `unable to parse requirement: found '${requirement}' in labelSelector '${whole}'`,
  );
};

/** Compiles `fieldSelector` of a query; only fields that the API indexes. */
export const parsedFieldSelector = (
  text: string | null,
): ((object: { metadata: { name: string; namespace?: string }; status?: unknown }) => boolean) => {
  if (!text) return () => true;
  const tests = text.split(',').map((requirement) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(requirement.trim());
    const [, field = '', operator, value = ''] = match ?? [];
    if (!['metadata.name', 'metadata.namespace', 'status.phase', 'spec.nodeName'].includes(field)) {
      throw badRequest(`field label not supported: ${field || requirement}`);
    }
    return (object: object) => {
      const found = field
        .split('.')
        .reduce<unknown>(
          (node, part) => (node as Record<string, unknown> | undefined)?.[part],
          object,
        );
      return (found === value) === (operator !== '!=');
    };
  });
  return (object) => tests.every((test) => test(object));
};
