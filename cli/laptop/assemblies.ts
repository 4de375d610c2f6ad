import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { fingerprint } from '../../config/canonical.ts';
import { loadConfiguration } from '../../config/load.ts';
import { CliFailure } from '../failure.ts';

/** Folders of synthesized stacks: what stands before Slipway comes, and Slipway. */
export interface Assemblies {
  readonly platform: string;
  readonly slipway: string;
}

/** What a synthesis is made of: when one of these is newer, it is made again. */
const SOURCES = [
  'config',
  'infra',
  'functions',
  'statemachines',
  'examples/shop/platform',
  'package-lock.json',
];

/**
 * The stacks of a configuration, bundled and synthesized where that is not done or something is newer.
 * Each runs as a process of its own, as `cdk` would run it: the command line imports neither infra nor handlers.
 * @throws CliFailure with what the synthesis said
 */
export const assemble = async (
  configFile: string,
  tell: (step: string) => void = () => {},
): Promise<Assemblies> => {
  const config = resolve(configFile);
  const root = join('cdk.out', createHash('sha256').update(config).digest('hex').slice(0, 12));
  const assemblies = { platform: join(root, 'platform'), slipway: join(root, 'slipway') };
  const newest = Math.max(...[...SOURCES, config].map(newestBelow));
  // What a configuration imports, and the manifests that it names, may lie anywhere: they show in what is read.
  const read = fingerprint(await loadConfiguration(config));
  const isFresh = (): boolean =>
    Object.values(assemblies).every((folder) => writtenAt(folder) > newest) &&
    readBy(root) === read;
  if (isFresh()) return assemblies;
  tell('bundling the handlers');
  await node(['functions/build.ts'], {});
  tell('synthesizing the stacks');
  // Made aside and put in place in one step: another process may be making the same, or reading what is there.
  const aside = `${root}.${process.pid}`;
  await Promise.all([
    synthesize('infra/app.ts', config, join(aside, 'slipway')),
    synthesize('examples/shop/platform/app.ts', config, join(aside, 'platform')),
  ]);
  writeFileSync(join(aside, READ), read);
  try {
    if (isFresh()) return assemblies;
    rmSync(root, { recursive: true, force: true });
    renameSync(aside, root);
  } catch (error) {
    // Somebody else was faster by a hair.
    if (!isFresh()) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return assemblies;
};

const synthesize = (app: string, config: string, output: string): Promise<void> =>
  node([app], {
    CDK_OUTDIR: output,
    CDK_VALIDATION: 'false',
    CDK_CONTEXT_JSON: JSON.stringify({ config, checks: 'off' }),
  });

const node = (args: readonly string[], env: Record<string, string>): Promise<void> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) done();
      else
        failed(
          new CliFailure(`${args[0]} failed`, {
            details: lastWords(Buffer.concat(said).toString()),
          }),
        );
    });
  });

/** What an error said, without where in the code it was thrown. */
const lastWords = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v|^file:\/\//.test(line))
    .slice(-15);

const newestBelow = (path: string): number => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
};

/** The file that says of which configuration a folder's stacks are. */
const READ = 'configuration.sha256';

const readBy = (root: string): string | null =>
  existsSync(join(root, READ)) ? readFileSync(join(root, READ), 'utf8') : null;

const writtenAt = (folder: string): number =>
  statSync(join(folder, 'manifest.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
