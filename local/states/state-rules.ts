import { type Diagnostics, UnsupportedDefinition } from './diagnostics.ts';
import { checkExpressions, type Sees } from './expression-rules.ts';
import {
  distributedFields,
  expressionFields,
  fieldsOf,
  isStateType,
  jsonPathFields,
  requiredOf,
} from './fields.ts';
import { integrations } from './integrations/integrations.ts';
import { isCount, isObject, type Json, type JsonObject } from './json.ts';
import { isExpression } from './jsonata.ts';
import type { StateType } from './passage.ts';
import { quotas } from './quotas.ts';
import { parseResource } from './resource.ts';
import { isTimestamp } from './wait.ts';

/** Checks a machine's, a branch's or an item processor's states. */
export type CheckStates = (
  definition: JsonObject,
  at: string,
  surroundings: Surroundings,
  diagnostics: Diagnostics,
) => void;

/** What nested states inherit, and how they are checked in turn. */
export interface Surroundings {
  /** The machine's own `QueryLanguage`. */
  readonly language: Json | undefined;
  /** The variables of outer scopes. */
  readonly assigned: ReadonlySet<string>;
  readonly checkStates: CheckStates;
}

/** Checks one state, and what is nested in it. */
export const checkState = (
  state: JsonObject,
  at: string,
  surroundings: Surroundings,
  diagnostics: Diagnostics,
): void => {
  const type = state['Type'];
  if (!isStateType(type)) {
    diagnostics.schema(
      type === undefined
        ? 'These fields are required: [Type]'
        : `Value is not one of [${Object.keys(fieldsOf).join(', ')}]`,
      type === undefined ? at : `${at}/Type`,
    );
    return;
  }
  if (!checkLanguage(state, at, surroundings, diagnostics)) return;
  checkFields(state, type, at, diagnostics);
  for (const field of expressionFields) {
    const value = state[field];
    if (value !== undefined && fieldsOf[type].has(field)) {
      checkExpressions(value, `${at}/${field}`, seenBy(type, field), diagnostics);
    }
  }
  checkAssign(state, at, diagnostics);
  checkHandlers(state, at, diagnostics);
  own[type]?.(state, at, surroundings, diagnostics);
};

const seenBy = (type: StateType, field: string): Sees =>
  (field === 'Output' || field === 'Assign') &&
  (type === 'Task' || type === 'Parallel' || type === 'Map')
    ? 'result'
    : 'neither';

/** Whether the state is JSONata; JSONPath under a JSONata machine is wrong, JSONPath by itself is not done here. */
const checkLanguage = (
  state: JsonObject,
  at: string,
  { language }: Surroundings,
  diagnostics: Diagnostics,
): boolean => {
  const own = state['QueryLanguage'] ?? language ?? 'JSONPath';
  if (own === 'JSONata') return true;
  if (language === 'JSONata') {
    diagnostics.schema(
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
      at,
    );
    return false;
  }
  throw new UnsupportedDefinition(
    `the local cloud does not do JSONPath, which the state at ${at} is in; set "QueryLanguage": "JSONata" at the top of the definition`,
  );
};

const checkFields = (
  state: JsonObject,
  type: StateType,
  at: string,
  diagnostics: Diagnostics,
): void => {
  for (const field of Object.keys(state)) {
    if (fieldsOf[type].has(field)) continue;
    if (type === 'Map' && distributedFields.has(field)) {
      throw new UnsupportedDefinition(
        `the local cloud does not do the distributed Map, which ${at}/${field} belongs to; use an inline Map`,
      );
    }
    diagnostics.schema(
      jsonPathFields.has(field)
        ? `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage`
        : `Field '${field}' is not supported`,
      at,
    );
  }
  const missing = (requiredOf[type] ?? []).filter((field) => state[field] === undefined);
  if (missing.length > 0) {
    diagnostics.schema(`These fields are required: [${missing.join(', ')}]`, at);
  }
  if (type !== 'Choice' && type !== 'Fail' && type !== 'Succeed') {
    const ways = [state['Next'] !== undefined, state['End'] === true].filter(Boolean).length;
    if (ways !== 1) {
      diagnostics.schema(
        ways === 0
          ? 'There should be one of the following fields: [Next, End]'
          : 'There should only be one of the following fields: [Next, End]',
        at,
      );
    }
  }
};

