import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { clipped } from '../../cli/view/live.ts';
import { picture, wrapped } from '../../cli/view/picture.ts';
import { stagesOf } from '../../cli/view/stages.ts';
import { chain, seen, service, story, target, version } from './seen.ts';

// Goal: the picture shows stages, weights and rates per color and the reasons, and fits the terminal.

const euw1 = 'checkout/production/eu-west-1';
const LONG = `${'errors '.repeat(60)}in ALARM`;
const events = chain(
  ['ReleaseAccepted', { attempt: 1 }],
  ['ImageResolved', { digest: `sha256:${'2'.repeat(64)}` }],
  ['ScanJudged', { verdict: 'pass', reason: 'no finding at or above HIGH' }],
  ['RolloutCompleted', { targetId: 'checkout/staging/eu-west-1', color: 'green' }],
  ['RolloutStarted', { targetId: euw1 }],
  ['WeightShifted', { targetId: euw1, fromPercent: 0, percent: 30 }],
  ['RollbackStarted', { targetId: euw1, rollback: { cause: 'alarm', reason: LONG } }],
);
const staging = target({ environment: 'staging', live: version('1.2.0') });
const production = target({
  phase: 'shifting',
  candidate: version('1.2.0'),
  weights: { stable: 70, candidate: 30 },
  rates: {
    blue: { requestsPerMinute: 210, failedPercent: 0 },
    green: { requestsPerMinute: 90, failedPercent: 5.1234 },
  },
});
const standby = target({ region: 'eu-central-1' });
const look = seen([staging, production, standby], [story(events)]);
const plain = (columns: number, rows: number): string[] =>
  picture(look, { columns, rows }).map((line) => stripVTControlCharacters(line).trimEnd());

describe('picture', () => {
  test('picture: what it shows', () => {
    expect(plain(100, 30).slice(0, 7)).toEqual([
      'checkout 1.2.0  for 6 min 12 s',
      '  ✔ image  ✔ scan  ✔ staging  ▶ production',
      '  staging     eu-west-1     1.2.0                  completed',
      '  production  eu-west-1     1.1.0 → 1.2.0          shifting',
      '    blue  1.1.0    ██████████████░░░░░░  70 %    210/min  0.00 % failed',
      '    green 1.2.0    ██████░░░░░░░░░░░░░░  30 %     90/min  5.12 % failed',
      '  production  eu-central-1  1.1.0                  completed',
    ]);
  });

  test('picture: decisions with their reasons, the newest last, steps left out', () => {
    const told = plain(100, 30).slice(7);
    expect(told[0]).toBe('  12:01:00  image found: sha256:222222222222');
    expect(told.join('\n')).toContain('production eu-west-1: candidate from 0 % to 30 %');
    expect(told.join('\n')).not.toContain('rollout started');
    expect(told.at(-2)).toMatch(
      /^ {2}12:06:00 {2}production eu-west-1: rollback started \(alarm\): errors/,
    );
    expect(told.at(-1)).toMatch(/^ {12}errors .*…$/);
  });

  test.each([
    [100, 30],
    [80, 24],
    [60, 12],
  ])('picture: %s×%s: fits', (columns, rows) => {
    const lines = plain(columns, rows);
    expect(lines.length).toBeLessThan(rows);
    for (const line of lines.slice(7)) expect(line.length).toBeLessThan(columns);
  });

  test('picture: how a release ended and after how long', () => {
    const ended = story(events, { outcome: 'rolledBack', endedAt: '2026-03-02T12:10:00.000Z' });
    const [title] = picture(seen([], [ended]), { columns: 80, rows: 24, title: 'push' });
    expect(stripVTControlCharacters(title ?? '')).toBe('push  rolledBack after 10 min');
  });

  test('picture: a service without a release', () => {
    expect(picture(seen([standby], []), { columns: 80, rows: 24 })[0]).toContain('checkout');
  });

  test('picture: an override is named, and what it does to both colors shown', () => {
    const back = target({
      ...production,
      overridden: true,
      phase: 'rollingBack',
      weights: { stable: 100, candidate: 0 },
    });
    const lines = picture(seen([back], []), { columns: 80, rows: 24 }).map(
      stripVTControlCharacters,
    );
    expect(lines[1]).toMatch(/rollingBack, override on$/);
    expect(lines[2]).toContain('blue  1.1.0    ████████████████████ 100 %');
  });
});

describe('picture: stages', () => {
  const states = (told: Parameters<typeof chain>, over = {}) =>
    stagesOf(story(chain(...told), over), service)
      .map(({ state }) => state)
      .join(' ');

  test.each<[string, Parameters<typeof chain>, object, string]>([
    ['nothing yet', [], {}, 'now ahead ahead ahead'],
    ['waits for the scan', [['ImageResolved', {}]], {}, 'done now ahead ahead'],
    [
      'scan fails',
      [
        ['ImageResolved', {}],
        ['ScanJudged', { verdict: 'fail' }],
      ],
      { outcome: 'rejected' },
      'done failed ahead ahead',
    ],
    [
      'first Region of two done',
      [
        ['ImageResolved', {}],
        ['ScanJudged', { verdict: 'pass' }],
        ['RolloutCompleted', { targetId: 'checkout/staging/eu-west-1' }],
        ['RolloutCompleted', { targetId: 'checkout/production/eu-west-1' }],
      ],
      {},
      'done done done now',
    ],
    [
      'rolled back',
      [
        ['ImageResolved', {}],
        ['ScanJudged', { verdict: 'pass' }],
        ['RolledBack', { targetId: 'checkout/staging/eu-west-1' }],
      ],
      { outcome: 'rolledBack' },
      'done done failed ahead',
    ],
    [
      'ended where nothing says why',
      [['ImageResolved', {}]],
      { outcome: 'superseded' },
      'done failed ahead ahead',
    ],
    [
      'tried again: the attempt before does not count',
      [
        ['ImageResolved', {}],
        ['RolloutRefused', { targetId: 'checkout/staging/eu-west-1' }],
        ['ReleaseAccepted', { attempt: 2 }],
        ['ImageResolved', {}],
      ],
      {},
      'done now ahead ahead',
    ],
  ])('picture: stages: %s', (_name, told, over, expected) => {
    expect(states(told, over)).toBe(expected);
  });
});

describe('picture: lines', () => {
  test.each([
    ['short enough', 'a b c', 10, ['a b c']],
    ['breaks at a space', 'one two three', 8, ['one two', '  three']],
    ['two lines are enough', 'one two three four five', 8, ['one two', '  three…']],
    ['no space at all', 'abcdefghijkl', 8, ['abcdefgh', '  ijkl']],
  ])('picture: lines: %s', (_name, text, width, lines) => {
    expect(wrapped(text, width, 2)).toEqual(lines);
  });

  test('picture: lines: clipping counts no color codes and keeps the last one', () => {
    expect(clipped('\u001b[31mabcdef\u001b[39m', 5)).toBe('\u001b[31mabcd\u001b[39m');
    expect(clipped('abc', 5)).toBe('abc');
  });
});
