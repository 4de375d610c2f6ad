import { readdirSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { TARGET_GROUPS_PER_LOAD_BALANCER } from '../../config/cross-check.ts';
import { loadConfiguration } from '../../config/load.ts';
import { ConfigurationInvalid, problemLine } from '../../config/problem.ts';
import { targetsOf } from '../../config/targets.ts';
import { warningsOf } from '../../config/warnings.ts';
import { EXIT } from '../failure.ts';
import { configFile } from '../options.ts';
import { paint, say, sayJson } from '../print.ts';
import { diagnose } from '../view/diagnose-machine.ts';

interface Finding {
  readonly file: string;
  readonly problems: readonly string[];
  /** What is allowed, and yet hardly what was meant. */
  readonly warnings: readonly string[];
  readonly summary: string;
}

/** `slipway validate` */
export const validateCommand = (): Command =>
  new Command('validate')
    .description('checks the configuration and the state machines; needs no cloud')
    .option('--config <file>', 'the configuration')
    .option('--json', 'machine-readable output')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway validate\n  slipway validate --config slipway.config.ts --json',
    )
    .action(async (options: { config?: string; json?: boolean }) => {
      const findings = [await configurationFinding(configFile(options)), ...machineFindings()];
      const valid = findings.every(({ problems }) => problems.length === 0);
      if (options.json === true) sayJson({ valid, files: findings });
      else {
        for (const { file, problems, warnings, summary } of findings) {
          say(
            problems.length === 0
              ? `${paint('green', 'ok')}  ${file}: ${summary}`
              : `${paint('red', 'bad')} ${file}:`,
          );
          for (const problem of problems) say(`      ${problem}`);
          for (const warning of warnings) say(`      ${paint('yellow', 'warning')} ${warning}`);
        }
      }
      process.exitCode = valid ? EXIT.ok : EXIT.failed;
    });

const configurationFinding = async (file: string): Promise<Finding> => {
  try {
    const configuration = await loadConfiguration(file);
    const services = Object.keys(configuration.services).length;
    const left = TARGET_GROUPS_PER_LOAD_BALANCER - services * 2;
    return {
      file,
      problems: [],
      warnings: warningsOf(configuration).map((warning) => problemLine(warning).trim()),
      summary: `${services} service(s), ${targetsOf(configuration).length} target(s); ${left} of ${TARGET_GROUPS_PER_LOAD_BALANCER} target groups left on each load balancer`,
    };
  } catch (error) {
    if (!(error instanceof ConfigurationInvalid)) throw error;
    return {
      file,
      problems: error.problems.map((problem) => problemLine(problem).trim()),
      warnings: [],
      summary: '',
    };
  }
};

const machineFindings = (): Finding[] =>
  readdirSync('statemachines')
    .filter((name) => name.endsWith('.asl.json'))
    .map((name) => {
      const file = `statemachines/${name}`;
      const { problems, states } = diagnose(readFileSync(file, 'utf8'));
      return { file, problems, warnings: [], summary: `${states} states` };
    });
