import type { CloudContext, Place } from '../services/service.ts';
import type { Json } from './json.ts';
import { type Template, TemplateError, type TemplateParameter } from './template.ts';

/** What CDK's bootstrap stack leaves in Parameter Store; every synthesized template asks for it. */
const BOOTSTRAP = /^\/cdk-bootstrap\/[^/]+\/version$/;
const BOOTSTRAP_VERSION = '30';

const SSM = /^AWS::SSM::Parameter::(Value<(.+)>|Name)$/;

/** What of Parameter Store the loader needs. */
interface ParameterStore {
  read(name: string): { readonly value: string; readonly type: string } | undefined;
}

const asList = (value: Json): string[] =>
  Array.isArray(value)
    ? value.map(String)
    : String(value)
        .split(',')
        .map((item) => item.trim());

const check = (name: string, parameter: TemplateParameter, value: Json): void => {
  const { allowedValues, allowedPattern } = parameter;
  for (const one of Array.isArray(value) ? value : [value]) {
    if (allowedValues && !allowedValues.some((allowed) => String(allowed) === String(one))) {
      throw new TemplateError(
        `Parameter ${name} must be one of ${allowedValues.join(', ')}, got ${String(one)}`,
      );
    }
    if (allowedPattern !== undefined && !new RegExp(`^(?:${allowedPattern})$`).test(String(one))) {
      throw new TemplateError(`Parameter ${name} must match ${allowedPattern}, got ${String(one)}`);
    }
  }
  if (parameter.type === 'Number' && !Number.isFinite(Number(value))) {
    throw new TemplateError(`Parameter ${name} must be a number, got ${JSON.stringify(value)}`);
  }
};

const typed = (type: string, value: Json): Json =>
  type === 'CommaDelimitedList' || type.startsWith('List<') ? asList(value) : String(value);

const fromStore = (
  name: string,
  type: string,
  key: string,
  cloud: CloudContext,
  place: Place,
): Json => {
  if (BOOTSTRAP.test(key)) return BOOTSTRAP_VERSION;
  const found = cloud.service<ParameterStore & { operations: never }>('ssm', place).read(key);
  if (found === undefined) {
    throw new TemplateError(
      `Parameter ${name} reads ${key} from Parameter Store, which ${place.account} in ${place.region} does not have; deploy what writes it first`,
    );
  }
  return typed(type, found.value);
};

/** The values of a template's parameters: given, else as before, else their default. */
export const resolveParameters = (
  template: Template,
  given: Readonly<Record<string, Json>>,
  previous: Readonly<Record<string, Json>>,
  cloud: CloudContext,
  place: Place,
): { values: Record<string, Json>; asked: Record<string, Json> } => {
  const unknown = Object.keys(given).filter((name) => template.parameters[name] === undefined);
  if (unknown.length > 0) {
    throw new TemplateError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  }
  const values: Record<string, Json> = {};
  const asked: Record<string, Json> = {};
  const missing: string[] = [];
  for (const [name, parameter] of Object.entries(template.parameters)) {
    const value = given[name] ?? previous[name] ?? parameter.default;
    if (value === undefined) {
      missing.push(name);
      continue;
    }
    check(name, parameter, value);
    // Only what was given sticks: a default may change with the template.
    const kept = given[name] ?? previous[name];
    if (kept !== undefined) asked[name] = kept;
    const stored = SSM.exec(parameter.type);
    values[name] =
      stored?.[2] === undefined
        ? typed(parameter.type, value)
        : fromStore(name, stored[2], String(value), cloud, place);
  }
  if (missing.length > 0) {
    throw new TemplateError(`Parameters: [${missing.join(', ')}] must have values`);
  }
  return { values, asked };
};
