import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours where the terminal shows them, plain text elsewhere. */
export const paint = (style: Style, text: string): string =>
  process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
    ? styleText(style, text, { validateStream: false })
    : text;

/** One line to standard output. */
export const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/** A document to standard output. */
export const sayJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

/** `sha256:1a2b3c4d5e6f`: enough of a digest to tell it from another. */
export const shortDigest = (digest: string): string => digest.slice(0, 19);

/** `1.1.0` or, without a version, the short digest. */
export const nameOf = (one: { version: string | null; digest: string } | null): string =>
  one === null ? '—' : (one.version ?? shortDigest(one.digest));
