/**
 * `aws-sdk:` integrations write every API member in Pascal case, whatever the service's own model does.
 * Values of map members are keyed by the user, and stay as they are.
 */

/** The services whose models write members in camel case. */
export const camelServices: ReadonlySet<string> = new Set([
  'arcregionswitch',
  'cloudwatchlogs',
  'codebuild',
  'codedeploy',
  'ecr',
  'eks',
  'inspector2',
  'sfn',
]);

/** Members of these services that are maps. */
const maps: ReadonlySet<string> = new Set([
  'annotations',
  'assignedvariables',
  'labels',
  'parameters',
  'tags',
  'tagfilters',
]);

/** `imageTag` as `ImageTag`. */
export const upperFirst = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** `ImageTag` as `imageTag`. */
export const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** Renames the members of a structure, and of those inside it. */
export const renamed = (value: unknown, rename: (name: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      rename(name),
      maps.has(name.toLowerCase()) && !Array.isArray(member) ? member : renamed(member, rename),
    ]),
  );
};
