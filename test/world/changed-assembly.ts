import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A resource of a template. */
export interface TemplateResource {
  readonly Type: string;
  Properties: Record<string, unknown>;
}

/** A copy of an assembly in which one stack's resources are changed; answers its folder. */
export const changedAssembly = (
  assembly: string,
  stack: string,
  change: (resources: TemplateResource[]) => void,
): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  for (const entry of readdirSync(assembly, { withFileTypes: true })) {
    const from = resolve(assembly, entry.name);
    if (entry.isFile()) copyFileSync(from, join(folder, entry.name));
    else symlinkSync(from, join(folder, entry.name));
  }
  const file = join(folder, `${stack}.template.json`);
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, TemplateResource>;
  };
  change(Object.values(template.Resources));
  writeFileSync(file, JSON.stringify(template));
  return folder;
};
