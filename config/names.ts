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
  machine: (noun: MachineNoun): string => `slipway-${noun}`,
  machineAlias: 'live',
  registrarRole: 'slipway-registrar',
  /** `slipway-accept-release`: function and role of a pipeline handler share it. */
  handler: (verbNoun: string): string => `slipway-${verbNoun}`,
  machineRole: (noun: MachineNoun): string => `slipway-machine-${noun}`,
  /** Prefix of everything that belongs to one target; unique in its account and Region. */
  target: (service: string, environment: string): string => `slipway-${service}-${environment}`,
  deploymentConfiguration: (kind: 'canary' | 'linear', percent: number, minutes: number): string =>
    `slipway-${kind}-${percent}-every-${minutes}m`,
  xrayGroup: (service: string, environment: string, color: string): string =>
    `${service}-${environment}-${color}`,
} as const;

export type MachineNoun = 'release' | 'rollout' | 'rollback';

/** The ARN under which a machine is started: always its alias. */
export const machineArn = (at: { account: string; region: string }, noun: MachineNoun): string =>
  `arn:aws:states:${at.region}:${at.account}:stateMachine:${names.machine(noun)}:${names.machineAlias}`;