const checkAssign = (holder: JsonObject, at: string, diagnostics: Diagnostics): void => {
  const assign = holder['Assign'];
  if (assign === undefined) return;
  if (!isObject(assign)) {
    diagnostics.schema('Expected value of type Object', `${at}/Assign`);
    return;
  }
  for (const name of Object.keys(assign)) {
    if (name === 'states' || !/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name)) {
      diagnostics.schema(`Invalid variable name '${name}'`, `${at}/Assign`);
    }
  }
};

const checkHandlers = (state: JsonObject, at: string, diagnostics: Diagnostics): void => {
  const lists = { Retry: state['Retry'], Catch: state['Catch'] };
  for (const [field, list] of Object.entries(lists)) {
    if (list === undefined) continue;
    if (!Array.isArray(list)) {
      diagnostics.schema('Expected value of type Array', `${at}/${field}`);
      continue;
    }
    list.forEach((entry: Json, index) => {
      const place = `${at}/${field}[${index}]`;
      if (!isObject(entry)) {
        diagnostics.schema('Expected value of type Object', place);
        return;
      }
      checkErrorEquals(entry, place, index === list.length - 1, diagnostics);
      if (field === 'Retry') checkRetrier(entry, place, diagnostics);
      else checkCatcher(entry, place, diagnostics);
    });
  }
};

const checkErrorEquals = (
  entry: JsonObject,
  at: string,
  isLast: boolean,
  diagnostics: Diagnostics,
): void => {
  const errors = entry['ErrorEquals'];
  if (!Array.isArray(errors) || errors.length === 0) {
    diagnostics.schema('These fields are required: [ErrorEquals]', at);
  } else if (errors.includes('States.ALL') && (errors.length > 1 || !isLast)) {
    diagnostics.schema(
      "'States.ALL' must appear alone, and in the last entry only",
      `${at}/ErrorEquals`,
    );
  }
};

const retrierFields: Readonly<Record<string, (value: Json) => boolean>> = {
  BackoffRate: (value) => typeof value === 'number' && value >= 1,
  Comment: () => true,
  ErrorEquals: () => true,
  IntervalSeconds: (value) => isCount(value, 1, quotas.taskTimeoutSeconds),
  JitterStrategy: (value) => value === 'FULL' || value === 'NONE',
  MaxAttempts: (value) => isCount(value, 0, quotas.taskTimeoutSeconds),
  MaxDelaySeconds: (value) => isCount(value, 1, 31_622_400),
};

const checkRetrier = (entry: JsonObject, at: string, diagnostics: Diagnostics): void => {
  for (const [field, value] of Object.entries(entry)) {
    const fits = Object.hasOwn(retrierFields, field) ? retrierFields[field] : undefined;
    if (fits === undefined) diagnostics.schema(`Field '${field}' is not supported`, at);
    else if (!fits(value)) diagnostics.schema('Value is out of range', `${at}/${field}`);
  }
  const { MaxDelaySeconds: most, IntervalSeconds: interval = 1 } = entry;
  if (typeof most === 'number' && typeof interval === 'number' && most <= interval) {
    diagnostics.schema('MaxDelaySeconds must be greater than IntervalSeconds', at);
  }
};

const catcherFields: ReadonlySet<string> = new Set([
  'Assign',
  'Comment',
  'ErrorEquals',
  'Next',
  'Output',
]);

const checkCatcher = (entry: JsonObject, at: string, diagnostics: Diagnostics): void => {
  for (const field of Object.keys(entry)) {
    if (!catcherFields.has(field)) diagnostics.schema(`Field '${field}' is not supported`, at);
  }
  if (entry['Next'] === undefined) {
    diagnostics.schema('These fields are required: [Next]', at);
  }
  for (const field of ['Assign', 'Output']) {
    checkExpressions(entry[field] ?? null, `${at}/${field}`, 'errorOutput', diagnostics);
  }
  checkAssign(entry, at, diagnostics);
};

type Rule = (
  state: JsonObject,
  at: string,
  surroundings: Surroundings,
  diagnostics: Diagnostics,
) => void;

const isText = (value: Json | undefined): value is string => typeof value === 'string';

const checkNumber = (
  state: JsonObject,
  field: string,
  least: number,
  at: string,
  diagnostics: Diagnostics,
): void => {
  const value = state[field];
  if (value === undefined || (isText(value) && isExpression(value))) return;
  if (!isCount(value, least, quotas.taskTimeoutSeconds)) {
    diagnostics.schema('Expected value of type Integer', `${at}/${field}`);
  }
};

