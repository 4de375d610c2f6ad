import type { AwsError } from '../../aws-error.ts';
import { validation } from '../errors.ts';
import { isReserved } from './reserved-words.ts';

/** The request parameters that hold expressions, as error messages name them. */
export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression';

/** One step of a document path: an attribute, a `#placeholder` of one, or a list index. */
export type PathPart =
  | { readonly name: string }
  | { readonly placeholder: string }
  | { readonly index: number };

/** A document path as written, at least one part long; the first is never an index. */
export type Path = readonly PathPart[];

interface Token {
  readonly text: string;
  readonly type: 'word' | 'name' | 'value' | 'number' | 'mark' | 'end';
  readonly at: number;
}

const TOKEN =
  /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[()[\].,=<>+-]))/y;
const TOKEN_TYPES = ['word', 'name', 'value', 'number', 'mark'] as const;
const MAX_BYTES = 4096;

/** Reads an expression token by token and notes which placeholders it uses. */
export class ExpressionReader {
  readonly kind: ExpressionKind;
  readonly names: Set<string> = new Set();
  readonly values: Set<string> = new Set();
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #next = 0;

  constructor(kind: ExpressionKind, text: string) {
    this.kind = kind;
    this.#text = text;
    if (text.trim() === '') throw this.error('The expression can not be empty;');
    if (Buffer.byteLength(text) > MAX_BYTES) {
      throw this.error(
        `Expression size has exceeded the maximum allowed size; expression size: ${Buffer.byteLength(text)}`,
      );
    }
    this.#tokenize();
  }

  #tokenize(): void {
    TOKEN.lastIndex = 0;
    for (let at = 0; at < this.#text.length; ) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(this.#text);
      if (match === null) {
        const rest = this.#text.slice(at).trimStart();
        if (rest === '') break;
        const previous = this.#tokens.at(-1)?.text ?? '';
        throw this.error(
          `Syntax error; token: "${rest[0]}", near: "${previous}${previous === '' ? '' : ' '}${rest.slice(0, 2)}"`,
        );
      }
      const group = match.slice(1).findIndex((part) => part !== undefined);
      const text = match[group + 1] ?? '';
      this.#tokens.push({
        text,
        type: TOKEN_TYPES[group] ?? 'mark',
        at: TOKEN.lastIndex - text.length,
      });
      at = TOKEN.lastIndex;
    }
    this.#tokens.push({ text: '<EOF>', type: 'end', at: this.#text.length });
  }

  /** An error about this expression, in DynamoDB's form. */
  error(problem: string): AwsError {
    return validation(`Invalid ${this.kind}: ${problem}`);
  }

  /** The error for a token that fits nothing here. */
  syntaxError(): AwsError {
    const token = this.#peek();
    const from = this.#tokens[this.#next - 1]?.at ?? token.at;
    const following = this.#tokens[this.#next + 1];
    const to = following === undefined ? this.#text.length : following.at + following.text.length;
    return this.error(
      `Syntax error; token: "${token.text}", near: "${this.#text.slice(from, to).trim()}"`,
    );
  }

  #peek(ahead = 0): Token {
    return (
      this.#tokens[this.#next + ahead] ?? { text: '<EOF>', type: 'end', at: this.#text.length }
    );
  }

  /** The mark that comes next, taken, if it is one of those given. */
  takeMark(...marks: readonly string[]): string | undefined {
    const token = this.#peek();
    if (token.type !== 'mark' || !marks.includes(token.text)) return undefined;
    this.#next += 1;
    return token.text;
  }

  /** Takes the mark given or fails. */
  expectMark(mark: string): void {
    if (this.takeMark(mark) === undefined) throw this.syntaxError();
  }

  /** Takes the keyword given (upper case), in whatever case it is written. */
  takeWord(word: string): boolean {
    const token = this.#peek();
    if (token.type !== 'word' || token.text.toUpperCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  /** Takes the name of a function, if one is called here. */
  takeFunction(): string | undefined {
    const token = this.#peek();
    const after = this.#peek(1);
    if (token.type !== 'word' || after.type !== 'mark' || after.text !== '(') return undefined;
    if (['AND', 'OR', 'NOT', 'IN', 'BETWEEN'].includes(token.text.toUpperCase())) return undefined;
    this.#next += 2;
    return token.text;
  }

  /** Takes a `:value` placeholder, if there is one. */
  takeValue(): string | undefined {
    const token = this.#peek();
    if (token.type !== 'value') return undefined;
    this.#next += 1;
    this.values.add(token.text);
    return token.text;
  }

  /** Takes a document path or fails. */
  takePath(): Path {
    const parts: PathPart[] = [this.#takeAttribute()];
    for (;;) {
      if (this.takeMark('.') !== undefined) {
        parts.push(this.#takeAttribute());
      } else if (this.takeMark('[') !== undefined) {
        const token = this.#peek();
        if (token.type !== 'number') throw this.syntaxError();
        this.#next += 1;
        parts.push({ index: Number(token.text) });
        this.expectMark(']');
      } else {
        return parts;
      }
    }
  }

  #takeAttribute(): PathPart {
    const token = this.#peek();
    if (token.type === 'name') {
      this.#next += 1;
      this.names.add(token.text);
      return { placeholder: token.text };
    }
    if (token.type !== 'word') throw this.syntaxError();
    if (isReserved(token.text)) {
      throw this.error(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
    }
    this.#next += 1;
    return { name: token.text };
  }

  /** Fails unless everything has been read. */
  expectEnd(): void {
    if (this.#peek().type !== 'end') throw this.syntaxError();
  }
}
