/** Filter patterns over log events that are JSON: `{ $.level = "ERROR" && $.latency > 100 }`. */

type Selector = readonly (string | number)[];
type Condition = (document: unknown) => boolean;
type Invalid = (why: string) => Error;

const SELECTOR = /\$((?:\.[\p{L}\p{N}_$-]+|\[(?:\d+|"[^"]*"|'[^']*')\])+)/uy;
const STEP = /\.([\p{L}\p{N}_$-]+)|\[(\d+)\]|\[["']([^"']*)["']\]/gu;

const stepsOf = (path: string): Selector =>
  [...path.matchAll(STEP)].map(([, name, index, quoted]) =>
    index === undefined ? (name ?? quoted ?? '') : Number(index),
  );

const at = (document: unknown, selector: Selector): unknown => {
  let value = document;
  for (const step of selector) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
};

const parse = (message: string): unknown => {
  if (message[0] !== '{') return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
};

/** What `$.selector` finds in a message that is JSON. */
export const selectJson = (selector: string, message: string): unknown => {
  const document = parse(message);
  return document === undefined ? undefined : at(document, stepsOf(selector.replace(/^\$/, '')));
};

const matcherOf = (text: string): ((value: unknown) => boolean) => {
  if (!text.includes('*')) return (value) => String(value) === text;
  const source = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${source.join('.*')}$`, 's');
  return (value) => pattern.test(String(value));
};

const isScalar = (value: unknown): boolean => value !== undefined && typeof value !== 'object';

class JsonFilterReader {
  readonly #text: string;
  readonly #invalid: Invalid;
  #position = 0;

  constructor(text: string, invalid: Invalid) {
    this.#text = text;
    this.#invalid = invalid;
  }

  read(): Condition {
    this.#expect('{');
    const condition = this.#or();
    this.#expect('}');
    if (this.#take(/\S/y) !== undefined) throw this.#invalid('text after the closing brace');
    return condition;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const space = /\s*/y;
    space.lastIndex = this.#position;
    space.exec(this.#text);
    pattern.lastIndex = space.lastIndex;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#position = pattern.lastIndex;
    return match;
  }

  #expect(token: string): void {
    const pattern = new RegExp(token.replace(/[{}()]/g, '\\$&'), 'y');
    if (this.#take(pattern) === undefined) {
      throw this.#invalid(`expected ${token} at "${this.#text.slice(this.#position)}"`);
    }
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#take(/\|\|/y)) parts.push(this.#and());
    return parts.length === 1 ? (parts[0] as Condition) : (it) => parts.some((part) => part(it));
  }

  #and(): Condition {
    const parts = [this.#one()];
    while (this.#take(/&&/y)) parts.push(this.#one());
    return parts.length === 1 ? (parts[0] as Condition) : (it) => parts.every((part) => part(it));
  }

  #one(): Condition {
    if (this.#take(/\(/y)) {
      const condition = this.#or();
      this.#expect(')');
      return condition;
    }
    const path = this.#take(new RegExp(SELECTOR.source, 'uy'))?.[1];
    if (path === undefined) {
      throw this.#invalid(
        `expected a selector such as $.name at "${this.#text.slice(this.#position)}"`,
      );
    }
    const selector = stepsOf(path);
    return this.#test(selector);
  }

  #test(selector: Selector): Condition {
    if (this.#take(/NOT\s+EXISTS/iy)) return (it) => at(it, selector) === undefined;
    if (this.#take(/EXISTS/iy)) return (it) => at(it, selector) !== undefined;
    const is = this.#take(/IS\s+(NULL|TRUE|FALSE)/iy)?.[1]?.toUpperCase();
    if (is === 'NULL') return (it) => at(it, selector) === null;
    if (is !== undefined) return (it) => at(it, selector) === (is === 'TRUE');
    const operator = this.#take(/!=|<=|>=|=|<|>/y)?.[0];
    const operand = this.#take(/"((?:[^"\\]|\\.)*)"|([^\s"()&|{}]+)/y);
    if (operator === undefined || operand === undefined) {
      throw this.#invalid(
        `expected an operator and a value at "${this.#text.slice(this.#position)}"`,
      );
    }
    const text = operand[1]?.replace(/\\(.)/g, '$1') ?? operand[2] ?? '';
    return this.#compare(selector, operator, text, operand[1] === undefined);
  }

  #compare(selector: Selector, operator: string, text: string, bare: boolean): Condition {
    const number = bare && text.trim() !== '' ? Number(text) : Number.NaN;
    if (operator === '=' || operator === '!=') {
      const wanted = operator === '=';
      const equals = Number.isNaN(number)
        ? matcherOf(text)
        : (value: unknown) => Number(value) === number;
      return (it) => {
        const value = at(it, selector);
        return isScalar(value) && equals(value) === wanted;
      };
    }
    if (Number.isNaN(number)) throw this.#invalid(`${operator} needs a number, got ${text}`);
    const holds: Record<string, (value: number) => boolean> = {
      '<': (value) => value < number,
      '<=': (value) => value <= number,
      '>': (value) => value > number,
      '>=': (value) => value >= number,
    };
    const compare = holds[operator] ?? (() => false);
    return (it) => {
      const value = at(it, selector);
      return typeof value === 'number' && compare(value);
    };
  }
}

/** Compiles `{ … }` to a test of a message; a message that is not JSON never matches. */
export const compileJsonFilter = (
  text: string,
  invalid: Invalid,
): ((message: string) => boolean) => {
  const condition = new JsonFilterReader(text, invalid).read();
  return (message) => {
    const document = parse(message);
    return document !== undefined && condition(document);
  };
};
