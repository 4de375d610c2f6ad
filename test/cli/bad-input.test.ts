import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localState } from '../../cli/connection.ts';
import { slipway } from './terminal.ts';

// Goal: what a user may get wrong before anything is reached: a page with what, why and what to do, and an exit code.

let folder: string;
const home = process.cwd();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const BROKEN =
  "export default { regions: { primary: 'eu-west-1' }, pipelin: {}, services: {}, environments: {} };";

const listening = async (
  answer: (path: string) => [number, string],
): Promise<{ server: Server; url: string; port: number }> => {
  const server = createServer((request, response) => {
    const [status, body] = answer(request.url ?? '');
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `http://127.0.0.1:${port}` };
};

describe('cli: bad input', () => {
  test.each<[string, string[], RegExp]>([
    ['no such command', ['depoly'], /unknown command 'depoly'[\s\S]*slipway --help shows/],
    ['no such option', ['status', '--wach'], /unknown option '--wach'/],
    ['an argument is missing', ['push', 'checkout'], /missing required argument 'version'/],
    [
      'an endpoint that is no address',
      ['status', '--endpoint', 'nonsense'],
      /--endpoint must be an http address, got "nonsense"\n.*for example/,
    ],
    [
      'an endpoint of another kind',
      ['status', '--endpoint', 'ftp://x'],
      /--endpoint must be an http address/,
    ],
    ['a port', ['up', '--port', '99999'], /whole number from 0 to 65535/],
    ['a speed', ['up', '--speed', '0'], /number from 1 to 10000/],
    ['a rate', ['demo', '--rate', '-3'], /number from 0 to 2000/],
  ])('cli: bad input: %s', async (_name, args, page) => {
    const { exitCode, err, out } = await slipway(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toMatch(page);
  });

  test.each([
    'status',
    'history x',
    'push checkout 1.1.0',
    'release checkout --tag 1',
    'rollback checkout --reason x',
  ])('cli: bad input: nobody answers: %s', async (command) => {
    const args = [...command.split(' '), '--endpoint', 'http://127.0.0.1:1'];
    const { exitCode, err } = await slipway(...args);
    expect(exitCode).toBe(3);
    expect(err).toBe(
      'error: nothing answers at http://127.0.0.1:1\n  → start a local cloud with "slipway up", or give its address with --endpoint\n',
    );
    const asJson = await slipway(...args, '--json');
    expect(asJson).toMatchObject({ exitCode: 3, err: '' });
    expect(JSON.parse(asJson.out)).toEqual({
      error: {
        message: 'nothing answers at http://127.0.0.1:1',
        details: [],
        solution: expect.stringContaining('slipway up'),
      },
    });
  });

  test.each<[string, [number, string]]>([
    ['a page', [200, '<html>']],
    ['not found', [404, 'no such path']],
    ['other JSON', [200, '{"ok":true}']],
  ])('cli: bad input: somebody else answers: %s', async (_name, answer) => {
    const { server, url } = await listening(() => answer);
    const { exitCode, err } = await slipway('status', '--endpoint', url);
    server.close();
    expect(exitCode).toBe(3);
    expect(err).toContain(`what answers at ${url} is not a local cloud of Slipway`);
  });

  test('cli: bad input: a port in use: said at once, nothing deployed', async () => {
    const { server, port } = await listening(() => [200, '']);
    const { exitCode, err } = await slipway('up', '--port', String(port));
    server.close();
    expect(exitCode).toBe(3);
    expect(err).toMatch(
      new RegExp(
        `^error: port ${port} is in use\n.*\n {2}→ stop it, or choose another with --port\n$`,
      ),
    );
  });
});

describe('cli: configuration', () => {
  test.each<[string, () => string, RegExp]>([
    [
      'no such file',
      () => join(folder, 'nope.ts'),
      /nope\.ts: found no such file, expected a configuration/,
    ],
    [
      'broken syntax',
      () => file('syntax.ts', 'export default {'),
      /syntax\.ts: found .*expected a TypeScript module that Node can load/,
    ],
    [
      'throws',
      () => file('throws.ts', "throw new Error('no account set');"),
      /throws\.ts: found no account set/,
    ],
    ['no configuration in it', () => file('empty.ts', 'export const x = 1;'), /expected/],
    ['misspelt key', () => file('misspelt.ts', BROKEN), /pipelin: .*did you mean "pipeline"\?/],
  ])('cli: configuration: %s', async (_name, path, problem) => {
    const config = path();
    for (const command of ['status', 'up --port 0']) {
      const { exitCode, err } = await slipway(...command.split(' '), '--config', config);
      expect(exitCode).toBe(1);
      expect(err).toMatch(problem);
      expect(err).not.toMatch(/\n\s+at /);
    }
    const { exitCode, out } = await slipway('validate', '--config', config);
    expect(exitCode).toBe(1);
    expect(out).toMatch(problem);
  });

  test('cli: configuration: validate: the sample and every state machine are right', async () => {
    const { exitCode, out } = await slipway('validate', '--json');
    const said = JSON.parse(out) as {
      valid: boolean;
      files: { file: string; problems: string[] }[];
    };
    expect(exitCode).toBe(0);
    expect(said.valid).toBe(true);
    const machines = readdirSync('statemachines').filter((name) => name.endsWith('.asl.json'));
    expect(said.files.map((one) => one.file)).toEqual([
      'examples/shop/slipway.config.ts',
      ...machines.map((name) => `statemachines/${name}`),
    ]);
  });

  test('cli: configuration: validate warns of what is hardly meant, and ends with 0', async () => {
    const config = 'test/fixtures/configurations/shifting.config.ts';
    const { exitCode, out } = await slipway('validate', '--config', config);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /warning environments\.production\.strategy\.linear\.every: found 2m, expected at least "5m"/,
    );
    const { out: json } = await slipway('validate', '--json', '--config', config);
    expect(JSON.parse(json)).toMatchObject({
      valid: true,
      files: expect.arrayContaining([
        expect.objectContaining({ file: config, problems: [], warnings: [expect.any(String)] }),
      ]),
    });
  });

  test('cli: configuration: validate --json lists what is wrong and ends with 1', async () => {
    const { exitCode, out } = await slipway(
      'validate',
      '--json',
      '--config',
      file('bad.ts', BROKEN),
    );
    const said = JSON.parse(out) as { valid: boolean; files: { problems: string[] }[] };
    expect(exitCode).toBe(1);
    expect(said.valid).toBe(false);
    expect(said.files[0]?.problems).toContain('services: found {}, expected at least one service');
  });
});

describe('cli: the local cloud that is up', () => {
  const wrote = (state: unknown): void => {
    process.chdir(folder);
    mkdirSync('.slipway');
    writeFileSync('.slipway/local.json', typeof state === 'string' ? state : JSON.stringify(state));
  };
  const state = { endpoint: 'http://127.0.0.1:1', pid: process.pid, config: 'c.ts' };

  test('cli: the local cloud that is up: it is found while its process lives', () => {
    wrote(state);
    expect(localState()).toEqual(state);
  });

  test.each<[string, unknown]>([
    ['its process is gone', { ...state, pid: 2 ** 22 + 1 }],
    ['half written', '{"endpoint":'],
    ['of another shape', { endpoint: 'x' }],
  ])('cli: the local cloud that is up: %s: what it left is taken away', (_name, left) => {
    wrote(left);
    expect(localState()).toBeNull();
    expect(existsSync('.slipway/local.json')).toBe(false);
  });

  test('cli: the local cloud that is up: a second one is refused', async () => {
    wrote(state);
    const { exitCode, err } = await slipway('up');
    expect(exitCode).toBe(1);
    expect(err).toContain(
      `a local cloud is up already, at ${state.endpoint} (process ${process.pid})`,
    );
  });
});

describe('cli: help', () => {
  test.each(['', 'demo', 'up', 'push', 'release', 'status', 'history', 'rollback', 'validate'])(
    'cli: help: %s has examples and names --json',
    async (command) => {
      const { exitCode, out } = await slipway(...(command === '' ? [] : [command]), '--help');
      expect(exitCode).toBe(0);
      expect(out).toMatch(/Examples:\n {2}slipway /);
      if (command !== '') expect(out).toContain('--json');
    },
  );
});
