import { isObject, type Json, type JsonObject } from './json.ts';

/** What is wrong with a template, with the path of the place in it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** What becomes of a resource that its template no longer has. */
export type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate' | 'Snapshot';

/** A resource as the template has it, intrinsic functions included. */
export interface TemplateResource {
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition: string | undefined;
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  /** CDK's construct path, where it was left in the metadata. */
  readonly path: string | undefined;
  readonly updatePolicy: Json | undefined;
}

export interface TemplateParameter {
  readonly type: string;
  readonly default: Json | undefined;
  readonly allowedValues: readonly Json[] | undefined;
  readonly allowedPattern: string | undefined;
  readonly noEcho: boolean;
}

export interface TemplateOutput {
  readonly value: Json;
  readonly exportName: Json | undefined;
  readonly condition: string | undefined;
  readonly description: string | undefined;
}

/** A CloudFormation template, read and checked for its form. */
export interface Template {
  readonly description: string | undefined;
  readonly parameters: Readonly<Record<string, TemplateParameter>>;
  readonly mappings: Readonly<Record<string, Json>>;
  readonly conditions: Readonly<Record<string, Json>>;
  readonly rules: Readonly<Record<string, Json>>;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, TemplateOutput>>;
}

const POLICIES = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'];
const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Rules',
  'Resources',
  'Outputs',
];

const section = (template: JsonObject, name: string): JsonObject => {
  const value = template[name] ?? {};
  if (!isObject(value)) throw new TemplateError(`${name} must be an object`);
  return value;
};

const optionalText = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const each = <T>(
  entries: JsonObject,
  where: string,
  read: (entry: JsonObject, path: string) => T,
) =>
  Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      if (!isObject(entry)) throw new TemplateError(`${where}.${name} must be an object`);
      return [name, read(entry, `${where}.${name}`)];
    }),
  );

const policy = (
  value: Json | undefined,
  fallback: DeletionPolicy,
  path: string,
): DeletionPolicy => {
  if (value === undefined) return fallback;
  if (typeof value !== 'string' || !POLICIES.includes(value)) {
    throw new TemplateError(
      `${path} must be one of ${POLICIES.join(', ')}, got ${JSON.stringify(value)}`,
    );
  }
  return value as DeletionPolicy;
};

const readResource = (entry: JsonObject, path: string): TemplateResource => {
  const { Type: type, Properties: properties = {}, DependsOn: dependsOn = [] } = entry;
  if (typeof type !== 'string') throw new TemplateError(`${path}.Type must be text`);
  if (!isObject(properties)) throw new TemplateError(`${path}.Properties must be an object`);
  const needed = Array.isArray(dependsOn) ? dependsOn : [dependsOn];
  if (!needed.every((name) => typeof name === 'string')) {
    throw new TemplateError(`${path}.DependsOn must be a logical id or a list of them`);
  }
  const metadata = isObject(entry['Metadata']) ? entry['Metadata'] : {};
  return {
    type,
    properties,
    dependsOn: needed,
    condition: optionalText(entry['Condition']),
    deletionPolicy: policy(entry['DeletionPolicy'], 'Delete', `${path}.DeletionPolicy`),
    updateReplacePolicy: policy(
      entry['UpdateReplacePolicy'],
      'Delete',
      `${path}.UpdateReplacePolicy`,
    ),
    path: optionalText(metadata['aws:cdk:path']),
    updatePolicy: entry['UpdatePolicy'],
  };
};

/** Reads a template; what has no place in one is refused by name. */
export const readTemplate = (document: unknown): Template => {
  if (!isObject(document)) throw new TemplateError('a template must be an object');
  const unknown = Object.keys(document).filter((name) => !SECTIONS.includes(name));
  if (unknown.length > 0) {
    throw new TemplateError(
      `the template has ${unknown.join(', ')}, which the local cloud does not read; it reads ${SECTIONS.join(', ')}`,
    );
  }
  return {
    description: optionalText(document['Description']),
    parameters: each(section(document, 'Parameters'), 'Parameters', (entry) => ({
      type: optionalText(entry['Type']) ?? 'String',
      default: entry['Default'],
      allowedValues: Array.isArray(entry['AllowedValues']) ? entry['AllowedValues'] : undefined,
      allowedPattern: optionalText(entry['AllowedPattern']),
      noEcho: entry['NoEcho'] === true || entry['NoEcho'] === 'true',
    })),
    mappings: section(document, 'Mappings'),
    conditions: section(document, 'Conditions'),
    rules: section(document, 'Rules'),
    resources: each(section(document, 'Resources'), 'Resources', readResource),
    outputs: each(section(document, 'Outputs'), 'Outputs', (entry, path) => {
      if (entry['Value'] === undefined) throw new TemplateError(`${path}.Value is missing`);
      const exported = isObject(entry['Export']) ? entry['Export']['Name'] : undefined;
      return {
        value: entry['Value'],
        exportName: exported,
        condition: optionalText(entry['Condition']),
        description: optionalText(entry['Description']),
      };
    }),
  };
};
