const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** FNV-1a with a final mix: one 32-bit number from any text. */
const hash = (text: string, salt: number): number => {
  let value = 0x811c9dc5 ^ salt;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
};

/** All chance of one cloud, from its seed: sfc32, Chris Doty-Humphrey's small fast counting generator (PractRand). */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    const text = String(seed);
    this.#a = hash(text, 1);
    this.#b = hash(text, 2);
    this.#c = hash(text, 3);
    for (let round = 0; round < 12; round++) this.#next();
  }

  /** Uniform on [0, 1), with 32 bits. */
  random(): number {
    return this.#next() / 4294967296;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = [this.#next(), this.#next(), this.#next(), this.#next()]
      .map((word) => word.toString(16).padStart(8, '0'))
      .join('');
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** `length` lower-case letters and digits. */
  token(length: number): string {
    let token = '';
    for (let index = 0; index < length; index++) {
      token += LETTERS.charAt(Math.floor(this.random() * LETTERS.length));
    }
    return token;
  }

  #next(): number {
    const result = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    this.#c |= 0;
    return result;
  }
}
