import { invalidRequest, notDone } from './xray-error.ts';

/** A filter expression, taken apart. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly operand: Filter }
  | {
      readonly kind: 'compare';
      readonly subject: Subject;
      readonly operator: string;
      readonly value: string | number | boolean;
    }
  | { readonly kind: 'service'; readonly name: string | undefined; readonly inner?: Filter }
  | {
      readonly kind: 'edge';
      readonly source: string | undefined;
      readonly destination: string | undefined;
      readonly inner?: Filter;
    };

/** What a comparison looks at. */
export type Subject =
  | { readonly kind: 'keyword'; readonly name: Keyword }
  | { readonly kind: 'annotation'; readonly key: string };

const KEYWORDS = [
  'ok',
  'error',
  'throttle',
  'fault',
  'partial',
  'responsetime',
  'duration',
  'http.status',
  'http.url',
  'http.method',
] as const;

/** The keywords that the local X-Ray knows. */
export type Keyword = (typeof KEYWORDS)[number];

const isKeyword = (name: string): name is Keyword => (KEYWORDS as readonly string[]).includes(name);

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(!=|<=|>=|&&|\|\||[=<>!(){}[\],]))/y;

interface Token {
  readonly kind: 'string' | 'number' | 'word' | 'symbol' | 'end';
  readonly text: string;
}

const KINDS = ['string', 'number', 'word', 'symbol'] as const;
const END: Token = { kind: 'end', text: 'end of expression' };
const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='];
const WORD_COMPARISONS = ['CONTAINS', 'BEGINSWITH', 'ENDSWITH'];

const tokensOf = (source: string): Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (source.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) {
      throw invalidRequest(`Invalid filter expression: unexpected text at position ${at + 1}`);
    }
    const index = match.slice(1).findIndex((group) => group !== undefined);
    tokens.push({ kind: KINDS[index] ?? 'symbol', text: match[index + 1] ?? '' });
  }
  return tokens;
};

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string) {
    this.#tokens = tokensOf(source);
  }

  whole(): Filter {
    const filter = this.#either();
    if (this.#peek() !== END) this.#unexpected();
    return filter;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #unexpected(): never {
    throw invalidRequest(`Invalid filter expression: unexpected ${this.#peek().text}`);
  }

  #accept(...texts: string[]): string | undefined {
    const { kind, text } = this.#peek();
    const found = texts.find((wanted) => wanted === (kind === 'word' ? text.toUpperCase() : text));
    if (found === undefined || kind === 'string') return undefined;
    this.#at += 1;
    return found;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#unexpected();
  }

  #either(): Filter {
    let left = this.#both();
    while (this.#accept('OR', '||')) left = { kind: 'or', left, right: this.#both() };
    return left;
  }

  #both(): Filter {
    let left = this.#single();
    while (this.#accept('AND', '&&')) left = { kind: 'and', left, right: this.#single() };
    return left;
  }

  #single(): Filter {
    if (this.#accept('NOT', '!')) return { kind: 'not', operand: this.#single() };
    if (this.#accept('(')) {
      const inner = this.#either();
      this.#expect(')');
      return inner;
    }
    const { kind, text } = this.#peek();
    if (kind !== 'word') this.#unexpected();
    this.#at += 1;
    const word = text.toLowerCase();
    if (word === 'service' || word === 'edge') return this.#node(word);
    if (word === 'annotation') {
      this.#expect('[');
      const key = this.#key();
      this.#expect(']');
      return this.#comparison({ kind: 'annotation', key });
    }
    if (word.startsWith('annotation.')) {
      return this.#comparison({ kind: 'annotation', key: text.slice('annotation.'.length) });
    }
    if (!isKeyword(word)) throw notDone(`the keyword ${text} in a filter expression`);
    return this.#comparison({ kind: 'keyword', name: word });
  }

  #key(): string {
    const { kind, text } = this.#peek();
    if (kind !== 'word' && kind !== 'string') this.#unexpected();
    this.#at += 1;
    return kind === 'string' ? unquoted(text) : text;
  }

  #node(kind: 'service' | 'edge'): Filter {
    const names: string[] = [];
    if (this.#accept('(')) {
      while (!this.#accept(')')) {
        const token = this.#peek();
        if (token.kind !== 'string') this.#unexpected();
        this.#at += 1;
        names.push(unquoted(token.text));
        this.#accept(',');
      }
    }
    const inner = this.#accept('{') ? { inner: this.#either() } : {};
    if ('inner' in inner) this.#expect('}');
    return kind === 'service'
      ? { kind, name: names[0], ...inner }
      : { kind, source: names[0], destination: names[1], ...inner };
  }

  #comparison(subject: Subject): Filter {
    const operator = this.#accept(...COMPARISONS, ...WORD_COMPARISONS);
    if (operator) return { kind: 'compare', subject, operator, value: this.#value() };
    // A keyword that stands alone must be true; an annotation must be there.
    return subject.kind === 'annotation'
      ? { kind: 'compare', subject, operator: 'EXISTS', value: true }
      : { kind: 'compare', subject, operator: '=', value: true };
  }

  #value(): string | number | boolean {
    const { kind, text } = this.#peek();
    this.#at += 1;
    if (kind === 'string') return unquoted(text);
    if (kind === 'number') return Number(text);
    const word = text.toLowerCase();
    if (kind === 'word' && (word === 'true' || word === 'false')) return word === 'true';
    this.#at -= 1;
    return this.#unexpected();
  }
}

const unquoted = (text: string): string => text.slice(1, -1).replace(/\\(.)/g, '$1');

/** Reads a filter expression. */
export const parseFilter = (source: string): Filter => new Parser(source).whole();
