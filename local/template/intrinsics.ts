import { cidrBlocks } from './cidr.ts';
import { equal, isObject, type Json } from './json.ts';
import { NO_VALUE, type Resolved, type ValueReader } from './scope.ts';
import { TemplateError } from './template.ts';

/** One intrinsic function: its argument as written, who resolves, where it stands. */
export type Intrinsic = (argument: Json, resolver: ValueReader, path: string) => Resolved;

const argumentsOf = (argument: Json, path: string, min: number, max = min): Json[] => {
  if (!Array.isArray(argument) || argument.length < min || argument.length > max) {
    const count = min === max ? `${min}` : `${min} to ${max}`;
    throw new TemplateError(`${path}: takes a list of ${count}, got ${JSON.stringify(argument)}`);
  }
  return argument;
};

const pseudo = (name: string, resolver: ValueReader): Resolved | undefined => {
  const { place, stackName, stackId } = resolver.scope;
  const china = place.region.startsWith('cn-');
  switch (name) {
    case 'AWS::AccountId':
      return place.account;
    case 'AWS::Region':
      return place.region;
    case 'AWS::Partition':
      return china ? 'aws-cn' : place.region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
    case 'AWS::URLSuffix':
      return china ? 'amazonaws.com.cn' : 'amazonaws.com';
    case 'AWS::StackName':
      return stackName;
    case 'AWS::StackId':
      return stackId;
    case 'AWS::NotificationARNs':
      return [];
    case 'AWS::NoValue':
      return NO_VALUE;
    default:
      return undefined;
  }
};

const missing = (name: string, resolver: ValueReader, path: string): TemplateError =>
  new TemplateError(
    resolver.scope.template.resources[name] === undefined
      ? `${path}: the template has no resource, parameter or pseudo parameter ${name}`
      : `${path}: ${name} does not exist: its condition is false`,
  );

const ref = (name: string, resolver: ValueReader, path: string): Resolved => {
  const known = pseudo(name, resolver) ?? resolver.scope.parameters[name];
  if (known !== undefined) return known;
  const resource = resolver.scope.resource(name);
  if (resource === undefined) throw missing(name, resolver, path);
  return resource.physicalId;
};

const attribute = (
  name: string,
  attributeName: string,
  resolver: ValueReader,
  path: string,
): Json => {
  const resource = resolver.scope.resource(name);
  if (resource === undefined) throw missing(name, resolver, path);
  const value = resource.attributes[attributeName];
  if (value === undefined) {
    const has = Object.keys(resource.attributes).join(', ') || 'none';
    throw new TemplateError(
      `${path}: ${name} (${resource.type}) has no attribute ${attributeName}; it has ${has}`,
    );
  }
  return value as Json;
};

const getAtt: Intrinsic = (argument, resolver, path) => {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    if (dot < 0) throw new TemplateError(`${path}: takes Resource.Attribute, got ${argument}`);
    return attribute(argument.slice(0, dot), argument.slice(dot + 1), resolver, path);
  }
  const [name, attributeName] = argumentsOf(argument, path, 2);
  return attribute(
    resolver.text(name ?? null, path),
    resolver.text(attributeName ?? null, path),
    resolver,
    path,
  );
};

const sub: Intrinsic = (argument, resolver, path) => {
  const [text, own] = Array.isArray(argument) ? argumentsOf(argument, path, 2) : [argument, {}];
  if (typeof text !== 'string' || !isObject(own)) {
    throw new TemplateError(`${path}: takes text, or text and an object`);
  }
  return text.replace(/\$\{([^}]*)\}/g, (whole, inside: string) => {
    if (inside.startsWith('!')) return `\${${inside.slice(1)}}`;
    const name = inside.trim();
    const given = Object.hasOwn(own, name) ? own[name] : undefined;
    if (given !== undefined) return resolver.text(given, `${path}.${name}`);
    const dot = name.indexOf('.');
    const value =
      dot < 0
        ? ref(name, resolver, path)
        : attribute(name.slice(0, dot), name.slice(dot + 1), resolver, path);
    if (value === NO_VALUE || (typeof value === 'object' && value !== null)) {
      throw new TemplateError(`${path}: ${whole} is not text`);
    }
    return String(value);
  });
};

const findInMap: Intrinsic = (argument, resolver, path) => {
  const [map, top, second, options] = argumentsOf(argument, path, 3, 4);
  const names = [map, top, second].map((name) => resolver.text(name ?? null, path));
  let found: Json | undefined = { ...resolver.scope.template.mappings };
  for (const name of names) found = isObject(found) ? found[name] : undefined;
  if (found !== undefined) return found;
  const fallback = isObject(options) ? options['DefaultValue'] : undefined;
  if (fallback !== undefined) return resolver.resolve(fallback, path);
  throw new TemplateError(`${path}: Mappings have no ${names.join('.')}`);
};

