/** A place in a text: line and column, from 1. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

/**
 * JSON with the places of its parts, so that a pattern's fault can be pointed at. `at` is where EventBridge's reader
 * stands when it has seen the part's beginning: behind the bracket, the opening quote, the last digit.
 */
export type JsonNode =
  | {
      readonly kind: 'object';
      readonly members: readonly JsonMember[];
      readonly at: Location;
      readonly end: Location;
    }
  | {
      readonly kind: 'array';
      readonly items: readonly JsonNode[];
      readonly at: Location;
      readonly end: Location;
    }
  | {
      readonly kind: 'string';
      readonly value: string;
      readonly at: Location;
      readonly end: Location;
    }
  | {
      readonly kind: 'number';
      readonly value: number;
      readonly text: string;
      readonly at: Location;
    }
  | { readonly kind: 'literal'; readonly value: boolean | null; readonly at: Location };

/** A member of an object. */
export interface JsonMember {
  readonly name: string;
  readonly value: JsonNode;
}

/** A text that is not JSON. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly at: Location;

  constructor(message: string, at: Location) {
    super(message);
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** Objects and arrays nested deeper than this are refused: no pattern needs it. */
const DEEPEST = 200;

class Reader {
  readonly #text: string;
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    const node = this.#value();
    this.#space();
    if (this.#position < this.#text.length) throw this.#unexpected('the end of the text');
    return node;
  }

  #location(position = this.#position): Location {
    const before = this.#text.slice(0, position);
    const line = before.split('\n').length;
    return { line, column: position - before.lastIndexOf('\n') };
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#position] ?? 'x')) this.#position += 1;
  }

  #unexpected(expected: string): JsonSyntaxError {
    const character = this.#text[this.#position];
    if (character === undefined) {
      return new JsonSyntaxError(
        `Unexpected end-of-input: was expecting ${expected}`,
        this.#location(),
      );
    }
    const message = `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): was expecting ${expected}`;
    return new JsonSyntaxError(message, this.#location(this.#position + 1));
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#position] !== character) return false;
    this.#position += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#position += match.length;
    return match;
  }

  #value(): JsonNode {
    this.#space();
    const character = this.#text[this.#position];
    if (character === '{' || character === '[') {
      this.#depth += 1;
      if (this.#depth > DEEPEST) throw this.#unexpected(`no more than ${DEEPEST} levels`);
      this.#position += 1;
      const node = character === '{' ? this.#object() : this.#array();
      this.#depth -= 1;
      return node;
    }
    if (character === '"') {
      const at = this.#location(this.#position + 1);
      const value = this.#string();
      return { kind: 'string', value, at, end: this.#location() };
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      return { kind: 'number', value: Number(number), text: number, at: this.#location() };
    }
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.#position)) continue;
      this.#position += word.length;
      return { kind: 'literal', value, at: this.#location() };
    }
    throw this.#unexpected('a JSON value');
  }

  #string(): string {
    const from = this.#position;
    const text = this.#match(STRING);
    if (text === undefined) throw this.#badString(from);
    try {
      return JSON.parse(text) as string;
    } catch {
      throw new JsonSyntaxError('Illegal unquoted control character', this.#location());
    }
  }

  #badString(from: number): JsonSyntaxError {
    const escaped = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})(.)/.exec(this.#text.slice(from));
    const character = escaped?.[1];
    if (escaped === null || character === undefined) return this.#unexpected('closing quote');
    const message = `Unrecognized character escape '${character}' (code ${character.charCodeAt(0)})`;
    return new JsonSyntaxError(message, this.#location(from + escaped.index + 1));
  }

  #object(): JsonNode {
    const at = this.#location();
    const members: JsonMember[] = [];
    if (this.#take('}')) return { kind: 'object', members, at, end: this.#location() };
    do {
      this.#space();
      if (this.#text[this.#position] !== '"')
        throw this.#unexpected('double-quote to start field name');
      const name = this.#string();
      if (!this.#take(':')) throw this.#unexpected('a colon to separate field name and value');
      members.push({ name, value: this.#value() });
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#unexpected('comma to separate Object entries');
    return { kind: 'object', members, at, end: this.#location() };
  }

  #array(): JsonNode {
    const at = this.#location();
    const items: JsonNode[] = [];
    if (this.#take(']')) return { kind: 'array', items, at, end: this.#location() };
    do items.push(this.#value());
    while (this.#take(','));
    if (!this.#take(']')) throw this.#unexpected('comma to separate Array entries');
    return { kind: 'array', items, at, end: this.#location() };
  }
}

/** Reads a JSON text with the places of its parts. */
export const readJson = (text: string): JsonNode => new Reader(text).document();
