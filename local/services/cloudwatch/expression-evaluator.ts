import { callFunction } from './expression-functions.ts';
import { type Expression, ExpressionError } from './expression-parser.ts';
import {
  isSeries,
  isSeriesArray,
  mapSeries,
  type Scope,
  seriesOf,
  type TimeSeries,
  type Value,
} from './time-series.ts';

const kindOf = (value: Value): string =>
  typeof value === 'number' ? 'Scalar' : typeof value === 'string' ? 'String' : 'Array';

const flag = (truth: boolean): number => (truth ? 1 : 0);

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  // Division by zero leaves no data point: not a number is dropped.
  '/': (a, b) => (b === 0 ? Number.NaN : a / b),
  '^': (a, b) => a ** b,
  '==': (a, b) => flag(a === b),
  '!=': (a, b) => flag(a !== b),
  '<': (a, b) => flag(a < b),
  '>': (a, b) => flag(a > b),
  '<=': (a, b) => flag(a <= b),
  '>=': (a, b) => flag(a >= b),
  '&&': (a, b) => flag(a !== 0 && b !== 0),
  AND: (a, b) => flag(a !== 0 && b !== 0),
  '||': (a, b) => flag(a !== 0 || b !== 0),
  OR: (a, b) => flag(a !== 0 || b !== 0),
};

const zip = (
  left: TimeSeries,
  right: TimeSeries,
  combine: (a: number, b: number) => number,
): TimeSeries => {
  const points: [number, number][] = [];
  for (const [time, value] of left.points) {
    const other = right.points.get(time);
    if (other !== undefined) points.push([time, combine(value, other)]);
  }
  return seriesOf(left.label, points);
};

const combine = (operator: string, left: Value, right: Value): Value => {
  const operate = OPERATORS[operator];
  if (!operate || typeof left === 'string' || typeof right === 'string') {
    throw new ExpressionError(
      `Unsupported operand type(s) for ${operator}: '[${kindOf(left)}, ${kindOf(right)}]'`,
    );
  }
  if (typeof left === 'number' && typeof right === 'number') return operate(left, right);
  if (isSeriesArray(left)) {
    if (isSeriesArray(right) && right.length !== left.length) {
      throw new ExpressionError(
        `Unsupported operand type(s) for ${operator}: arrays of ${left.length} and ${right.length} time series`,
      );
    }
    return left.map((series, index) =>
      asSeries(combine(operator, series, isSeriesArray(right) ? (right[index] ?? 0) : right)),
    );
  }
  if (isSeriesArray(right)) {
    return right.map((series) => asSeries(combine(operator, left, series)));
  }
  if (typeof left === 'number') {
    return isSeries(right) ? mapSeries(right, (value) => operate(left, value)) : 0;
  }
  if (typeof right === 'number') return mapSeries(left, (value) => operate(value, right));
  return zip(left, right, operate);
};

const asSeries = (value: Value): TimeSeries => {
  if (isSeries(value)) return value;
  throw new ExpressionError('The expression must give a time series');
};

/** Evaluates `expression` over `scope`. */
export const evaluate = (expression: Expression, scope: Scope): Value => {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return expression.value;
    case 'name':
      return scope.resolve(expression.name);
    case 'negate':
      return combine('*', evaluate(expression.operand, scope), -1);
    case 'binary':
      return combine(
        expression.operator,
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
      );
    case 'list':
      return expression.items.flatMap((item) => {
        const value = evaluate(item, scope);
        return isSeriesArray(value) ? value : [asSeries(value)];
      });
    case 'call':
      return callFunction(expression.name, expression.arguments, scope, (argument) =>
        evaluate(argument, scope),
      );
  }
};
