import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

// Goal: docs/incidents.md claims no test that is not there, and leaves no incident without an answer.
// Method: every test that it names is looked for in its file; every incident has a row that names a test or says what is to come.
const page = readFileSync('docs/incidents.md', 'utf8');
const shown = page.slice(page.indexOf('## Shown by'));
const named = [...shown.matchAll(/`(test\/[\w/.-]+\.test\.ts)`(?:: “([^”]*)”)?/g)].map(
  ([, file = '', title]) => [file, title] as const,
);

describe('docs/incidents.md', () => {
  test.each(named.map(([file, title]) => [file, title ?? 'the whole file'] as const))(
    '%s: %s',
    (file, title) => {
      expect(existsSync(file), `${file} is gone; name the test that shows it now`).toBe(true);
      if (title === 'the whole file') return;
      expect(readFileSync(file, 'utf8'), `rename it in docs/incidents.md too`).toContain(title);
    },
  );

  test('every incident, S01 to S47, is told once and answered once', () => {
    const ids = Array.from({ length: 47 }, (_, index) => `S${String(index + 1).padStart(2, '0')}`);
    const rowsOf = (text: string): string[] =>
      [...text.matchAll(/^\| (S\d\d) \|/gm)].map(([, id = '']) => id).sort();
    expect(rowsOf(page.slice(0, page.indexOf('## Shown by')))).toEqual(ids);
    expect(rowsOf(shown)).toEqual(ids);
  });

  test('every row names a test or what is to come', () => {
    const rows = shown.split('\n').filter((line) => /^\| (?!id|thread|-)[^-]/.test(line));
    expect(rows.length).toBeGreaterThan(60);
    for (const row of rows) expect(row).toMatch(/`test\/|later, with/);
  });
});