const cidr: Intrinsic = (argument, resolver, path) => {
  const [block, count, bits] = argumentsOf(argument, path, 2, 3);
  return cidrBlocks(
    resolver.text(block ?? null, path),
    resolver.number(count ?? null, path),
    bits === undefined ? 8 : resolver.number(bits, path),
  );
};

const all = (argument: Json, resolver: ValueReader, path: string): boolean[] =>
  argumentsOf(argument, path, 1, 10).map((item, index) =>
    resolver.truth(item, `${path}[${index}]`),
  );

/** CloudFormation's intrinsic functions by name, those of conditions and of rules included. */
export const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, resolver, path) => {
    if (typeof argument !== 'string') throw new TemplateError(`${path}: takes a logical id`);
    return ref(argument, resolver, path);
  },
  Condition: (argument, resolver, path) => resolver.condition(String(argument), path),
  'Fn::GetAtt': getAtt,
  'Fn::Sub': sub,
  'Fn::Join': (argument, resolver, path) => {
    const [delimiter, items] = argumentsOf(argument, path, 2);
    return resolver
      .list(items ?? null, path)
      .map((item, index) => resolver.text(item, `${path}[${index}]`))
      .join(resolver.text(delimiter ?? null, path));
  },
  'Fn::Select': (argument, resolver, path) => {
    const [index, items] = argumentsOf(argument, path, 2);
    const list = resolver.list(items ?? null, path);
    const at = resolver.number(index ?? null, path);
    const selected = list[at];
    if (selected === undefined) {
      throw new TemplateError(`${path}: there is no item ${at} in a list of ${list.length}`);
    }
    return selected;
  },
  'Fn::Split': (argument, resolver, path) => {
    const [delimiter, text] = argumentsOf(argument, path, 2);
    return resolver.text(text ?? null, path).split(resolver.text(delimiter ?? null, path));
  },
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': (argument, resolver, path) => {
    const name = resolver.text(argument, path);
    const value = resolver.scope.importValue(name);
    if (value === undefined) {
      const { account, region } = resolver.scope.place;
      throw new TemplateError(
        `${path}: no stack of ${account} in ${region} exports ${name}; deploy the one that does first`,
      );
    }
    return value;
  },
  'Fn::Base64': (argument, resolver, path) =>
    Buffer.from(resolver.text(argument, path)).toString('base64'),
  'Fn::Cidr': cidr,
  'Fn::GetAZs': (argument, resolver, path) => {
    const region = resolver.text(argument, path) || resolver.scope.place.region;
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
  'Fn::ToJsonString': (argument, resolver, path) => JSON.stringify(resolver.value(argument, path)),
  'Fn::Length': (argument, resolver, path) => resolver.list(argument, path).length,
  'Fn::If': (argument, resolver, path) => {
    const [name, yes, no] = argumentsOf(argument, path, 3);
    const chosen = resolver.condition(String(name), path) ? yes : no;
    return resolver.resolve(chosen ?? null, path);
  },
  'Fn::Equals': (argument, resolver, path) => {
    const [a, b] = argumentsOf(argument, path, 2).map((item) => resolver.value(item, path));
    const comparable = (value: Json | undefined) =>
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    return equal(comparable(a), comparable(b));
  },
  'Fn::And': (argument, resolver, path) => all(argument, resolver, path).every(Boolean),
  'Fn::Or': (argument, resolver, path) => all(argument, resolver, path).some(Boolean),
  'Fn::Not': (argument, resolver, path) => {
    const [item] = argumentsOf(argument, path, 1);
    return !resolver.truth(item ?? null, path);
  },
  'Fn::Contains': (argument, resolver, path) => {
    const [items, item] = argumentsOf(argument, path, 2);
    const sought = resolver.text(item ?? null, path);
    return resolver.list(items ?? null, path).some((one) => String(one) === sought);
  },
  'Fn::EachMemberEquals': (argument, resolver, path) => {
    const [items, item] = argumentsOf(argument, path, 2);
    const sought = resolver.text(item ?? null, path);
    return resolver.list(items ?? null, path).every((one) => String(one) === sought);
  },
  'Fn::EachMemberIn': (argument, resolver, path) => {
    const [items, allowed] = argumentsOf(argument, path, 2);
    const known = resolver.list(allowed ?? null, path).map(String);
    return resolver.list(items ?? null, path).every((one) => known.includes(String(one)));
  },
};
