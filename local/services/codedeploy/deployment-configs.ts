import type {
  CreateDeploymentConfigInput,
  DeploymentConfigInfo,
  TrafficRoutingConfig,
} from '@aws-sdk/client-codedeploy';
import type { CloudContext } from '../service.ts';
import { codeDeployError, notDone, refuseFields } from './codedeploy-error.ts';

/** One step of a shift: the target's share in percent, and how long it then stays so. */
export interface ShiftStep {
  readonly percent: number;
  readonly minutes: number;
}

/** The longest that CodeDeploy lets a shift take. */
const LONGEST_SHIFT = 2_880;
const MOST_CONFIGS = 50;

const canary = (percentage: number, interval: number): TrafficRoutingConfig => ({
  type: 'TimeBasedCanary',
  timeBasedCanary: { canaryPercentage: percentage, canaryInterval: interval },
});

const linear = (percentage: number, interval: number): TrafficRoutingConfig => ({
  type: 'TimeBasedLinear',
  timeBasedLinear: { linearPercentage: percentage, linearInterval: interval },
});

const PREDEFINED: Readonly<Record<string, TrafficRoutingConfig>> = {
  'CodeDeployDefault.LambdaAllAtOnce': { type: 'AllAtOnce' },
  ...Object.fromEntries(
    [5, 10, 15, 30].map((minutes) => [
      `CodeDeployDefault.LambdaCanary10Percent${minutes}Minutes`,
      canary(10, minutes),
    ]),
  ),
  ...Object.fromEntries(
    [1, 2, 3, 10].map((minutes) => [
      `CodeDeployDefault.LambdaLinear10PercentEvery${minutes}Minute${minutes === 1 ? '' : 's'}`,
      linear(10, minutes),
    ]),
  ),
};

/** The steps that lead to all traffic; the last one has 100 percent. */
export const shiftSteps = (routing: TrafficRoutingConfig): ShiftStep[] => {
  const all: ShiftStep = { percent: 100, minutes: 0 };
  if (routing.type === 'TimeBasedCanary') {
    const { canaryPercentage = 0, canaryInterval = 0 } = routing.timeBasedCanary ?? {};
    return [{ percent: canaryPercentage, minutes: canaryInterval }, all];
  }
  if (routing.type !== 'TimeBasedLinear') return [all];
  const { linearPercentage = 100, linearInterval = 0 } = routing.timeBasedLinear ?? {};
  const steps: ShiftStep[] = [];
  for (let percent = linearPercentage; percent < 100; percent += linearPercentage) {
    steps.push({ percent, minutes: linearInterval });
  }
  return [...steps, all];
};

const invalidRouting = (message: string) =>
  codeDeployError('InvalidTrafficRoutingConfigurationException', message);

const isWhole = (value: number | undefined, least: number, most: number): boolean =>
  value !== undefined && Number.isInteger(value) && value >= least && value <= most;

const checkRouting = (routing: TrafficRoutingConfig | undefined): TrafficRoutingConfig => {
  if (!routing) throw invalidRouting('The traffic routing configuration is missing');
  if (routing.type === 'AllAtOnce') return { type: 'AllAtOnce' };
  const shape =
    routing.type === 'TimeBasedCanary'
      ? {
          percent: routing.timeBasedCanary?.canaryPercentage,
          interval: routing.timeBasedCanary?.canaryInterval,
        }
      : {
          percent: routing.timeBasedLinear?.linearPercentage,
          interval: routing.timeBasedLinear?.linearInterval,
        };
  if (routing.type !== 'TimeBasedCanary' && routing.type !== 'TimeBasedLinear') {
    throw invalidRouting(`Unknown traffic routing type ${routing.type}`);
  }
  if (!isWhole(shape.percent, 1, 99) || !isWhole(shape.interval, 1, LONGEST_SHIFT)) {
    throw invalidRouting(
      `${routing.type} needs a percentage of 1 to 99 and an interval of 1 to ${LONGEST_SHIFT} minutes, got ${shape.percent} and ${shape.interval}`,
    );
  }
  const total = shiftSteps(routing).reduce((sum, { minutes }) => sum + minutes, 0);
  if (total > LONGEST_SHIFT) {
    throw invalidRouting(
      `The shift would take ${total} minutes between first and last; at most ${LONGEST_SHIFT} are allowed`,
    );
  }
  return routing;
};

/** The deployment configurations of one place: CodeDeploy's own and those made here. */
export class DeploymentConfigs {
  readonly #configs = new Map<string, DeploymentConfigInfo>();
  readonly #cloud: CloudContext;

  constructor(cloud: CloudContext) {
    this.#cloud = cloud;
    for (const [name, routing] of Object.entries(PREDEFINED)) this.#keep(name, routing, 0);
  }

  #keep(name: string, trafficRoutingConfig: TrafficRoutingConfig, at: number): string {
    const deploymentConfigId = this.#cloud.uuid();
    this.#configs.set(name, {
      deploymentConfigId,
      deploymentConfigName: name,
      createTime: new Date(at),
      computePlatform: 'Lambda',
      trafficRoutingConfig,
    });
    return deploymentConfigId;
  }

  /** A configuration that must be there and be one for Lambda. */
  get(name: string): DeploymentConfigInfo {
    const found = this.#configs.get(name);
    if (found) return found;
    if (/^CodeDeployDefault\.(ECS|OneAtATime|HalfAtATime|AllAtOnce)/.test(name)) {
      throw notDone(`the deployment configuration ${name}; only those for Lambda`);
    }
    throw codeDeployError(
      'DeploymentConfigDoesNotExistException',
      `No Deployment Configuration found for name: ${name}`,
    );
  }

  /** All names. */
  names(): string[] {
    return [...this.#configs.keys()];
  }

  /** Makes a configuration; answers its id. */
  create(input: CreateDeploymentConfigInput): string {
    const name = input.deploymentConfigName;
    if (!name) {
      throw codeDeployError(
        'DeploymentConfigNameRequiredException',
        'The deployment configuration name was not specified.',
      );
    }
    if (name.length > 100 || !/^[\w.+=,@-]+$/.test(name) || name.startsWith('CodeDeployDefault')) {
      throw codeDeployError(
        'InvalidDeploymentConfigNameException',
        `The deployment configuration name ${name} is not valid`,
      );
    }
    if (input.computePlatform !== 'Lambda') {
      throw notDone(`the compute platform ${input.computePlatform ?? 'Server'}; only Lambda`);
    }
    refuseFields('CreateDeploymentConfig', input, ['minimumHealthyHosts', 'zonalConfig']);
    if (this.#configs.has(name)) {
      throw codeDeployError(
        'DeploymentConfigAlreadyExistsException',
        `Deployment Configuration already exists with name: ${name}`,
      );
    }
    if (this.#configs.size - Object.keys(PREDEFINED).length >= MOST_CONFIGS) {
      throw codeDeployError(
        'DeploymentConfigLimitExceededException',
        `The account has ${MOST_CONFIGS} deployment configurations; delete one first`,
      );
    }
    return this.#keep(name, checkRouting(input.trafficRoutingConfig), this.#cloud.clock.now());
  }

  /** Deletes a configuration that nobody uses. */
  remove(name: string, inUse: boolean): void {
    if (name in PREDEFINED) {
      throw codeDeployError(
        'InvalidOperationException',
        `The predefined deployment configuration ${name} cannot be deleted`,
      );
    }
    if (inUse) {
      throw codeDeployError(
        'DeploymentConfigInUseException',
        `The deployment configuration ${name} is in use`,
      );
    }
    this.#configs.delete(name);
  }
}
