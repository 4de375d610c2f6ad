import type { StateType } from './passage.ts';

/** The fields that a state of each type takes with JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html */
const common = ['Comment', 'QueryLanguage', 'Type'];
const leaving = ['Assign', 'End', 'Next', 'Output'];
const handling = ['Catch', 'Retry'];

/** All fields of a state type. */
export const fieldsOf: Readonly<Record<StateType, ReadonlySet<string>>> = {
  Choice: new Set([...common, 'Assign', 'Choices', 'Default', 'Output']),
  Fail: new Set([...common, 'Cause', 'Error']),
  Map: new Set([
    ...common,
    ...leaving,
    ...handling,
    'ItemProcessor',
    'ItemSelector',
    'Items',
    'MaxConcurrency',
  ]),
  Parallel: new Set([...common, ...leaving, ...handling, 'Arguments', 'Branches']),
  Pass: new Set([...common, ...leaving]),
  Succeed: new Set([...common, 'Output']),
  Task: new Set([
    ...common,
    ...leaving,
    ...handling,
    'Arguments',
    'Credentials',
    'HeartbeatSeconds',
    'Resource',
    'TimeoutSeconds',
  ]),
  Wait: new Set([...common, ...leaving, 'Seconds', 'Timestamp']),
};

/** Fields that a state type cannot do without. */
export const requiredOf: Readonly<Partial<Record<StateType, readonly string[]>>> = {
  Choice: ['Choices'],
  Map: ['ItemProcessor'],
  Parallel: ['Branches'],
  Task: ['Resource'],
};

/** Fields of the other query language. */
export const jsonPathFields: ReadonlySet<string> = new Set([
  'CausePath',
  'ErrorPath',
  'HeartbeatSecondsPath',
  'InputPath',
  'ItemsPath',
  'MaxConcurrencyPath',
  'OutputPath',
  'Parameters',
  'Result',
  'ResultPath',
  'ResultSelector',
  'SecondsPath',
  'TimeoutSecondsPath',
  'TimestampPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'Variable',
]);

/** Fields of the distributed Map. */
export const distributedFields: ReadonlySet<string> = new Set([
  'ItemBatcher',
  'ItemReader',
  'Label',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
]);

/** Fields whose values may hold expressions, at any depth. */
export const expressionFields: readonly string[] = [
  'Arguments',
  'Assign',
  'Cause',
  'Credentials',
  'Error',
  'HeartbeatSeconds',
  'ItemSelector',
  'Items',
  'MaxConcurrency',
  'Output',
  'Seconds',
  'TimeoutSeconds',
  'Timestamp',
];

/** Whether a text names a state type. */
export const isStateType = (type: unknown): type is StateType =>
  typeof type === 'string' && Object.hasOwn(fieldsOf, type);
