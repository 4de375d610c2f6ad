import type { InputTransformer } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../aws-error.ts';
import type { EventEnvelope } from './event-envelope.ts';
import { compileJsonPath } from './json-path.ts';

/** What a transformation may know besides the event. */
export interface TransformationContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly ingestionTime: string;
}

/** Makes the text that a target gets. */
export type InputTransformation = (event: EventEnvelope, context: TransformationContext) => string;

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/g;

const predefined = (
  name: string,
  event: EventEnvelope,
  context: TransformationContext,
): unknown => {
  switch (name) {
    case 'aws.events.rule-arn':
      return context.ruleArn;
    case 'aws.events.rule-name':
      return context.ruleName;
    case 'aws.events.event.ingestion-time':
      return context.ingestionTime;
    case 'aws.events.event.json':
      return event;
    case 'aws.events.event': {
      const { detail: _detail, ...envelope } = event;
      return envelope;
    }
    default:
      return undefined;
  }
};

/** For each character of a template, whether it is inside a JSON string. */
const insideStrings = (template: string): boolean[] => {
  const inside: boolean[] = [];
  let isInside = false;
  for (let index = 0; index < template.length; index += 1) {
    inside.push(isInside);
    if (template[index] === '\\' && isInside) {
      index += 1;
      inside.push(isInside);
    } else if (template[index] === '"') {
      isInside = !isInside;
    }
  }
  return inside;
};

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

/** The text of a value within a JSON string: escaped so that it ends there. */
const withinString = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Quotes of objects and lists are left out within strings, as EventBridge does.
  const shown = typeof value === 'string' ? text : text.replaceAll('"', '');
  return JSON.stringify(shown).slice(1, -1);
};

/**
 * Compiles an input transformer.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const compileInputTransformer = ({
  InputPathsMap = {},
  InputTemplate = '',
}: InputTransformer): InputTransformation => {
  const names = Object.keys(InputPathsMap);
  if (names.length > 100)
    throw invalid(`An input transformer has at most 100 variables, got ${names.length}.`);
  const reserved = names.find((name) => /^aws\./i.test(name));
  if (reserved !== undefined) throw invalid(`InputPathsMap contains reserved key ${reserved}.`);
  const paths = new Map(
    Object.entries(InputPathsMap).map(([name, path]) => [name, compileJsonPath(path ?? '')]),
  );
  if (InputTemplate.length > 8_192) throw invalid('InputTemplate is longer than 8192 characters.');
  const unknown = [...InputTemplate.matchAll(PLACEHOLDER)]
    .map(([, name = '']) => name)
    .find((name) => !paths.has(name) && !name.startsWith('aws.events.'));
  if (unknown !== undefined) {
    throw invalid(`Invalid InputTemplate for target: no variable ${unknown} in InputPathsMap.`);
  }
  const inside = insideStrings(InputTemplate);
  const isObject = InputTemplate.trimStart().startsWith('{');
  return (event, context) => {
    const text = InputTemplate.replace(PLACEHOLDER, (_all, name: string, offset: number) => {
      const value = paths.get(name)?.(event) ?? predefined(name, event, context);
      if (value === undefined) return inside[offset] ? '' : isObject ? '""' : '';
      if (inside[offset]) return withinString(value);
      if (isObject || typeof value !== 'string') return JSON.stringify(value);
      return value;
    });
    return text;
  };
};
