import { StateFailure, StatesError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { Expression } from './jsonata.ts';
import type { Exit, Passage } from './passage.ts';
import { type ReadState, readExit, withoutHandlers } from './state.ts';

interface Rule extends Exit {
  readonly condition: (visit: Passage) => boolean;
}

const isBoolean = (value: Json): value is boolean => typeof value === 'boolean';

const readRule = (rule: JsonObject, index: number): Rule => {
  const field = `Choices[${index}]/Condition`;
  const condition = rule['Condition'];
  if (typeof condition === 'boolean') {
    return { ...readExit(rule, `Choices[${index}]/`), condition: () => condition };
  }
  const expression = new Expression(condition as string);
  return {
    ...readExit(rule, `Choices[${index}]/`),
    condition: (visit) => expression.expect(visit.frame(), field, 'boolean', isBoolean),
  };
};

/** Choice: goes where the first condition that holds says, else to `Default`. */
export const readChoice: ReadState = (name, definition) => {
  const rules = (definition['Choices'] as readonly JsonObject[]).map(readRule);
  const otherwise = readExit(definition);
  const fallback = definition['Default'] as string | undefined;
  return {
    ...otherwise,
    ...withoutHandlers,
    name,
    type: 'Choice',
    enter: (visit) => {
      const rule = rules.find(({ condition }) => condition(visit));
      if (rule !== undefined) {
        visit.succeed(undefined, rule);
      } else if (fallback !== undefined) {
        visit.succeed(undefined, { ...otherwise, next: fallback });
      } else {
        visit.fail(
          new StateFailure(
            StatesError.NoChoiceMatched,
            visit.inState(
              'Failed to transition out of the state. The state does not point to a next state.',
            ),
          ),
        );
      }
    },
  };
};
