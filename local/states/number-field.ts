import type { Json } from './json.ts';
import { Expression, isExpression } from './jsonata.ts';
import type { Sight } from './sight.ts';

/** A field that holds a number, or an expression for one. */
export type NumberField = (sight: Sight) => number;

/** Reads a field that takes whole numbers from `least` to `most`; nothing where the field is absent. */
export const integerField = (
  value: Json | undefined,
  field: string,
  least: number,
  most: number,
): NumberField | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && isExpression(value)) {
    const expression = new Expression(value);
    return (sight) =>
      expression.expect(
        sight,
        field,
        least > 0 ? 'positive integer' : 'non-negative integer',
        (given): given is number =>
          typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most,
      );
  }
  return () => value as number;
};
