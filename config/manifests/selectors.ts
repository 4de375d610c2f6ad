import { at, itemsOf, labelsAt, textAt } from './fields.ts';

type Labels = Readonly<Record<string, string>>;

/** Says whether a LabelSelector (matchLabels and matchExpressions) selects these labels. */
export const selects = (selector: unknown, labels: Labels): boolean =>
  hasAll(labelsAt(selector, 'matchLabels'), labels) &&
  itemsOf(at(selector, 'matchExpressions')).every((expression) => holds(expression, labels));

/** Says whether a Service's selector, a plain map, selects these labels. */
export const hasAll = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** Says whether a LabelSelector is there and selects everything. */
export const selectsAll = (selector: unknown): boolean =>
  Object.keys(labelsAt(selector, 'matchLabels')).length === 0 &&
  itemsOf(at(selector, 'matchExpressions')).length === 0;

const holds = (expression: unknown, labels: Labels): boolean => {
  const value = labels[textAt(expression, 'key') ?? ''];
  const values = itemsOf(at(expression, 'values'));
  switch (textAt(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
};
