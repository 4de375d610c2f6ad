import type { Stack, StackOutput, StackStore } from './stack.ts';
import { TemplateError } from './template.ts';

/** The stack that exports `name`, and the value. */
export const findExport = (
  store: StackStore,
  name: string,
): { stack: Stack; output: StackOutput } | undefined => {
  for (const stack of store.stacks.values()) {
    const output = stack.outputs.find(({ exportName }) => exportName === name);
    if (output) return { stack, output };
  }
  return undefined;
};

/** Who reads an export. */
export const importersOf = (store: StackStore, name: string, except: Stack): string[] =>
  [...store.stacks.values()]
    .filter((stack) => stack !== except && stack.imports.has(name))
    .map((stack) => stack.name);

/** Refuses outputs that take another stack's export name, or away what another stack reads. */
export const checkExports = (
  store: StackStore,
  stack: Stack,
  outputs: readonly StackOutput[],
): void => {
  for (const { exportName } of outputs) {
    const owner = exportName === undefined ? undefined : findExport(store, exportName)?.stack;
    if (owner !== undefined && owner !== stack) {
      throw new TemplateError(
        `Export with name ${exportName} is already exported by stack ${owner.name}. Rename one of them`,
      );
    }
  }
  for (const { exportName, value } of stack.outputs) {
    if (exportName === undefined) continue;
    const now = outputs.find((output) => output.exportName === exportName);
    if (now?.value === value) continue;
    const users = importersOf(store, exportName, stack);
    if (users.length > 0) {
      const what = now === undefined ? 'deleted' : 'updated';
      throw new TemplateError(
        `Export ${exportName} cannot be ${what} as it is in use by ${users.join(', ')}`,
      );
    }
  }
};
