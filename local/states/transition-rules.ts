import type { Diagnostics } from './diagnostics.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

interface Target {
  readonly name: string;
  readonly at: string;
}

const target = (holder: JsonObject, field: string, at: string): Target[] => {
  const name = holder[field];
  return typeof name === 'string' ? [{ name, at: `${at}/${field}` }] : [];
};

const inList = (list: Json | undefined, at: string): Target[] =>
  Array.isArray(list)
    ? list.flatMap((entry: Json, index) =>
        isObject(entry) ? target(entry, 'Next', `${at}[${index}]`) : [],
      )
    : [];

/** Where a state may go. */
const targetsOf = (state: JsonObject, at: string): Target[] => [
  ...target(state, 'Next', at),
  ...target(state, 'Default', at),
  ...inList(state['Choices'], `${at}/Choices`),
  ...inList(state['Catch'], `${at}/Catch`),
];

/** Each target exists, each state is reached, and one of them ends. */
export const checkTransitions = (
  definition: JsonObject,
  at: string,
  diagnostics: Diagnostics,
): void => {
  const states = definition['States'] as Readonly<Record<string, Json>>;
  const reached = new Set<string>();
  const go = ({ name, at: from }: Target): void => {
    if (!Object.hasOwn(states, name)) {
      diagnostics.add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${name}`, from);
    }
    reached.add(name);
  };
  for (const start of target(definition, 'StartAt', at)) go(start);
  let ends = false;
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue;
    for (const found of targetsOf(state, `${at}/States/${name}`)) go(found);
    ends ||= state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail';
  }
  for (const name of Object.keys(states)) {
    if (reached.has(name)) continue;
    diagnostics.add(
      'MISSING_TRANSITION_TARGET',
      `State "${name}" is not reachable.`,
      `${at}/States/${name}`,
    );
  }
  if (!ends) {
    diagnostics.add(
      'MISSING_END_STATE',
      'Workflow has no terminal state',
      at === '' ? undefined : at,
    );
  }
};
