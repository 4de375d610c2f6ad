import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

// The rules of the house that a machine can hold. Each names what to do instead.

const PLACES = [
  'config',
  'infra',
  'functions',
  'local',
  'cli',
  'examples',
  'bench',
  'simulation',
] as const;

const filesBelow = (folder: string, ending: RegExp): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && ending.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
};

const sources = PLACES.flatMap((place) => filesBelow(place, /\.ts$/));
const code = (file: string): string =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/^\s*\/\/.*$/gm, '');

const offences = (files: readonly string[], pattern: RegExp): string[] =>
  files.flatMap((file) =>
    code(file)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );

const mayAskTheWall = (file: string): boolean =>
  /^local\/(clock|faults)\//.test(file) ||
  /^(cli|bench)\//.test(file) ||
  /^local\/traffic\//.test(file) ||
  /^local\/wire\//.test(file) ||
  file === 'functions/runtime/lambda-runtime.ts' ||
  file === 'functions/build.ts';

describe('time and chance come from outside', () => {
  const handlers = sources.filter((file) => !mayAskTheWall(file) && !file.startsWith('examples/'));

  test.each([
    ['Date.now()', /\bDate\.now\(/, 'take the time from runtime.now() or the clock'],
    ['new Date()', /\bnew Date\(\)/, 'take the time from runtime.now() or the clock'],
    ['Math.random()', /\bMath\.random\(/, 'take chance from runtime.random() or cloud.random()'],
    ['setTimeout', /\b(setTimeout|setInterval)\(/, 'wait on the clock'],
    ['randomUUID', /\brandomUUID\(/, 'take ids from runtime.uuid() or cloud.uuid()'],
  ])('%s is not called', (_name, pattern, instead) => {
    expect(offences(handlers, pattern), instead).toEqual([]);
  });

  test('process.env is read in one file of functions and nowhere in the domain', () => {
    const readers = sources.filter(
      (file) =>
        /^(functions|local|config)\//.test(file) && file !== 'functions/runtime/lambda-runtime.ts',
    );
    expect(
      offences(readers, /\bprocess\.env\b/).filter(
        (line) => !/^local\/traffic\/process-runtime/.test(line) && !/^functions\/build/.test(line),
      ),
      'take variables from runtime.env',
    ).toEqual([]);
  });
});

describe('the tree says where things are', () => {
  test('no folder hides what it is about', () => {
    const vague = PLACES.flatMap((place) =>
      filesBelow(place, /./).filter((file) =>
        /\/(utils|helpers|common|shared|lib|core|types)\//.test(file),
      ),
    );
    expect(vague, 'name the folder after what is in it').toEqual([]);
  });

  test('files are named in kebab-case, without barrels', () => {
    const odd = sources.filter(
      (file) =>
        !/^[a-z0-9]+([.-][a-z0-9]+)*\.ts$/.test(file.split('/').at(-1) ?? '') ||
        file.endsWith('/index.ts'),
    );
    expect(odd, 'a path says where a thing lives').toEqual([]);
  });

  test('nothing is exported as default but configuration files', () => {
    expect(offences(sources, /^export default /), 'export it by its name').toEqual([]);
  });

  test('one file makes every AWS client of the handlers', () => {
    const makers = filesBelow('functions', /\.ts$/).filter(
      (file) =>
        file !== 'functions/adapters/aws.ts' && file !== 'functions/runtime/lambda-runtime.ts',
    );
    expect(
      offences(makers, /\bnew \w+Client\(/),
      'make it with functions/adapters/aws.ts: the one seam',
    ).toEqual([]);
  });
});

describe('a step has one name in four spellings', () => {
  const machines = filesBelow('statemachines', /\.asl\.json$/).map((file) => ({
    file,
    text: readFileSync(file, 'utf8'),
  }));
  const steps = readFileSync('infra/constructs/pipeline-steps.ts', 'utf8');
  const inTargets = readFileSync('infra/constructs/cluster-access.ts', 'utf8');
  const kebab = (name: string): string =>
    name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

  test.each(
    machines.flatMap(({ file, text }) =>
      [...text.matchAll(/\$\{(\w+)Fn\}/g)].map((match) => [file, match[1] ?? ''] as const),
    ),
  )('%s: %s has its state, its row in the stack and its file', (file, step) => {
    const states = Object.keys(
      (JSON.parse(readFileSync(file, 'utf8')) as { States: object }).States,
    );
    expect(states, 'the state').toContain(step);
    expect(steps, 'its row in infra/constructs/pipeline-steps.ts').toContain(`step: '${step}'`);
    expect(
      filesBelow('functions', /\.ts$/).some((path) => path.endsWith(`/${kebab(step)}.ts`)),
      `functions/<noun>/${kebab(step)}.ts`,
    ).toBe(true);
  });

  test('every cluster function of a target has its file', () => {
    for (const [, entry] of inTargets.matchAll(/entry: '([a-z/-]+)'/g)) {
      expect(filesBelow('functions', /\.ts$/)).toContain(`functions/${entry}.ts`);
    }
  });

  test('every row of the stack is a state of the machine that it names', () => {
    for (const [, step, list] of steps.matchAll(/step: '(\w+)',[\s\S]*?machines: \[([^\]]+)\]/g)) {
      for (const noun of (list ?? '').replaceAll("'", '').split(',')) {
        const text = readFileSync(`statemachines/${noun.trim()}.asl.json`, 'utf8');
        expect(text, `${noun} names \${${step}Fn}`).toContain(`\${${step}Fn}`);
      }
    }
  });
});

describe('state machines', () => {
  const machines = filesBelow('statemachines', /\.asl\.json$/).map(
    (file) => [file, JSON.parse(readFileSync(file, 'utf8'))] as const,
  );

  test.each(machines)(
    '%s: says what it promises, and puts a limit on everything',
    (_file, machine) => {
      expect(machine.Comment.length).toBeGreaterThan(40);
      expect(machine.QueryLanguage).toBe('JSONata');
      expect(machine.TimeoutSeconds).toBeGreaterThan(0);
      for (const [name, state] of Object.entries<Record<string, unknown>>(machine.States)) {
        if (state['Type'] === 'Task') {
          expect(state['TimeoutSeconds'], `${name} has a time-out`).toBeGreaterThan(0);
          expect(state['Catch'], `${name} catches`).toBeDefined();
          for (const retry of (state['Retry'] ?? []) as Record<string, unknown>[]) {
            expect(retry['MaxAttempts'], `${name} retries with a limit`).toBeGreaterThan(0);
            expect(retry['JitterStrategy'], `${name} retries with jitter`).toBe('FULL');
          }
        }
        if (state['Type'] === 'Choice')
          expect(state['Default'], `${name} has a default`).toBeDefined();
      }
    },
  );

  test.each(machines)('%s: each error that it retries or catches exists', (file) => {
    const known = readFileSync('functions/domain/errors.ts', 'utf8');
    const text = readFileSync(file, 'utf8');
    for (const [, list] of text.matchAll(/"ErrorEquals": \[([^\]]+)\]/g)) {
      for (const name of (list ?? '').split(',').map((part) => part.trim().replaceAll('"', ''))) {
        expect(
          /^(States|Lambda|Runtime|Sandbox|StepFunctions)\./.test(name) || known.includes(name),
          `${name} is in functions/domain/errors.ts`,
        ).toBe(true);
      }
    }
  });
});

describe('the project speaks of itself alone', () => {
  const texts = [
    ...sources,
    ...filesBelow('docs', /\.md$/),
    ...filesBelow('test', /\.ts$/),
    ...filesBelow('statemachines', /./),
    'README.md',
  ];

  test('no file names a path of the machine that it was written on', () => {
    const stray = texts
      .filter((file) => file !== 'test/tidy.test.ts')
      .filter((file) => /(^|[\s'"`(])\/(home|root|Users|tmp)\//m.test(readFileSync(file, 'utf8')));
    expect(stray).toEqual([]);
  });

  test('every link of a page leads to a file of the repository', () => {
    const pages = [
      ...filesBelow('docs', /\.md$/),
      ...filesBelow('statemachines', /\.md$/),
      'README.md',
      'CONTRIBUTING.md',
    ];
    const dead = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, link]) => join(dirname(page), link ?? ''))
        .filter((target) => target.startsWith('..') || !existsSync(target))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  test('nothing is left for later in the code', () => {
    expect(offences(sources, /\b(TODO|FIXME|XXX)\b/), 'finish it, or write an issue').toEqual([]);
  });
});
