import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundles } from './bundles.ts';
import { calls } from './calls.ts';
import { cost } from './cost.ts';
import type { Section } from './figures.ts';
import { path } from './path.ts';
import { sectionJson, sectionText } from './print.ts';
import { releases } from './releases.ts';
import { transitions } from './transitions.ts';

const PARTS: Readonly<Record<string, () => Promise<Section>>> = {
  transitions,
  path,
  calls,
  releases,
  bundles,
  cost,
};
const HELP = `npm run bench -- [--only ${Object.keys(PARTS).join(',')}] [--json] [--check]

Measures this machine's local cloud and what a release costs in transitions, calls and money.
With --check the exit code is 1 where a bound of the design is not held. 2: the command was wrong.`;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const readOptions = () => {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}\n`);
    process.exit(2);
  }
};

const values = readOptions();
const chosen = values.only === undefined ? Object.keys(PARTS) : values.only.split(',');
const unknown = chosen.filter((name) => !Object.hasOwn(PARTS, name));
if (values.help) {
  say(HELP);
} else if (unknown.length > 0) {
  process.stderr.write(`no part is called ${unknown.join(', ')}\n\n${HELP}\n`);
  process.exitCode = 2;
} else {
  const begun = performance.now();
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
  };
  if (!values.json)
    say(`Node ${machine.node}, ${machine.platform}, ${machine.cores} cores; one process\n`);
  const sections: Section[] = [];
  for (const name of Object.keys(PARTS).filter((part) => chosen.includes(part))) {
    const section = await PARTS[name]?.();
    if (section === undefined) continue;
    sections.push(section);
    if (!values.json) say(sectionText(section));
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  const broken = sections.flatMap(({ bounds }) => bounds.filter(({ held }) => !held));
  if (values.json) {
    say(JSON.stringify({ machine, seconds, sections: sections.map(sectionJson) }, null, 2));
  } else {
    say(
      broken.length === 0
        ? `Every bound is held. ${seconds} s.`
        : `Not held: ${broken.map(({ what }) => what).join('; ')}. ${seconds} s.`,
    );
  }
  if (values.check && broken.length > 0) process.exitCode = 1;
}
