/** What AWS refuses about an expression when a definition is made: measured in https://github.com/floci-io/floci/issues/2670 and /2745. */
import type { Diagnostics } from './diagnostics.ts';
import { isObject, type Json } from './json.ts';
import { Expression, isExpression } from './jsonata.ts';
import type { Node } from './jsonata-engine.ts';

/** What of `$states` a field can see. */
export type Sees = 'result' | 'errorOutput' | 'neither';

/** Checks all expressions in a field's value. */
export const checkExpressions = (
  value: Json,
  at: string,
  sees: Sees,
  diagnostics: Diagnostics,
): void => {
  if (typeof value === 'string') {
    if (isExpression(value)) checkExpression(value, at, sees, diagnostics);
  } else if (Array.isArray(value)) {
    value.forEach((item: Json, index) => {
      checkExpressions(item, `${at}[${index}]`, sees, diagnostics);
    });
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      checkExpressions(member, `${at}/${key}`, sees, diagnostics);
    }
  }
};

const checkExpression = (text: string, at: string, sees: Sees, diagnostics: Diagnostics): void => {
  let expression: Expression;
  try {
    expression = new Expression(text);
  } catch (error) {
    const { message } = error as { readonly message?: string };
    diagnostics.add('INVALID_JSONATA_EXPRESSION', message ?? String(error), at);
    return;
  }
  const names = new Set<string>();
  topLevel(expression.ast, names);
  for (const name of names) {
    diagnostics.add(
      'UNSUPPORTED_JSONATA_EXPRESSION',
      `Reference to '${name}' at the top level is not supported.`,
      at,
    );
  }
  for (const member of ['result', 'errorOutput'] as const) {
    if (member !== sees && new RegExp(`\\$states\\s*\\.\\s*${member}\\b`).test(expression.text)) {
      diagnostics.add(
        'UNSUPPORTED_JSONATA_EXPRESSION',
        `'$states.${member}' is not available in this field.`,
        at,
      );
    }
  }
};

/** Names that would be looked up in the expression's input, of which there is none: nothing stands before them. */
const topLevel = (node: Node, names: Set<string>): void => {
  switch (node.type) {
    case 'name':
      names.add(String(node.value));
      return;
    case 'variable':
      if (node.value === '' || node.value === '$') names.add(`$${String(node.value)}`);
      break;
    case 'path': {
      const [first, ...rest] = node.steps ?? [];
      if (first !== undefined) topLevel(first, names);
      // what stands after a step has that step's value to look in
      for (const step of rest) if (step.type === 'variable') topLevel(step, names);
      return;
    }
    case 'lambda':
      topLevel(node['body'] as Node, names);
      return;
    case 'transform':
    case 'regex':
      return;
    case 'apply':
    case 'bind':
      if (node.type === 'apply') topLevel(node['lhs'] as Node, names);
      topLevel(node['rhs'] as Node, names);
      return;
    default:
  }
  for (const member of ['lhs', 'rhs', 'condition', 'then', 'else', 'expression', 'procedure']) {
    inside(node[member], names);
  }
  inside(node['expressions'], names);
  inside(node['arguments'], names);
};

const inside = (value: unknown, names: Set<string>): void => {
  if (Array.isArray(value)) {
    for (const item of value) inside(item, names);
  } else if (typeof value === 'object' && value !== null && 'type' in value) {
    topLevel(value as Node, names);
  }
};
