import { isObject, type Json, type JsonObject } from './json.ts';
import { type Template, TemplateError } from './template.ts';

/** Names in a `Fn::Sub` text, literals (`${!Name}`) left out. */
export const namesInSub = (text: string): string[] =>
  [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map((match) => (match[1] ?? '').trim());

const fromSub = (argument: Json): string[] => {
  const [text, own] = Array.isArray(argument) ? argument : [argument];
  if (typeof text !== 'string') return [];
  const known = isObject(own) ? own : {};
  return namesInSub(text)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => name.split('.')[0] ?? name);
};

const fromGetAtt = (argument: Json): string[] => {
  const name = Array.isArray(argument) ? argument[0] : argument;
  return typeof name === 'string' ? [name.split('.')[0] ?? name] : [];
};

const namesIn = (node: JsonObject): string[] => {
  const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = node;
  return [
    ...(typeof ref === 'string' ? [ref] : []),
    ...(getAtt === undefined ? [] : fromGetAtt(getAtt)),
    ...(sub === undefined ? [] : fromSub(sub)),
  ];
};

/** All logical names (resources, parameters) that a value speaks of. */
export const referencesOf = (value: Json): Set<string> => {
  const found = new Set<string>();
  const visit = (node: Json): void => {
    if (isObject(node)) for (const name of namesIn(node)) found.add(name);
    if (typeof node === 'object' && node !== null)
      for (const child of Object.values(node)) visit(child);
  };
  visit(value);
  return found;
};

/** Puts `names` into an order in which each comes after what it needs; else the given order. */
export const inOrder = (
  names: readonly string[],
  needs: (name: string) => Iterable<string>,
  what: string,
): string[] => {
  const wanted = new Set(names);
  const done = new Set<string>();
  const open: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name].join(' → ');
      throw new TemplateError(`circular dependency between ${what}: ${circle}`);
    }
    open.push(name);
    for (const needed of needs(name)) if (wanted.has(needed)) visit(needed);
    open.pop();
    done.add(name);
  };
  for (const name of names) visit(name);
  return [...done];
};

/** The template's resources in the order of creation. `active` leaves out those whose condition is false. */
export const creationOrder = (template: Template, active: readonly string[]): string[] => {
  const needs = (name: string): string[] => {
    const resource = template.resources[name];
    if (resource === undefined) return [];
    for (const needed of resource.dependsOn) {
      if (template.resources[needed] === undefined) {
        throw new TemplateError(
          `Resources.${name}.DependsOn names ${needed}, which the template does not have`,
        );
      }
    }
    return [...resource.dependsOn, ...referencesOf(resource.properties)];
  };
  return inOrder(active, needs, 'resources');
};
