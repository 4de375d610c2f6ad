import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MEANINGS } from '../world/configuration-meanings.ts';
import { configurationPage, keysOf, PAGE } from '../world/configuration-page.ts';

describe('configuration: the page', () => {
  test('says of every key what it means, and of nothing else', () => {
    expect(Object.keys(MEANINGS).sort()).toEqual(
      keysOf()
        .map(({ path }) => path)
        .sort(),
    );
  });

  test('is what the schema says now', () => {
    expect(readFileSync(PAGE, 'utf8'), 'write it again: npm run configuration').toBe(
      configurationPage(),
    );
  });

  test.each([
    ['services.<name>.analysis.settle', "`'2m'`"],
    ['services.<name>.analysis.errorRate.max', '`0.01`'],
    ['environments.<name>.guard.for', "`'24h'`"],
    ['environments.<name>.guard.rollsBackFor', "`'1h'`"],
    ['environments.<name>.guard.correlated.services', '`3`'],
    ['environments.<name>.strategy', 'required'],
    ['services.<name>.analysis.patience', '—'],
  ])('%s: %s', (path, fallback) => {
    expect(keysOf().find((key) => key.path === path)?.fallback).toBe(fallback);
  });
});
