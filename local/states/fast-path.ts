/**
 * Closures for the expressions that machines mostly consist of: a path from a variable, literals, comparisons,
 * `and`/`or`, `&`, `?:`, and objects made of these. Each gives up (`tooHard`) on any value for which JSONata
 * does more than the obvious (arrays on a path, mixed types), and then the engine decides. What cannot be
 * undefined here either is undefined there, so `undefined` goes to the engine too, which words the error.
 */

import type { Node } from './jsonata-engine.ts';
import type { Sight } from './sight.ts';

/** Said by a closure that leaves a value to the engine. */
export const tooHard: unique symbol = Symbol('too hard');

type Fast = (sight: Sight) => unknown;

/** The expression as a closure, if it is of a form that needs no engine. */
export const fastPath = (node: Node): Fast | undefined => {
  if (node.predicate !== undefined || node['group'] !== undefined || node['keepArray']) {
    return undefined;
  }
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value': {
      const { value } = node;
      return () => value;
    }
    case 'variable':
      return variable(node);
    case 'path':
      return path(node);
    case 'binary':
      return binary(node);
    case 'condition':
      return condition(node);
    case 'block': {
      const expressions = node['expressions'] as readonly Node[];
      return expressions.length === 1 ? fastPath(expressions[0] as Node) : undefined;
    }
    case 'unary':
      return node.value === '{' ? objectOf(node) : undefined;
    default:
      return undefined;
  }
};

const variable = (node: Node): Fast | undefined => {
  const name = node.value;
  if (typeof name !== 'string' || name === '' || name === 'states') return undefined;
  return (sight) => sight.lookup(name);
};

const isName = (step: Node | undefined): step is Node & { readonly value: string } =>
  step?.type === 'name' &&
  typeof step.value === 'string' &&
  step.stages === undefined &&
  step.predicate === undefined &&
  step['focus'] === undefined &&
  step['index'] === undefined &&
  step['ancestor'] === undefined &&
  !step['keepArray'] &&
  !step['tuple'];

const path = (node: Node): Fast | undefined => {
  const [first, ...rest] = node.steps ?? [];
  if (first?.type !== 'variable' || first.predicate !== undefined || first.stages !== undefined) {
    return undefined;
  }
  if (node['keepSingletonArray'] || node['tuple'] || first['focus'] || first['index'])
    return undefined;
  if (!rest.every(isName) || typeof first.value !== 'string' || first.value === '')
    return undefined;
  const names = rest.map((step) => step.value as string);
  const start = first.value;
  const last = names.length;
  const context = names[0] === 'context';
  return (sight) => {
    let value: unknown = start === 'states' ? sight.states(context) : sight.lookup(start);
    for (let index = 0; index < last; index += 1) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return tooHard;
      const name = names[index] as string;
      if (!Object.hasOwn(value, name)) return undefined;
      value = (value as Record<string, unknown>)[name];
    }
    return value;
  };
};

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const compare: Readonly<Record<string, (left: never, right: never) => unknown>> = {
  '=': (left: unknown, right: unknown) => left === right,
  '!=': (left: unknown, right: unknown) => left !== right,
  '<': (left: number, right: number) => left < right,
  '<=': (left: number, right: number) => left <= right,
  '>': (left: number, right: number) => left > right,
  '>=': (left: number, right: number) => left >= right,
};

const sums: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
};

const binary = (node: Node): Fast | undefined => {
  const operator = String(node.value);
  const left = fastPath(node['lhs'] as Node);
  const right = fastPath(node['rhs'] as Node);
  if (left === undefined || right === undefined) return undefined;
  if (operator === 'and' || operator === 'or') {
    return (sight) => {
      const one = left(sight);
      if (typeof one !== 'boolean') return tooHard;
      if (one === (operator === 'or')) return one;
      const other = right(sight);
      return typeof other === 'boolean' ? other : tooHard;
    };
  }
  const sum = Object.hasOwn(sums, operator) ? sums[operator] : undefined;
  if (sum !== undefined) {
    return (sight) => {
      const [one, other] = [left(sight), right(sight)];
      if (typeof one !== 'number' || typeof other !== 'number') return tooHard;
      const value = sum(one, other);
      return Number.isFinite(value) ? value : tooHard;
    };
  }
  if (operator === '&') {
    return (sight) => {
      const [one, other] = [left(sight), right(sight)];
      return typeof one === 'string' && typeof other === 'string' ? one + other : tooHard;
    };
  }
  const test = Object.hasOwn(compare, operator) ? compare[operator] : undefined;
  if (test === undefined) return undefined;
  const ordered = operator !== '=' && operator !== '!=';
  return (sight) => {
    const [one, other] = [left(sight), right(sight)];
    if (!isPlain(one) || !isPlain(other)) return tooHard;
    if (ordered && (typeof one !== typeof other || typeof one === 'boolean')) return tooHard;
    return test(one as never, other as never);
  };
};

const condition = (node: Node): Fast | undefined => {
  const test = fastPath(node['condition'] as Node);
  const then = fastPath(node['then'] as Node);
  const otherwise = node['else'] === undefined ? () => undefined : fastPath(node['else'] as Node);
  if (test === undefined || then === undefined || otherwise === undefined) return undefined;
  return (sight) => {
    const answer = test(sight);
    if (typeof answer !== 'boolean') return tooHard;
    return answer ? then(sight) : otherwise(sight);
  };
};

const objectOf = (node: Node): Fast | undefined => {
  const pairs = node['lhs'] as readonly (readonly [Node, Node])[];
  const members: { readonly key: string; readonly value: Fast }[] = [];
  for (const [key, value] of pairs) {
    const member = fastPath(value);
    if (key.type !== 'string' || typeof key.value !== 'string' || member === undefined)
      return undefined;
    members.push({ key: key.value, value: member });
  }
  if (new Set(members.map((member) => member.key)).size < members.length) return undefined;
  return (sight) => {
    const object: Record<string, unknown> = {};
    for (const { key, value } of members) {
      const made = value(sight);
      if (made === tooHard) return tooHard;
      if (made !== undefined) object[key] = made;
    }
    return object;
  };
};
