import { QueryFailure } from './errors.ts';
import type { Json } from './json.ts';
import { type Expression, isExpression, Expression as Parsed } from './jsonata.ts';
import { integerField } from './number-field.ts';
import { quotas } from './quotas.ts';
import type { Sight } from './sight.ts';
import { type ReadState, readExit, withoutHandlers } from './state.ts';

/** RFC 3339 in the profile of the Amazon States Language: capital `T` and `Z`. */
const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Whether a string is a timestamp that a Wait takes. */
export const isTimestamp = (value: Json): value is string =>
  typeof value === 'string' && timestamp.test(value) && !Number.isNaN(Date.parse(value));

const timestampField = (value: Json | undefined): ((sight: Sight) => number) | undefined => {
  if (typeof value !== 'string') return undefined;
  if (!isExpression(value)) return () => Date.parse(value);
  const expression: Expression = new Parsed(value);
  return (sight) => {
    const given = expression.evaluate(sight, 'Timestamp');
    if (isTimestamp(given)) return Date.parse(given);
    throw new QueryFailure(
      'Timestamp',
      `The JSONata expression '${expression.text}' specified for the field 'Timestamp' returned an invalid timestamp: ${JSON.stringify(given)}`,
    );
  };
};

/** Wait: goes on after a while, or at an instant. */
export const readWait: ReadState = (name, definition) => {
  const seconds = integerField(definition['Seconds'], 'Seconds', 0, quotas.taskTimeoutSeconds);
  const until = timestampField(definition['Timestamp']);
  return {
    ...readExit(definition),
    ...withoutHandlers,
    name,
    type: 'Wait',
    enter: (visit) => {
      const frame = visit.frame();
      const wait =
        seconds === undefined ? (until?.(frame) ?? 0) - visit.enteredAt : seconds(frame) * 1000;
      if (wait <= 0) {
        visit.succeed(undefined);
        return;
      }
      const timer = visit.after(wait, () => visit.succeed(undefined));
      visit.pending(() => timer.cancel());
    },
  };
};