const checkChoice: Rule = (state, at, _surroundings, diagnostics) => {
  const choices = state['Choices'];
  if (!Array.isArray(choices) || choices.length === 0) {
    diagnostics.schema('Expected a non-empty array', `${at}/Choices`);
    return;
  }
  choices.forEach((rule: Json, index) => {
    const place = `${at}/Choices[${index}]`;
    if (!isObject(rule)) {
      diagnostics.schema('Expected value of type Object', place);
      return;
    }
    const missing = ['Condition', 'Next'].filter((field) => rule[field] === undefined);
    if (missing.length > 0) {
      diagnostics.schema(`These fields are required: [${missing.join(', ')}]`, place);
      return;
    }
    const condition = rule['Condition'];
    if (typeof condition !== 'boolean' && !(isText(condition) && isExpression(condition))) {
      diagnostics.schema('Expected a boolean or a JSONata expression', `${place}/Condition`);
    }
    for (const field of ['Condition', 'Assign', 'Output']) {
      checkExpressions(rule[field] ?? null, `${place}/${field}`, 'neither', diagnostics);
    }
    checkAssign(rule, place, diagnostics);
  });
};

const checkWait: Rule = (state, at, _surroundings, diagnostics) => {
  const given = ['Seconds', 'Timestamp'].filter((field) => state[field] !== undefined);
  if (given.length !== 1) {
    diagnostics.schema('There should be one of the following fields: [Seconds, Timestamp]', at);
  }
  checkNumber(state, 'Seconds', 0, at, diagnostics);
  const { Timestamp: until } = state;
  if (until !== undefined && !(isText(until) && isExpression(until)) && !isTimestamp(until)) {
    diagnostics.schema('Value is not a valid timestamp', `${at}/Timestamp`);
  }
};

const checkTask: Rule = (state, at, _surroundings, diagnostics) => {
  const arn = state['Resource'];
  if (arn === undefined) return;
  if (!isText(arn) || !arn.startsWith('arn:')) {
    diagnostics.schema('Value is not a valid resource ARN', `${at}/Resource`);
    return;
  }
  const resource = parseResource(arn);
  if (resource === undefined || integrations(resource) === undefined) {
    throw new UnsupportedDefinition(
      `the local cloud does not do the resource ${arn} of ${at}; use lambda:invoke, states:startExecution, or an aws-sdk integration of a service that it has`,
    );
  }
  checkNumber(state, 'TimeoutSeconds', 1, at, diagnostics);
  checkNumber(state, 'HeartbeatSeconds', 1, at, diagnostics);
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    diagnostics.schema('HeartbeatSeconds must be less than TimeoutSeconds', at);
  }
};

const checkParallel: Rule = (state, at, surroundings, diagnostics) => {
  const branches = state['Branches'];
  if (!Array.isArray(branches) || branches.length === 0) {
    diagnostics.schema('Expected a non-empty array', `${at}/Branches`);
    return;
  }
  branches.forEach((branch: Json, index) => {
    const place = `${at}/Branches[${index}]`;
    if (isObject(branch)) surroundings.checkStates(branch, place, surroundings, diagnostics);
    else diagnostics.schema('Expected value of type Object', place);
  });
};

const checkMap: Rule = (state, at, surroundings, diagnostics) => {
  const processor = state['ItemProcessor'];
  if (!isObject(processor)) return;
  const configuration = processor['ProcessorConfig'];
  if (isObject(configuration) && configuration['Mode'] === 'DISTRIBUTED') {
    throw new UnsupportedDefinition(
      `the local cloud does not do the distributed Map that ${at} asks for; set its Mode to INLINE`,
    );
  }
  if (processor['QueryLanguage'] !== undefined) {
    diagnostics.schema("Field 'QueryLanguage' is not supported", `${at}/ItemProcessor`);
  }
  checkNumber(state, 'MaxConcurrency', 0, at, diagnostics);
  surroundings.checkStates(processor, `${at}/ItemProcessor`, surroundings, diagnostics);
};

const own: Readonly<Partial<Record<StateType, Rule>>> = {
  Choice: checkChoice,
  Map: checkMap,
  Parallel: checkParallel,
  Task: checkTask,
  Wait: checkWait,
};
