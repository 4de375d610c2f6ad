/** A metric math expression, taken apart. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] };

/** Why an expression can't be read; the message says where. */
export class ExpressionError extends Error {}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|("[^"]*"|'[^']*')|(&&|\|\||==|!=|<=|>=|[-+*/^()<>,[\]]))/y;

interface Token {
  readonly kind: 'number' | 'name' | 'string' | 'symbol' | 'end';
  readonly text: string;
}

const KINDS = ['number', 'name', 'string', 'symbol'] as const;

const tokensOf = (source: string): Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (source.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw new ExpressionError(`Unexpected character at position ${at + 1}`);
    const index = match.slice(1).findIndex((group) => group !== undefined);
    tokens.push({ kind: KINDS[index] ?? 'symbol', text: match[index + 1] ?? '' });
  }
  tokens.push({ kind: 'end', text: 'end of expression' });
  return tokens;
};

/** Loosest first, as the user guide orders them. */
const LEVELS: readonly (readonly string[])[] = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string) {
    this.#tokens = tokensOf(source);
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#peek().kind !== 'end') this.#unexpected();
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'end of expression' };
  }

  #unexpected(): never {
    throw new ExpressionError(`Unexpected token '${this.#peek().text}'`);
  }

  #accept(...texts: string[]): string | undefined {
    const token = this.#peek();
    if (token.kind !== 'symbol' && token.kind !== 'name') return undefined;
    if (!texts.includes(token.text)) return undefined;
    this.#at += 1;
    return token.text;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#unexpected();
  }

  #level(index: number): Expression {
    const operators = LEVELS[index];
    if (!operators) return this.#power();
    let left = this.#level(index + 1);
    for (;;) {
      const operator = this.#accept(...operators);
      if (!operator) return left;
      left = { kind: 'binary', operator, left, right: this.#level(index + 1) };
    }
  }

  #power(): Expression {
    if (this.#accept('-')) return { kind: 'negate', operand: this.#power() };
    const base = this.#primary();
    return this.#accept('^')
      ? { kind: 'binary', operator: '^', left: base, right: this.#power() }
      : base;
  }

  #sequence(close: string): Expression[] {
    const items: Expression[] = [];
    if (this.#accept(close)) return items;
    do items.push(this.#level(0));
    while (this.#accept(','));
    this.#expect(close);
    return items;
  }

  #primary(): Expression {
    if (this.#accept('(')) {
      const inner = this.#level(0);
      this.#expect(')');
      return inner;
    }
    if (this.#accept('[')) return { kind: 'list', items: this.#sequence(']') };
    const token = this.#peek();
    if (token.kind === 'end' || token.kind === 'symbol') this.#unexpected();
    this.#at += 1;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'string') return { kind: 'string', value: token.text.slice(1, -1) };
    return this.#accept('(')
      ? { kind: 'call', name: token.text, arguments: this.#sequence(')') }
      : { kind: 'name', name: token.text };
  }
}

/** Reads a metric math expression. */
export const parseExpression = (source: string): Expression => new Parser(source).whole();

/** The metric and expression ids that `expression` names (`REPEAT` and `LINEAR` are words of `FILL`). */
export const namesIn = (expression: Expression): string[] => {
  switch (expression.kind) {
    case 'name':
      return expression.name === 'REPEAT' || expression.name === 'LINEAR' ? [] : [expression.name];
    case 'list':
      return expression.items.flatMap(namesIn);
    case 'negate':
      return namesIn(expression.operand);
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case 'call':
      return expression.arguments.flatMap(namesIn);
    default:
      return [];
  }
};

/** The functions that `expression` calls. */
export const callsIn = (expression: Expression): string[] => {
  switch (expression.kind) {
    case 'list':
      return expression.items.flatMap(callsIn);
    case 'negate':
      return callsIn(expression.operand);
    case 'binary':
      return [...callsIn(expression.left), ...callsIn(expression.right)];
    case 'call':
      return [expression.name, ...expression.arguments.flatMap(callsIn)];
    default:
      return [];
  }
};
