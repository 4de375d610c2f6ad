import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, 'dist');
const METAFILE = join(DIST, 'metafile.json');
const BUDGET = 'functions/size-budget.json';
const NOUNS = 'functions/{release,rollout,rollback,gate,failover}/*.ts';

/** Kilobytes by handler, and `default` for those that are not named. */
type Budget = Readonly<Record<string, number>>;

/** The build is refused: some handler is larger than its budget. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}

/** A built handler and its size. */
export interface Built {
  /** `release/intake` */
  readonly handler: string;
  readonly bytes: number;
  readonly budgetBytes: number;
}

const handlersIn = (root: string): string[] =>
  globSync(NOUNS, { cwd: root })
    .filter((file) => /^export const handler\b/m.test(readFileSync(join(root, file), 'utf8')))
    .map((file) => file.replace(/^functions\/|\.ts$/g, ''))
    .sort();

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

const outputOf = (handler: string): string => `dist/${handler}/index.mjs`;

/** What was built, and the digest of each file of it. */
interface Manifest extends Metafile {
  readonly digests: Readonly<Record<string, string>>;
}

const digestOf = (contents: Uint8Array): string =>
  createHash('sha256').update(contents).digest('hex');

/** Says whether what is built was built from what is there: same handlers, no input newer, and no file of another build. */
const upToDate = (handlers: readonly string[]): boolean => {
  if (!existsSync(METAFILE)) return false;
  const { inputs, outputs, digests = {} } = readJson<Partial<Manifest> & Metafile>(METAFILE);
  const builtAt = statSync(METAFILE).mtimeMs;
  // Of packages only the lock is looked at: they change with it, and there are thousands of files.
  const watched = Object.keys(inputs).filter((input) => !input.startsWith('node_modules/'));
  const sources = [...watched, 'package-lock.json', 'functions/build.ts'];
  const built = Object.keys(outputs).filter((output) => output.endsWith('/index.mjs'));
  return (
    built.length === handlers.length &&
    handlers.every((handler) => {
      const output = join(ROOT, outputOf(handler));
      return existsSync(output) && digestOf(readFileSync(output)) === digests[outputOf(handler)];
    }) &&
    sources.every((source) => {
      const path = join(ROOT, source);
      return existsSync(path) && statSync(path).mtimeMs <= builtAt;
    })
  );
};

/**
 * zod's own entry holds every language of its messages, and `z` as an object keeps all of it: 380 kB in each bundle. Here the
 * languages are left out, and `z` is imported as a namespace, of which only what is used stays.
 */
const lean: Plugin = {
  name: 'lean-zod',
  setup: (build) => {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: join(ROOT, 'node_modules/zod/v4/locales'),
    }));
    build.onLoad({ filter: /[\\/](functions|config)[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^import \{ z \} from 'zod';$/m,
        "import * as z from 'zod';",
      ),
      loader: 'ts',
    }));
  },
};

/** No reader sees half of a file, and two builds at once leave whole files. */
const writeWhole = (path: string, contents: Uint8Array | string, at?: Date): void => {
  const aside = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(aside, contents);
  if (at !== undefined) utimesSync(aside, at, at);
  renameSync(aside, path);
};

/** A file system's clock may be a tick behind. */
const CLOCK_TICK_MS = 10;

const bundle = async (handlers: readonly string[]): Promise<void> => {
  // What is saved while this runs may not be in it, so it counts as built from what was there when it began.
  const began = new Date(Date.now() - CLOCK_TICK_MS);
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: handlers.map((handler) => ({
      in: `functions/${handler}.ts`,
      out: `${handler}/index`,
    })),
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    plugins: [lean],
    logLevel: 'warning',
    banner: {
      // Packages in CommonJS ask for Node's own modules by `require`.
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  for (const { path, contents } of outputFiles) writeWhole(path, contents);
  const digests = Object.fromEntries(
    outputFiles.map(({ path, contents }) => [relative(ROOT, path), digestOf(contents)]),
  );
  const manifest: Manifest = { ...metafile, digests };
  writeWhole(METAFILE, JSON.stringify(manifest), began);
};

const sizes = (handlers: readonly string[]): Built[] => {
  const budget = readJson<Budget>(join(ROOT, BUDGET));
  return handlers.map((handler) => ({
    handler,
    bytes: statSync(join(ROOT, outputOf(handler))).size,
    budgetBytes: (budget[handler] ?? budget['default'] ?? 0) * 1_000,
  }));
};

/** Builds every handler into `dist/<noun>/<name>/index.mjs`, unless nothing has changed; refuses what is over its budget. */
export const buildHandlers = async (): Promise<{ built: Built[]; fresh: boolean }> => {
  const handlers = handlersIn(ROOT);
  const fresh = !upToDate(handlers);
  if (fresh) await bundle(handlers);
  const built = sizes(handlers);
  const over = built.filter(({ bytes, budgetBytes }) => bytes > budgetBytes);
  if (over.length === 0) return { built, fresh };
  const which = over.map(
    ({ handler, bytes, budgetBytes }) =>
      `${handler} has ${Math.ceil(bytes / 1_000)} kB of ${budgetBytes / 1_000} kB`,
  );
  throw new BudgetExceeded(
    `${which.join('; ')}: import less (dist/metafile.json says what is in it), or raise the budget in ${BUDGET} and say why`,
  );
};

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(0)} kB`;

const table = (built: readonly Built[]): string => {
  const width = Math.max(...built.map(({ handler }) => handler.length));
  return built
    .map(
      ({ handler, bytes, budgetBytes }) =>
        `${handler.padEnd(width)}  ${kilobytes(bytes).padStart(8)}  of ${kilobytes(budgetBytes).padStart(8)}`,
    )
    .join('\n');
};

if (import.meta.main) {
  try {
    const { built, fresh } = await buildHandlers();
    console.log(table(built));
    console.log(
      fresh
        ? `${built.length} handlers built into ${relative(process.cwd(), DIST) || DIST}`
        : `${built.length} handlers, nothing is newer`,
    );
  } catch (error) {
    console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
    process.exitCode = 1;
  }
}
