import { type Diagnostic, Diagnostics } from './diagnostics.ts';
import { isCount, isObject, type Json, type JsonObject } from './json.ts';
import { quotas } from './quotas.ts';
import { type CheckStates, checkState } from './state-rules.ts';
import { checkTransitions } from './transition-rules.ts';

const machineFields: ReadonlySet<string> = new Set([
  'Comment',
  'QueryLanguage',
  'StartAt',
  'States',
  'TimeoutSeconds',
  'Version',
]);

/** What is wrong with a definition; nothing if it can run. */
export const diagnose = (text: string): readonly Diagnostic[] => {
  const diagnostics = new Diagnostics();
  const definition = parse(text, diagnostics);
  if (definition === undefined) return diagnostics.found;
  for (const field of Object.keys(definition)) {
    if (!machineFields.has(field)) diagnostics.schema(`Field '${field}' is not supported`, '/');
  }
  const language = definition['QueryLanguage'];
  if (language !== undefined && language !== 'JSONata' && language !== 'JSONPath') {
    diagnostics.schema('Value is not one of [JSONPath, JSONata]', '/QueryLanguage');
  }
  const { TimeoutSeconds: timeout } = definition;
  if (timeout !== undefined && !isCount(timeout, 1, quotas.taskTimeoutSeconds)) {
    diagnostics.schema('Expected value of type Integer', '/TimeoutSeconds');
  }
  checkStates(definition, '', { language, assigned: new Set(), checkStates }, diagnostics);
  return diagnostics.found;
};

/** Checks a machine's, a branch's or an item processor's states. */
const checkStates: CheckStates = (definition, at, surroundings, diagnostics) => {
  const missing = ['StartAt', 'States'].filter((field) => definition[field] === undefined);
  if (missing.length > 0) {
    diagnostics.schema(`These fields are required: [${missing.join(', ')}]`, at === '' ? '/' : at);
    return;
  }
  const states = definition['States'];
  if (!isObject(states) || Object.keys(states).length === 0) {
    diagnostics.schema('States cannot be empty', `${at}/States`);
    return;
  }
  const own = assignedIn(states);
  for (const name of own) {
    if (surroundings.assigned.has(name)) {
      diagnostics.schema(
        `Variable '${name}' is assigned in an outer scope and cannot be assigned here`,
        at === '' ? '/' : at,
      );
    }
  }
  const inner = { ...surroundings, assigned: new Set([...surroundings.assigned, ...own]) };
  for (const [name, state] of Object.entries(states)) {
    const place = `${at}/States/${name}`;
    if (name.length > 80) diagnostics.schema('State name exceeds 80 characters', place);
    if (isObject(state)) checkState(state, place, inner, diagnostics);
    else diagnostics.schema('Expected value of type Object', place);
  }
  checkTransitions(definition, at, diagnostics);
};

/** All variables that a set of states assigns, leaving nested states aside: those are scopes of their own. */
const assignedIn = (states: JsonObject): Set<string> => {
  const names = new Set<string>();
  const add = (holder: Json | undefined): void => {
    if (isObject(holder) && isObject(holder['Assign'])) {
      for (const name of Object.keys(holder['Assign'])) names.add(name);
    }
  };
  for (const state of Object.values(states)) {
    if (!isObject(state)) continue;
    add(state);
    for (const list of [state['Choices'], state['Catch']]) {
      if (Array.isArray(list)) for (const entry of list) add(entry as Json);
    }
  }
  return names;
};

const parse = (text: string, diagnostics: Diagnostics): JsonObject | undefined => {
  if (Buffer.byteLength(text) > quotas.definitionBytes) {
    diagnostics.schema(`The definition exceeds ${quotas.definitionBytes} bytes`, '/');
    return undefined;
  }
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch (error) {
    diagnostics.add(
      'INVALID_JSON_DESCRIPTION',
      error instanceof Error ? error.message : String(error),
      undefined,
    );
    return undefined;
  }
  if (isObject(parsed)) return parsed;
  diagnostics.schema('Expected value of type Object', '/');
  return undefined;
};
