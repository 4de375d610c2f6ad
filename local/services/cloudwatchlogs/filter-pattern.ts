import { AwsError, notImplemented } from '../aws-error.ts';
import { compileJsonFilter, selectJson } from './json-filter.ts';

/** Tells whether a log event's message is meant. */
export type MessageFilter = (message: string) => boolean;

const invalid = (why: string): AwsError =>
  new AwsError('InvalidParameterException', `Invalid filter pattern: ${why}`);

interface Term {
  readonly text: string;
  readonly kind: 'all' | 'any' | 'none';
}

const TERM = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/y;

const termsOf = (pattern: string): Term[] => {
  const terms: Term[] = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < pattern.length) {
    const from = TERM.lastIndex;
    if (pattern.slice(from).trim() === '') break;
    const match = TERM.exec(pattern);
    if (match === null) throw invalid(`unreadable at "${pattern.slice(from)}"`);
    const [, sign, quoted, bare] = match;
    const text = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1');
    if (quoted === undefined && /^%.*%$/.test(text)) {
      throw notImplemented('logs', `filter patterns with regular expressions (${text})`);
    }
    if (quoted === undefined && !/^[\p{L}\p{N}_@#$./:=*-]+$/u.test(text)) {
      throw invalid(`the term ${text} must be enclosed in double quotes`);
    }
    terms.push({ text, kind: sign === '?' ? 'any' : sign === '-' ? 'none' : 'all' });
  }
  return terms;
};

const compileTerms = (pattern: string): MessageFilter => {
  const terms = termsOf(pattern);
  const of = (kind: Term['kind']): string[] =>
    terms.filter((term) => term.kind === kind).map((term) => term.text);
  const [all, any, none] = [of('all'), of('any'), of('none')];
  return (message) =>
    all.every((text) => message.includes(text)) &&
    (any.length === 0 || any.some((text) => message.includes(text))) &&
    !none.some((text) => message.includes(text));
};

/** Compiles a filter pattern: terms, phrases, `?any`, `-none`, and `{ $.json = … }`. */
export const compileFilterPattern = (pattern: string | undefined): MessageFilter => {
  const text = pattern?.trim() ?? '';
  if (text === '') return () => true;
  if (text.startsWith('{')) return compileJsonFilter(text, invalid);
  if (text.startsWith('[')) {
    throw notImplemented('logs', 'space-delimited filter patterns ([a, b, …])');
  }
  return compileTerms(text);
};

/** The number at a metric filter's `$.selector` in a message, if there is one. */
export const numberAt = (selector: string, message: string): number | undefined => {
  const value = selectJson(selector, message);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};
