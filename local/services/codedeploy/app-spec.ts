import { createHash } from 'node:crypto';
import type { RevisionLocation } from '@aws-sdk/client-codedeploy';
import { parse } from 'yaml';
import type { AwsError } from '../aws-error.ts';
import { codeDeployError, notDone } from './codedeploy-error.ts';

/** What a Lambda AppSpec says. */
export interface AppSpec {
  readonly functionName: string;
  readonly alias: string;
  readonly currentVersion: string;
  readonly targetVersion: string;
  readonly hooks: Readonly<Partial<Record<Hook, string>>>;
}

/** The two events of a Lambda deployment that can run a function. */
export type Hook = 'BeforeAllowTraffic' | 'AfterAllowTraffic';

const HOOKS: readonly string[] = ['BeforeAllowTraffic', 'AfterAllowTraffic'] satisfies Hook[];

const invalid = (message: string): AwsError => codeDeployError('InvalidRevisionException', message);

/** Keys come as `resources` and `currentversion` or as `Resources` and `CurrentVersion`. */
const lowered = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]))
    : undefined;

const contentOf = (revision: RevisionLocation | undefined): string => {
  const kind = revision?.revisionType;
  if (revision === undefined || kind === undefined) {
    throw codeDeployError('RevisionRequiredException', 'The revision ID was not specified.');
  }
  if (kind === 'S3' || kind === 'GitHub') {
    throw notDone(`a revision of type ${kind}; give the AppSpec as AppSpecContent`);
  }
  const raw = kind === 'AppSpecContent' ? revision.appSpecContent : revision.string;
  if (!raw?.content) throw invalid(`The revision of type ${kind} has no content`);
  if (raw.sha256 !== undefined) {
    const actual = createHash('sha256').update(raw.content).digest('hex');
    if (actual !== raw.sha256.toLowerCase()) {
      throw invalid(
        `The SHA-256 hash of the AppSpec content is ${actual}, but the request says ${raw.sha256}`,
      );
    }
  }
  return raw.content;
};

const documentOf = (content: string): Record<string, unknown> => {
  let parsed: unknown;
  try {
    // JSON is YAML. Versions may stand unquoted; read as text, 10 stays 10 and 0.0 stays 0.0.
    parsed = parse(content, { schema: 'failsafe' });
  } catch {
    throw invalid('The AppSpec file is neither valid YAML nor valid JSON');
  }
  const document = lowered(parsed);
  if (!document) throw invalid('The AppSpec file must be an object with version and Resources');
  return document;
};

const propertiesOf = (document: Record<string, unknown>): Record<string, unknown> => {
  const { resources } = document;
  if (!Array.isArray(resources) || resources.length !== 1) {
    throw invalid('The AppSpec file must contain exactly one resource');
  }
  const named = Object.values(lowered(resources[0]) ?? {});
  const resource = lowered(named[0]);
  if (named.length !== 1 || !resource) {
    throw invalid('The AppSpec file must name its resource: - name: {Type, Properties}');
  }
  if (resource['type'] !== 'AWS::Lambda::Function') {
    throw invalid(`The AppSpec file contains an unsupported resource type: ${resource['type']}`);
  }
  return lowered(resource['properties']) ?? {};
};

const hooksOf = (hooks: unknown): AppSpec['hooks'] => {
  if (hooks === undefined || hooks === '') return {};
  if (!Array.isArray(hooks)) throw invalid('Hooks of the AppSpec file must be a list');
  const found: Partial<Record<Hook, string>> = {};
  for (const entry of hooks) {
    for (const [event, name] of Object.entries((entry ?? {}) as Record<string, unknown>)) {
      if (!HOOKS.includes(event)) {
        throw invalid(`The AppSpec file contains an unsupported lifecycle event: ${event}`);
      }
      if (typeof name === 'string' && name !== '') found[event as Hook] = name;
    }
  }
  return found;
};

/** Reads the AppSpec of a revision; what can't be a Lambda AppSpec is refused. */
export const readAppSpec = (revision: RevisionLocation | undefined): AppSpec => {
  const document = documentOf(contentOf(revision));
  if (document['version'] !== '0.0') {
    throw invalid(`The AppSpec file has the version ${document['version']}; it must be 0.0`);
  }
  const properties = propertiesOf(document);
  const text = (key: string): string => {
    const value = properties[key];
    if (typeof value === 'string' && value !== '') return value;
    throw invalid(`The AppSpec file lacks the required property ${key} of its function`);
  };
  const spec = {
    functionName: text('name'),
    alias: text('alias'),
    currentVersion: text('currentversion'),
    targetVersion: text('targetversion'),
    hooks: hooksOf(document['hooks']),
  };
  for (const version of [spec.currentVersion, spec.targetVersion]) {
    if (!/^\d+$/.test(version)) {
      throw invalid(`The AppSpec file names the version ${version}; it must be a number`);
    }
  }
  if (spec.currentVersion === spec.targetVersion) {
    throw invalid(
      `The AppSpec file contains the same currentversion and targetversion: ${spec.currentVersion}`,
    );
  }
  return spec;
};

/** The revision that leads back from `spec`: versions exchanged, no hooks. */
export const revisionBack = (spec: AppSpec): RevisionLocation => {
  const content = JSON.stringify({
    version: '0.0',
    Resources: [
      {
        [spec.functionName.split(':').at(-1) ?? spec.functionName]: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Name: spec.functionName,
            Alias: spec.alias,
            CurrentVersion: spec.targetVersion,
            TargetVersion: spec.currentVersion,
          },
        },
      },
    ],
  });
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { revisionType: 'AppSpecContent', appSpecContent: { content, sha256 } };
};
