import { type ExpressionKind, ExpressionReader, type Path } from './expression-reader.ts';

/** What a comparison or function works on. */
export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'size'; readonly operand: Operand };

/** The comparison operators. */
export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** The functions that are conditions by themselves. */
export type ConditionFunction =
  | 'attribute_exists'
  | 'attribute_not_exists'
  | 'attribute_type'
  | 'begins_with'
  | 'contains';

/** A condition as parsed. */
export type Condition =
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'between';
      readonly operand: Operand;
      readonly low: Operand;
      readonly high: Operand;
    }
  | { readonly kind: 'in'; readonly operand: Operand; readonly options: readonly Operand[] }
  | {
      readonly kind: 'function';
      readonly name: ConditionFunction;
      readonly operands: readonly Operand[];
    }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition };

type Node = Operand | Condition;

const ARITY: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const COMPARATORS: readonly Comparator[] = ['=', '<>', '<', '<=', '>', '>='];
const MAX_OPERATORS = 300;
const MAX_IN = 100;

const isOperand = (node: Node): node is Operand =>
  node.kind === 'path' || node.kind === 'value' || node.kind === 'size';

/** A parsed condition with the reader that knows its placeholders. */
export interface ParsedCondition {
  readonly condition: Condition;
  readonly reader: ExpressionReader;
}

/** Parses a condition, filter or key condition expression. */
export const parseCondition = (kind: ExpressionKind, text: string): ParsedCondition => {
  const parser = new ConditionParser(new ExpressionReader(kind, text));
  return { condition: parser.parse(), reader: parser.reader };
};

class ConditionParser {
  readonly reader: ExpressionReader;
  /** What stood directly in parentheses: wrapping it again is refused. */
  readonly #wrapped = new WeakSet<Node>();
  #operators = 0;

  constructor(reader: ExpressionReader) {
    this.reader = reader;
  }

  parse(): Condition {
    const condition = this.#condition(this.#or());
    this.reader.expectEnd();
    return condition;
  }

  #condition(node: Node): Condition {
    if (isOperand(node)) {
      if (node.kind === 'size') throw this.#misused('size');
      throw this.reader.syntaxError();
    }
    return node;
  }

  #operand(node: Node): Operand {
    if (isOperand(node)) return node;
    if (node.kind === 'function') throw this.#misused(node.name);
    throw this.reader.syntaxError();
  }

  #misused(name: string): Error {
    return this.reader.error(
      `The function is not allowed to be used this way in an expression; function: ${name}`,
    );
  }

  #count(): void {
    this.#operators += 1;
    if (this.#operators > MAX_OPERATORS) {
      throw this.reader.error(
        `The expression contains too many operators; operator count: ${this.#operators}`,
      );
    }
  }

  #or(): Node {
    let left = this.#and();
    while (this.reader.takeWord('OR')) {
      this.#count();
      left = { kind: 'or', left: this.#condition(left), right: this.#condition(this.#and()) };
    }
    return left;
  }

  #and(): Node {
    let left = this.#not();
    while (this.reader.takeWord('AND')) {
      this.#count();
      left = { kind: 'and', left: this.#condition(left), right: this.#condition(this.#not()) };
    }
    return left;
  }

  #not(): Node {
    if (!this.reader.takeWord('NOT')) return this.#comparison();
    this.#count();
    return { kind: 'not', condition: this.#condition(this.#not()) };
  }

  #comparison(): Node {
    const left = this.#primary();
    const operator = this.reader.takeMark(...COMPARATORS) as Comparator | undefined;
    if (operator !== undefined) {
      this.#count();
      const operand = this.#operand(left);
      return { kind: 'compare', operator, left: operand, right: this.#operand(this.#primary()) };
    }
    if (this.reader.takeWord('BETWEEN')) {
      this.#count();
      const operand = this.#operand(left);
      const low = this.#operand(this.#primary());
      if (!this.reader.takeWord('AND')) throw this.reader.syntaxError();
      return { kind: 'between', operand, low, high: this.#operand(this.#primary()) };
    }
    if (this.reader.takeWord('IN')) {
      this.#count();
      const operand = this.#operand(left);
      this.reader.expectMark('(');
      return { kind: 'in', operand, options: this.#options() };
    }
    return left;
  }

  #options(): readonly Operand[] {
    const options: Operand[] = [];
    do options.push(this.#operand(this.#primary()));
    while (this.reader.takeMark(',') !== undefined);
    this.reader.expectMark(')');
    if (options.length > MAX_IN) {
      throw this.reader.error(
        `Incorrect number of operands for operator or function; operator or function: IN, number of operands: ${options.length + 1}`,
      );
    }
    return options;
  }

  #primary(): Node {
    if (this.reader.takeMark('(') !== undefined) {
      const inner = this.#or();
      this.reader.expectMark(')');
      if (this.#wrapped.has(inner)) {
        throw this.reader.error('The expression has redundant parentheses;');
      }
      this.#wrapped.add(inner);
      return inner;
    }
    const called = this.reader.takeFunction();
    if (called !== undefined) return this.#function(called);
    const value = this.reader.takeValue();
    return value === undefined
      ? { kind: 'path', path: this.reader.takePath() }
      : { kind: 'value', name: value };
  }

  #function(name: string): Node {
    const arity = Object.hasOwn(ARITY, name) ? ARITY[name] : undefined;
    if (arity === undefined) {
      throw this.reader.error(`Invalid function name; function: ${name}`);
    }
    const operands: Operand[] = [];
    do operands.push(this.#operand(this.#primary()));
    while (this.reader.takeMark(',') !== undefined);
    this.reader.expectMark(')');
    if (operands.length !== arity) {
      throw this.reader.error(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
      );
    }
    const first = operands[0] as Operand;
    this.#count();
    if (name === 'size') return { kind: 'size', operand: first };
    if (first.kind !== 'path' && (name === 'attribute_exists' || name === 'attribute_not_exists')) {
      throw this.reader.error(
        `Operator or function requires a document path; operator or function: ${name}`,
      );
    }
    return { kind: 'function', name: name as ConditionFunction, operands };
  }
}
