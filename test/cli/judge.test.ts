import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CliFailure, EXIT } from '../../cli/failure.ts';
import { recordingOf, settingsOf } from '../../cli/view/judge-input.ts';
import { answerOf, METHODS, type Method } from '../../cli/view/judge-methods.ts';

const slipway = (args: readonly string[], input: string) => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['cli/slipway.ts', 'judge', ...args],
    { input, encoding: 'utf8' },
  );
  return { stdout, stderr, status };
};
const answer = (input: object, method: Method = 'slipway', options: object = {}) => {
  const recording = recordingOf(JSON.stringify(input));
  return answerOf(method, recording, { ...recording.settings, ...settingsOf({ ...options }) });
};
const tick = (stable: [number, number], candidate: [number, number], seconds = 60) => ({
  seconds,
  stable: { requests: stable[0], errors: stable[1] },
  candidate: { requests: candidate[0], errors: candidate[1] },
});
const bad = tick([2700, 3], [300, 9]);
const equal = tick([2700, 27], [300, 3]);

describe('cli: judge: the command', () => {
  test('ticks in, a verdict out', () => {
    const { stdout, status } = slipway(
      ['--json'],
      JSON.stringify({ ticks: [bad, bad], alpha: 0.001 }),
    );
    expect(status).toBe(EXIT.ok);
    expect(JSON.parse(stdout)).toEqual({
      verdict: 'fail',
      eValue: expect.any(Number),
      atSeconds: 60,
      explanation: expect.stringMatching(/9 of the candidate's 300 requests were bad/),
    });
  });

  test('bad input is told in words, and in JSON where JSON was asked for', () => {
    const words = slipway([], '{"ticks":[{"seconds":60}]}');
    const json = slipway(['--json'], 'no json');
    expect([words.status, json.status]).toEqual([EXIT.usage, EXIT.usage]);
    expect(words.stderr).toMatch(/ticks\[0\]\.stable/);
    expect(JSON.parse(json.stdout).error.message).toBe('the input is not JSON');
  });

  test('all methods beside each other', () => {
    const samples = JSON.stringify({ control: [1, 2, 3, 4], experiment: [5, 6, 7, 8] });
    const { stdout, status } = slipway(['--compare', '--json'], samples);
    expect(status).toBe(EXIT.ok);
    expect(Object.keys(JSON.parse(stdout).methods)).toEqual([...METHODS]);
  });
});

describe('cli: judge: verdicts', () => {
  test.each<[string, object, string]>([
    ['worse', { ticks: [bad] }, 'fail'],
    ['equal', { ticks: [equal, equal] }, 'pass'],
    ['low traffic', { ticks: [tick([2700, 27], [30, 0])] }, 'inconclusive'],
    [
      'low traffic, but enough for who says so',
      { ticks: [tick([2700, 27], [30, 0])], minRequests: 30 },
      'pass',
    ],
    ['nothing', { ticks: [] }, 'inconclusive'],
    [
      'metrics that nobody knows',
      { ticks: [{ seconds: 60, stable: null, candidate: null }] },
      'error',
    ],
    ['a ceiling', { ticks: [tick([9000, 900], [1000, 100])], errorRateMax: 0.01 }, 'fail'],
    ['an outage of both', { ticks: [equal, tick([2700, 1350], [300, 150]), equal] }, 'pass'],
    [
      'samples apart',
      {
        control: Array.from({ length: 30 }, (_, i) => i % 9),
        experiment: Array.from({ length: 30 }, (_, i) => 50 + (i % 9)),
        direction: 'increase',
      },
      'fail',
    ],
    ['samples with gaps', { control: [1, 'NaN', null], experiment: ['NaN'] }, 'inconclusive'],
  ])('%s', (_name, input, expected) => {
    expect(answer(input)).toMatchObject({ verdict: expected });
  });

  test('an option wins over the input', () => {
    expect(answer({ ticks: [bad], alpha: 0.001 }, 'slipway', { alpha: 1e-9 })).toMatchObject({
      verdict: 'pass',
    });
  });

  test.each<[string, object, object, string]>([
    ['shifted', {}, {}, 'High'],
    ['by the input’s settings', { tolerance: 2 }, {}, 'Pass'],
    ['by an option', { tolerance: 2 }, { tolerance: 0.1 }, 'High'],
    ['by the direction', { direction: 'decrease' }, {}, 'Pass'],
    ['by the effect', { effectSizeThresholds: [1, 100] }, {}, 'Pass'],
  ])('mann-whitney: %s', (_name, settings, options, expected) => {
    const samples = {
      control: [1, 2, 3, 4, 5, 6],
      experiment: [11, 12, 13, 14, 15, 16],
      ...settings,
    };
    expect(answer(samples, 'mann-whitney', options)).toMatchObject({ classification: expected });
  });

  test('mann-whitney: no data', () => {
    expect(answer({ control: [], experiment: [1] }, 'mann-whitney')).toMatchObject({
      classification: 'Nodata',
    });
  });

  test('the rules of others, on the same ticks', () => {
    const ticks = { ticks: [bad, bad, bad] };
    const outage = { ticks: [tick([2700, 1350], [300, 150])] };
    expect(answer(ticks, 'fixed-threshold')).toMatchObject({ verdict: 'fail', atSeconds: 180 });
    expect(answer(ticks, 'fixed-threshold', { threshold: 0.05 })).toMatchObject({
      verdict: 'pass',
    });
    expect(answer(ticks, 'mann-whitney')).toMatchObject({ classification: 'High' });
    expect(answer(ticks, 'consecutive-failures')).toMatchObject({ verdict: 'pass' });
    expect(answer(outage, 'consecutive-failures')).toMatchObject({
      verdict: 'fail',
      atSeconds: 60,
    });
  });
});

describe('cli: judge: bad input', () => {
  test.each([
    ['nothing', '', /nothing came/],
    ['a list', '[]', /a list, not an object/],
    ['neither', '{"a":1}', /neither ticks nor control/],
    ['both', '{"ticks":[],"control":[]}', /both ticks and samples/],
    ['half a sample', '{"control":[1]}', /experiment/],
    [
      'more errors than requests',
      JSON.stringify({ ticks: [tick([1, 2], [1, 0])] }),
      /ticks\[0\]\.stable: more errors/,
    ],
    ['no time', JSON.stringify({ ticks: [tick([1, 0], [1, 0], 0)] }), /ticks\[0\]\.seconds/],
    [
      'a word among numbers',
      '{"control":["x"],"experiment":[1]}',
      /control\[0\]: a value is a number/,
    ],
    ['a number beyond numbers', '{"control":[1e999],"experiment":[1]}', /control\[0\]/],
    ['a misspelt setting', '{"ticks":[],"alpah":1}', /alpah/],
    ['an α of 0', '{"ticks":[],"alpha":0}', /alpha/],
  ])('%s', (_name, text, expected) => {
    try {
      recordingOf(text);
      expect.unreachable('it was taken');
    } catch (error) {
      expect(error).toBeInstanceOf(CliFailure);
      const { message, details, solution, exitCode } = error as CliFailure;
      expect([message, ...details].join('\n')).toMatch(expected);
      expect(solution).toMatch(/"ticks"/);
      expect(exitCode).toBe(EXIT.usage);
    }
  });

  test('a wrong option is named as it was typed', () => {
    expect(() => settingsOf({ confLevel: 2 })).toThrow(/an option is wrong/);
    try {
      settingsOf({ confLevel: 2 });
    } catch (error) {
      expect((error as CliFailure).details[0]).toMatch(/^--conf-level:/);
    }
  });
});
