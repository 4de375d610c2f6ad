import type { AwsError } from '../../aws-error.ts';
import {
  type AttributeType,
  type AttributeValue,
  compareValues,
  typeOf,
} from '../attribute-value.ts';
import type { Condition, Operand } from './condition-parser.ts';
import { type Bindings, printedPath, resolvedPath } from './placeholders.ts';

type Check = (bindings: Bindings) => void;
type Fail = (problem: string) => AwsError;

const TYPE_WORDS: Readonly<Record<AttributeType, string>> = {
  S: 'S',
  N: 'N',
  B: 'B',
  SS: 'SS',
  NS: 'NS',
  BS: 'BS',
  M: 'M',
  L: 'L',
  NULL: 'NULL',
  BOOL: 'BOOL',
};
const ORDERED: readonly AttributeType[] = ['S', 'N', 'B'];
const SIZED: readonly AttributeType[] = ['S', 'B', 'SS', 'NS', 'BS', 'M', 'L'];
const TYPE_NAMES = '{B,NULL,SS,BOOL,L,BS,N,NS,S,M}';

const literal = (operand: Operand, bindings: Bindings): AttributeValue | undefined =>
  operand.kind === 'value' ? bindings.values[operand.name] : undefined;

const typeCheck =
  (operand: Operand, allowed: readonly AttributeType[], label: string, fail: Fail): Check =>
  (bindings) => {
    const value = literal(operand, bindings);
    if (value === undefined) return;
    const type = typeOf(value);
    if (!allowed.includes(type)) {
      throw fail(
        `Incorrect operand type for operator or function; ${label}, operand type: ${TYPE_WORDS[type]}`,
      );
    }
  };

const sizeChecks = (operand: Operand, fail: Fail): Check[] =>
  operand.kind === 'size'
    ? [typeCheck(operand.operand, SIZED, 'operator or function: size', fail)]
    : [];

const printed = (value: AttributeValue): string => {
  const type = typeOf(value);
  const content = value.S ?? value.N ?? Buffer.from(value.B ?? []).toString('base64');
  return `AttributeValue: {${type}:${content}}`;
};

const boundsCheck =
  (low: Operand, high: Operand, fail: Fail): Check =>
  (bindings) => {
    const from = literal(low, bindings);
    const to = literal(high, bindings);
    if (from === undefined || to === undefined) return;
    const bounds = `lower bound operand: ${printed(from)}, upper bound operand: ${printed(to)}`;
    const order = compareValues(from, to);
    if (order === undefined) {
      throw fail(
        `The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`,
      );
    }
    if (order > 0) {
      throw fail(
        `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
      );
    }
  };

const distinctCheck =
  (operator: string, operands: readonly Operand[], fail: Fail): Check =>
  (bindings) => {
    const print = (operand: Operand | undefined): string | undefined =>
      operand?.kind === 'path' ? printedPath(resolvedPath(operand.path, bindings)) : undefined;
    const first = print(operands[0]);
    if (first === undefined) return;
    if (operands.slice(1).some((operand) => print(operand) === first)) {
      throw fail(
        `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${first}`,
      );
    }
  };

const typeNameCheck =
  (operand: Operand, fail: Fail): Check =>
  (bindings) => {
    const value = literal(operand, bindings);
    if (value?.S === undefined) {
      throw fail(
        `Incorrect operand type for operator or function; operator or function: attribute_type, operand type: ${value === undefined ? 'path' : typeOf(value)}`,
      );
    }
    if (!Object.hasOwn(TYPE_WORDS, value.S)) {
      throw fail(`Invalid attribute type name found; type: ${value.S}, valid types: ${TYPE_NAMES}`);
    }
  };

const functionChecks = (condition: Condition & { kind: 'function' }, fail: Fail): Check[] => {
  const [first, second] = condition.operands as [Operand, Operand];
  switch (condition.name) {
    case 'begins_with':
      return [
        typeCheck(first, ['S', 'B'], 'operator or function: begins_with', fail),
        typeCheck(second, ['S', 'B'], 'operator or function: begins_with', fail),
      ];
    case 'attribute_type':
      return [typeNameCheck(second, fail)];
    case 'contains':
      return [distinctCheck('contains', condition.operands, fail)];
    case 'attribute_exists':
    case 'attribute_not_exists':
      return [];
  }
};

/** The rules on a condition's operands that can only be checked with a request's names and values. */
export const operandChecks = (condition: Condition, fail: Fail): Check[] => {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...operandChecks(condition.left, fail), ...operandChecks(condition.right, fail)];
    case 'not':
      return operandChecks(condition.condition, fail);
    case 'function':
      return [
        ...condition.operands.flatMap((operand) => sizeChecks(operand, fail)),
        ...functionChecks(condition, fail),
      ];
    case 'compare': {
      const operands = [condition.left, condition.right];
      const checks = operands.flatMap((operand) => sizeChecks(operand, fail));
      if (condition.operator !== '=' && condition.operator !== '<>') {
        const label = `operator: ${condition.operator}`;
        checks.push(...operands.map((operand) => typeCheck(operand, ORDERED, label, fail)));
      }
      if (operands.every((operand) => operand.kind === 'path')) {
        checks.push(distinctCheck(condition.operator, operands, fail));
      }
      return checks;
    }
    case 'between':
      return [
        ...[condition.operand, condition.low, condition.high].flatMap((operand) => [
          ...sizeChecks(operand, fail),
          typeCheck(operand, ORDERED, 'operator: BETWEEN', fail),
        ]),
        boundsCheck(condition.low, condition.high, fail),
      ];
    case 'in':
      return [condition.operand, ...condition.options].flatMap((operand) =>
        sizeChecks(operand, fail),
      );
  }
};
