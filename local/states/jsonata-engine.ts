/** The parts of JSONata that are used here, as the synchronous engine has them. */

/** One node of a parsed expression. */
export interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly position?: number;
  readonly steps?: readonly Node[];
  readonly stages?: readonly Node[];
  readonly predicate?: readonly Node[];
  readonly [key: string]: unknown;
}

/** What an expression throws: a code and, once the engine filled it in, a message. */
export interface EngineError {
  readonly code?: string;
  readonly message?: string;
  readonly position?: number;
}

/** A parsed expression. */
export interface EngineExpression {
  evaluate(input: unknown, bindings: Record<string, unknown>): unknown;
  ast(): Node;
}

interface Frame {
  bind(name: string, value: unknown): void;
}

/** The engine: parses an expression; `staticFrame` holds the functions that all expressions share. */
export interface Jsonata {
  (
    expression: string,
    options?: {
      readonly timeout?: number;
      readonly stack?: number;
      readonly sequence?: number;
      readonly recover?: boolean;
    },
  ): EngineExpression;
  readonly staticFrame: Frame;
  defineFunction(implementation: (...args: never[]) => unknown, signature: string): unknown;
}
