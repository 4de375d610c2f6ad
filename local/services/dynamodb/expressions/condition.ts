import {
  type AttributeValue,
  compareValues,
  type Item,
  setMembers,
  typeOf,
  valuesEqual,
} from '../attribute-value.ts';
import { validation } from '../errors.ts';
import {
  type Comparator,
  type Condition,
  type Operand,
  parseCondition,
} from './condition-parser.ts';
import { operandChecks } from './operand-checks.ts';
import { operandReader, type Read } from './paths.ts';
import { type Bindings, compiledOnce, type Placeholders } from './placeholders.ts';

/** Whether a condition holds for an item (an empty one stands for an item that isn't there). */
export type Test = (item: Item, bindings: Bindings) => boolean;

/** A condition or filter, ready to be evaluated again and again. */
export interface CompiledCondition extends Placeholders {
  readonly condition: Condition;
  readonly test: Test;
}

const compareTest = (operator: Comparator, left: Read, right: Read): Test => {
  if (operator === '=' || operator === '<>') {
    const wanted = operator === '=';
    return (item, bindings) => {
      const a = left(item, bindings);
      const b = right(item, bindings);
      return (a !== undefined && b !== undefined && valuesEqual(a, b)) === wanted;
    };
  }
  const holds: (order: number) => boolean = {
    '<': (order: number) => order < 0,
    '<=': (order: number) => order <= 0,
    '>': (order: number) => order > 0,
    '>=': (order: number) => order >= 0,
  }[operator];
  return (item, bindings) => {
    const a = left(item, bindings);
    const b = right(item, bindings);
    const order = a === undefined || b === undefined ? undefined : compareValues(a, b);
    return order !== undefined && holds(order);
  };
};

const betweenTest = (operand: Read, low: Read, high: Read): Test => {
  const from = compareTest('>=', operand, low);
  const to = compareTest('<=', operand, high);
  return (item, bindings) => from(item, bindings) && to(item, bindings);
};

const beginsWith = (value: AttributeValue, prefix: AttributeValue): boolean => {
  if (value.S !== undefined) return prefix.S !== undefined && value.S.startsWith(prefix.S);
  if (value.B === undefined || prefix.B === undefined) return false;
  return Buffer.from(value.B).subarray(0, prefix.B.byteLength).equals(prefix.B);
};

const ELEMENT_OF = { SS: 'S', NS: 'N', BS: 'B' } as const;

const contains = (value: AttributeValue, wanted: AttributeValue): boolean => {
  if (value.S !== undefined) return wanted.S !== undefined && value.S.includes(wanted.S);
  if (value.L !== undefined) return value.L.some((element) => valuesEqual(element, wanted));
  if (value.B !== undefined) {
    return wanted.B !== undefined && Buffer.from(value.B).includes(Buffer.from(wanted.B));
  }
  const members = setMembers(value);
  const type = typeOf(value);
  if (members === undefined || (type !== 'SS' && type !== 'NS' && type !== 'BS')) return false;
  const element = wanted[ELEMENT_OF[type]];
  if (element === undefined) return false;
  const single = setMembers({ [type]: [element] })?.[0];
  return single !== undefined && members.includes(single);
};

const functionTest = (condition: Condition & { kind: 'function' }): Test => {
  const reads = condition.operands.map(operandReader);
  const [first, second] = reads as [Read, Read];
  switch (condition.name) {
    case 'attribute_exists':
      return (item, bindings) => first(item, bindings) !== undefined;
    case 'attribute_not_exists':
      return (item, bindings) => first(item, bindings) === undefined;
    case 'attribute_type':
      return (item, bindings) => {
        const value = first(item, bindings);
        return value !== undefined && typeOf(value) === second(item, bindings)?.S;
      };
    case 'begins_with':
    case 'contains': {
      const holds = condition.name === 'contains' ? contains : beginsWith;
      return (item, bindings) => {
        const value = first(item, bindings);
        const operand = second(item, bindings);
        return value !== undefined && operand !== undefined && holds(value, operand);
      };
    }
  }
};

const testOf = (condition: Condition): Test => {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const left = testOf(condition.left);
      const right = testOf(condition.right);
      return condition.kind === 'and'
        ? (item, bindings) => left(item, bindings) && right(item, bindings)
        : (item, bindings) => left(item, bindings) || right(item, bindings);
    }
    case 'not': {
      const inner = testOf(condition.condition);
      return (item, bindings) => !inner(item, bindings);
    }
    case 'compare':
      return compareTest(
        condition.operator,
        operandReader(condition.left),
        operandReader(condition.right),
      );
    case 'between':
      return betweenTest(
        operandReader(condition.operand),
        operandReader(condition.low),
        operandReader(condition.high),
      );
    case 'in': {
      const operand = operandReader(condition.operand);
      const tests = condition.options.map((option: Operand) =>
        compareTest('=', operand, operandReader(option)),
      );
      return (item, bindings) => tests.some((test) => test(item, bindings));
    }
    case 'function':
      return functionTest(condition);
  }
};

const compiler = (kind: 'ConditionExpression' | 'FilterExpression') =>
  compiledOnce((text): CompiledCondition => {
    const { condition, reader } = parseCondition(kind, text);
    return {
      kind,
      condition,
      names: reader.names,
      values: reader.values,
      checks: operandChecks(condition, (problem) => validation(`Invalid ${kind}: ${problem}`)),
      test: testOf(condition),
    };
  });

/** Compiles a ConditionExpression, once per text. */
export const compileCondition: (text: string) => CompiledCondition =
  compiler('ConditionExpression');

/** Compiles a FilterExpression, once per text. */
export const compileFilter: (text: string) => CompiledCondition = compiler('FilterExpression');
