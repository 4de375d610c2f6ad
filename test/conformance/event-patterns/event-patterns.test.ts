import { describe, expect, it } from 'vitest';
import {
  checkPatternLength,
  compileEventPattern,
} from '../../../local/services/eventbridge/event-pattern.ts';
import { PATTERN_CASES } from './cases.ts';
import { REFUSED_CASES } from './refused.ts';

describe.each(Object.entries(PATTERN_CASES))('event patterns: %s', (_about, cases) => {
  it.each(cases)('$name', ({ pattern, fits, misses }) => {
    const matches = compileEventPattern(JSON.stringify(pattern));
    expect(fits.map(matches)).toEqual(fits.map(() => true));
    expect(misses.map(matches)).toEqual(misses.map(() => false));
  });
});

describe('event patterns: refused', () => {
  it.each(REFUSED_CASES)('$pattern: $reason', ({ pattern, reason, at }) => {
    const place =
      at === undefined ? 'line: \\d+, column: \\d+' : `line: ${at[0]}, column: ${at[1]}`;
    const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const message = new RegExp(
      `^Event pattern is not valid\\. Reason: ${literally(reason)}\n at \\[Source: \\(String\\)"${literally(pattern)}"; ${place}\\]$`,
    );
    expect(() => compileEventPattern(pattern)).toThrow(
      expect.objectContaining({
        name: 'InvalidEventPatternException',
        message: expect.stringMatching(message),
      }),
    );
  });

  it.each([
    '',
    '{',
    '{"a": [1,]}',
    '{"a" [1]}',
    '{"a": [tru]}',
    '{"a": ["x]}',
    '{"a": [1]} x',
    '[1',
    '{"a": ["\n"]}',
  ])('what is no JSON: %j', (pattern) => {
    expect(() => compileEventPattern(pattern)).toThrow(
      expect.objectContaining({ name: 'InvalidEventPatternException' }),
    );
  });

  it('nesting that no pattern needs', () => {
    const pattern = `${'{"a":'.repeat(10_000)}[1]${'}'.repeat(10_000)}`;
    expect(() => compileEventPattern(pattern)).toThrow('Event pattern is not valid');
  });

  it('more than 2,048 characters', () => {
    const pattern = (length: number): string =>
      JSON.stringify({ source: ['x'.repeat(length - '{"source":[""]}'.length)] });
    expect(() => checkPatternLength(pattern(2_048))).not.toThrow();
    expect(() => checkPatternLength(pattern(2_049))).toThrow('the limit is 2048');
  });
});

describe('event patterns: the cases themselves', () => {
  it('number at least 120, each with its source and date', () => {
    const all = [...Object.values(PATTERN_CASES).flat(), ...REFUSED_CASES];
    expect(all.length).toBeGreaterThanOrEqual(120);
    for (const { source } of all) {
      expect(source.url).toMatch(/^https:\/\/(docs\.aws\.amazon\.com|github\.com)\//);
      expect(source.read).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
  });
});
