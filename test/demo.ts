import { spawn } from 'node:child_process';
import { z } from 'zod';

// Goal: `slipway demo --json` as a script would call it: one document of the documented shape, the story as it should go, in time.
// Method: the real command as a child process: real pods, real requests. It takes a minute, so it is no part of `npm test`.

const LIMIT_SECONDS = 90;

const Release = z.strictObject({
  service: z.literal('checkout'),
  version: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  outcome: z.enum(['released', 'rolledBack', 'rejected', 'superseded', 'stuck']),
  reason: z.string().nullable(),
  environments: z.array(
    z.strictObject({ environment: z.string(), region: z.string(), phase: z.string().nullable() }),
  ),
  transitions: z.int().positive(),
  badRequests: z.int().nonnegative(),
  secondsToRecover: z.int().nonnegative().nullable(),
});
const Document = z.strictObject({
  releases: z.array(Release).length(3),
  traffic: z.strictObject({ total: z.int().positive(), failed: z.int().nonnegative() }),
});

const demo = async (): Promise<{ code: number | null; out: string; seconds: number }> => {
  const began = performance.now();
  const child = spawn(process.execPath, ['cli/slipway.ts', 'demo', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, seconds: Math.round((performance.now() - began) / 1000) };
};

const places = ({ environments }: z.infer<typeof Release>): string =>
  environments.map((one) => `${one.environment} ${one.region} ${one.phase}`).join(', ');

/** What is wrong with how it went; nothing: all is well. */
const deviations = ({ releases, traffic }: z.infer<typeof Document>): string[] => {
  const [good, failing, vulnerable] = releases;
  const bad = releases.reduce((sum, { badRequests }) => sum + badRequests, 0);
  const checks: readonly (readonly [boolean, string])[] = [
    [
      good?.outcome === 'released' && good.badRequests === 0,
      '1.1.0 is released without a bad answer',
    ],
    [
      good !== undefined &&
        places(good) ===
          'dev eu-west-1 completed, test eu-west-1 completed, staging eu-west-1 completed, production eu-west-1 completed, production eu-central-1 completed',
      '1.1.0 completes everywhere, in the order of the path',
    ],
    [
      failing?.outcome === 'rolledBack' && failing.badRequests > 0,
      '1.2.0 hurts some users and is rolled back',
    ],
    [failing?.secondsToRecover !== null, '1.2.0 says how long that took'],
    [/ALARM|bad/.test(failing?.reason ?? ''), '1.2.0 says why'],
    [
      vulnerable?.outcome === 'rejected' && vulnerable.environments.length === 0,
      '1.3.0 touches nothing',
    ],
    [/CVE-/.test(vulnerable?.reason ?? ''), '1.3.0 names the finding'],
    [traffic.failed === bad, 'every bad answer belongs to a release'],
  ];
  return checks.flatMap(([holds, what]) => (holds ? [] : [`not so: ${what}`]));
};

const { code, out, seconds } = await demo();
const problems = [
  ...(code === 0 ? [] : [`it exited with ${code}`]),
  ...(seconds < LIMIT_SECONDS ? [] : [`it took ${seconds} s, more than ${LIMIT_SECONDS} s`]),
  ...deviations(Document.parse(JSON.parse(out))),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(problems.length === 0 ? `the demo went as it should, in ${seconds} s\n` : out);
process.exitCode = problems.length === 0 ? 0 : 1;
