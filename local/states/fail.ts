import { StateFailure } from './errors.ts';
import type { Json } from './json.ts';
import { Expression, isExpression } from './jsonata.ts';
import type { Sight } from './sight.ts';
import { type ReadState, withoutHandlers } from './state.ts';

const textField = (
  value: Json | undefined,
  field: string,
): ((sight: Sight) => string) | undefined => {
  if (typeof value !== 'string') return undefined;
  if (!isExpression(value)) return () => value;
  const expression = new Expression(value);
  return (sight) =>
    expression.expect(
      sight,
      field,
      'string',
      (given): given is string => typeof given === 'string',
    );
};

/** Fail: ends its states with an error. */
export const readFail: ReadState = (name, definition) => {
  const error = textField(definition['Error'], 'Error');
  const cause = textField(definition['Cause'], 'Cause');
  return {
    ...withoutHandlers,
    name,
    type: 'Fail',
    output: undefined,
    assign: [],
    next: undefined,
    enter: (visit) => {
      const frame = visit.frame();
      visit.fail(new StateFailure(error?.(frame), cause?.(frame)));
    },
  };
};
