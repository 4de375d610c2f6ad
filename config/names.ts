/**
 * The names by which the parts find each other. Stacks, handlers and the command line agree on them here and nowhere else,
 * so no stack needs a token of a stack in another account or Region.
 */
export const names = {
  ledgerTable: 'slipway-ledger',
  locksTable: 'slipway-locks',
  bus: 'slipway',
  intakeQueue: 'slipway-intake',
  intakeDeadLetters: 'slipway-intake-dead-letters',
  alarmQueue: 'slipway-alarms',
  alarmDeadLetters: 'slipway-alarms-dead-letters',
  machine: (noun: MachineNoun): string => `slipway-${noun}`,
  machineAlias: 'live',
  /** `slipway-accept-release` */
  handler: (verbNoun: string): string => `slipway-${verbNoun}`,
  /** Roles are global in an account, so their names carry the Region: `slipway-euw1-tick`. */
  role: (region: string, purpose: string): string => `slipway-${shortRegion(region)}-${purpose}`,
  targetRole: (at: TargetName, purpose: 'target' | 'invoke' | 'cluster'): string =>
    `slipway-${shortRegion(at.region)}-${at.service}-${at.environment}-${purpose}`,
  /** Said by both sides of a cross-account role; it stops a confused deputy, it is no secret. */
  externalId: (pipelineAccount: string): string => `slipway-${pipelineAccount}`,
  keyAlias: 'alias/slipway',
  registrar: 'registrar',
  /** Prefix of everything that belongs to one target; unique in its account and Region. */
  target: (service: string, environment: string): string => `slipway-${service}-${environment}`,
  deploymentConfiguration: (kind: 'canary' | 'linear', percent: number, minutes: number): string =>
    `slipway-${kind}-${percent}-every-${minutes}m`,
  xrayGroup: (service: string, environment: string, color: string): string =>
    `${service}-${environment}-${color}`,
  xrayFaultGroup: (service: string, environment: string, color: string): string =>
    `${service}-${environment}-${color}-5xx`,
} as const;

interface TargetName {
  readonly service: string;
  readonly environment: string;
  readonly region: string;
}

/** `eu-central-1` → `euc1` */
export const shortRegion = (region: string): string => {
  const [area = '', middle = '', number = ''] = region.split('-');
  return `${area}${middle[0] ?? ''}${number}`;
};

export type MachineNoun = 'release' | 'rollout' | 'rollback';

/** The ARN under which a machine is started: always its alias. */
export const machineArn = (at: { account: string; region: string }, noun: MachineNoun): string =>
  `arn:aws:states:${at.region}:${at.account}:stateMachine:${names.machine(noun)}:${names.machineAlias}`;
