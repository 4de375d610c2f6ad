import type { ValidateStateMachineDefinitionDiagnostic } from '@aws-sdk/client-sfn';

/** What is wrong with a definition, and where; shaped as ValidateStateMachineDefinition answers it. */
export type Diagnostic = ValidateStateMachineDefinitionDiagnostic;

/** What AWS runs and the local cloud does not; said by name. */
export class UnsupportedDefinition extends Error {
  override readonly name = 'UnsupportedDefinition';
}

/** Collects what is wrong with one definition. */
export class Diagnostics {
  readonly found: Diagnostic[] = [];

  add(code: string, message: string, location: string | undefined): void {
    this.found.push({
      severity: 'ERROR',
      code,
      message,
      ...(location === undefined ? {} : { location }),
    });
  }

  schema(message: string, location: string): void {
    this.add('SCHEMA_VALIDATION_FAILED', message, location);
  }
}

/** InvalidDefinition's message. */
export const inWords = (diagnostics: readonly Diagnostic[]): string =>
  `Invalid State Machine Definition: '${diagnostics
    .map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`)
    .join(', ')}'`;
