import { type AttributeValue, typeOf } from '../attribute-value.ts';
import { validation } from '../errors.ts';
import { type Condition, type Operand, parseCondition } from './condition-parser.ts';
import { operandChecks } from './operand-checks.ts';
import { type Bindings, compiledOnce, type Placeholders, resolvedPath } from './placeholders.ts';

/** One requirement on one key attribute. */
export interface KeyRequirement {
  readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'BETWEEN' | 'begins_with';
  readonly operands: readonly AttributeValue[];
}

/** Which partition, and which part of it, a Query reads. */
export interface KeyRange {
  readonly partition: AttributeValue;
  readonly sort?: KeyRequirement;
}

/** The key attributes of the table or index that is queried. */
export interface KeyNames {
  readonly partition: { readonly name: string; readonly type: string };
  readonly sort?: { readonly name: string; readonly type: string };
}

/** A KeyConditionExpression, ready to be resolved against a key schema. */
export interface CompiledKeyCondition extends Placeholders {
  readonly terms: readonly Condition[];
}

const KIND = 'KeyConditionExpression';
const fail = (problem: string): Error => validation(`Invalid ${KIND}: ${problem}`);

const termsOf = (condition: Condition): readonly Condition[] => {
  switch (condition.kind) {
    case 'and':
      return [...termsOf(condition.left), ...termsOf(condition.right)];
    case 'or':
    case 'not':
    case 'in':
      throw fail(`Invalid operator used in ${KIND}: ${condition.kind.toUpperCase()}`);
    case 'compare':
      if (condition.operator === '<>') {
        throw fail(`Invalid operator used in ${KIND}: <>`);
      }
      return [condition];
    case 'function':
      if (condition.name !== 'begins_with') {
        throw fail(`Invalid operator used in ${KIND}: ${condition.name}`);
      }
      return [condition];
    case 'between':
      return [condition];
  }
};

/** Compiles a KeyConditionExpression, once per text. */
export const compileKeyCondition: (text: string) => CompiledKeyCondition = compiledOnce((text) => {
  const { condition, reader } = parseCondition(KIND, text);
  return {
    kind: KIND,
    terms: termsOf(condition),
    names: reader.names,
    values: reader.values,
    checks: operandChecks(condition, (problem) => validation(`Invalid ${KIND}: ${problem}`)),
  };
});

const attributeName = (operand: Operand | undefined, bindings: Bindings): string => {
  if (operand?.kind === 'size') throw fail(`Invalid operator used in ${KIND}: size`);
  if (operand?.kind !== 'path') {
    throw fail(
      'Invalid condition in KeyConditionExpression: Multiple attribute values used without attribute name',
    );
  }
  const path = resolvedPath(operand.path, bindings);
  if (path.length > 1) {
    throw fail('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return String(path[0]);
};

const literal = (operand: Operand, bindings: Bindings): AttributeValue => {
  const value = operand.kind === 'value' ? bindings.values[operand.name] : undefined;
  if (value === undefined) {
    throw fail(
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    );
  }
  return value;
};

const requirementOf = (term: Condition, bindings: Bindings): [string, KeyRequirement] => {
  switch (term.kind) {
    case 'compare':
      return [
        attributeName(term.left, bindings),
        {
          operator: term.operator as KeyRequirement['operator'],
          operands: [literal(term.right, bindings)],
        },
      ];
    case 'between':
      return [
        attributeName(term.operand, bindings),
        {
          operator: 'BETWEEN',
          operands: [literal(term.low, bindings), literal(term.high, bindings)],
        },
      ];
    case 'function':
      return [
        attributeName(term.operands[0], bindings),
        {
          operator: 'begins_with',
          operands: term.operands.slice(1).map((operand) => literal(operand, bindings)),
        },
      ];
    case 'and':
    case 'or':
    case 'not':
    case 'in':
      throw validation('Query key condition not supported');
  }
};

const checkTypes = (requirement: KeyRequirement, type: string): void => {
  if (requirement.operands.some((operand) => typeOf(operand) !== type)) {
    throw validation(
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    );
  }
};

/** The range that the condition describes in a table or index with these keys. */
export const keyRange = (
  compiled: CompiledKeyCondition,
  keys: KeyNames,
  bindings: Bindings,
): KeyRange => {
  const requirements = new Map<string, KeyRequirement>();
  for (const term of compiled.terms) {
    const [name, requirement] = requirementOf(term, bindings);
    if (requirements.has(name)) {
      throw validation('KeyConditionExpressions must only contain one condition per key');
    }
    requirements.set(name, requirement);
  }
  if (requirements.size > 2) {
    throw validation('Conditions can be of length 1 or 2 only');
  }
  const partition = requirements.get(keys.partition.name);
  if (partition === undefined) {
    throw validation(`Query condition missed key schema element: ${keys.partition.name}`);
  }
  if (partition.operator !== '=') throw validation('Query key condition not supported');
  checkTypes(partition, keys.partition.type);
  const partitionValue = partition.operands[0] ?? {};
  if (requirements.size === 1) return { partition: partitionValue };
  const sort = keys.sort === undefined ? undefined : requirements.get(keys.sort.name);
  if (keys.sort === undefined || sort === undefined) {
    if (keys.sort === undefined) throw validation('Query key condition not supported');
    throw validation(`Query condition missed key schema element: ${keys.sort.name}`);
  }
  checkTypes(sort, keys.sort.type);
  return { partition: partitionValue, sort };
};
