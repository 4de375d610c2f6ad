import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fingerprint } from '../../config/canonical.ts';
import { loadConfiguration } from '../../config/load.ts';
import { CliFailure } from '../failure.ts';
import { digestOf, digestOfFiles } from './content.ts';
import { discard, discardUnused, isInPlace, putInPlace } from './put-in-place.ts';

/** Folders of synthesized stacks: what stands before Slipway comes, and Slipway. */
export interface Assemblies {
  readonly platform: string;
  readonly slipway: string;
}

/** What a synthesis is made of: when one of these is another, it is made again. */
const SOURCES = [
  'config',
  'infra',
  'functions',
  'statemachines',
  'examples/shop/platform',
  'package-lock.json',
];

/** How often a synthesis is begun again because somebody saved a file meanwhile. */
const TRIES_MAX = 5;

/**
 * The stacks of a configuration, bundled and synthesized where that is not done of what stands in the files now. Every content
 * has a folder of its own, so that processes at the same work, or reading what another has made, never meet.
 * Each synthesis runs as a process of its own, as `cdk` would run it: the command line imports neither infra nor handlers.
 * @throws CliFailure with what the synthesis said
 */
export const assemble = async (
  configFile: string,
  tell: (step: string) => void = () => {},
): Promise<Assemblies> => {
  const config = resolve(configFile);
  const home = join('cdk.out', digestOf(config).slice(0, 12));
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const content = await contentOf(config);
    const root = join(home, content);
    if (isInPlace(root)) return assembliesIn(root);
    tell('bundling the handlers');
    await node(['functions/build.ts'], {});
    tell('synthesizing the stacks');
    mkdirSync(home, { recursive: true });
    const aside = mkdtempSync(join(home, 'making-'));
    try {
      const made = assembliesIn(aside);
      await Promise.all([
        synthesize('infra/app.ts', config, made.slipway),
        synthesize('examples/shop/platform/app.ts', config, made.platform),
      ]);
      // Of what is this? Only where nothing was saved meanwhile, it can be told.
      if ((await contentOf(config)) !== content) continue;
      putInPlace(aside, root);
    } finally {
      discard(aside);
    }
    discardUnused(home, content);
    return assembliesIn(root);
  }
  throw new CliFailure('the stacks cannot be synthesized: files are saved all the time', {
    details: [`watched are ${SOURCES.join(', ')} and ${config}`],
  });
};

const assembliesIn = (root: string): Assemblies => ({
  platform: join(root, 'platform'),
  slipway: join(root, 'slipway'),
});

/** What a configuration imports, and the manifests that it names, may lie anywhere: they show in what is read. */
const contentOf = async (config: string): Promise<string> =>
  digestOf(
    [digestOfFiles([...SOURCES, config]), fingerprint(await loadConfiguration(config))].join('\n'),
  ).slice(0, 16);

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
