/**
 * What a machine does about an error: transient is retried with a cap, refused stops and tells the caller,
 * lost means that nobody knows whether it happened (read back, then decide).
 */
export type ErrorFamily = 'transient' | 'refused' | 'lost';

interface ErrorOptions {
  /** What the reader may want to look up; never a secret. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error whose name is its API: Step Functions matches on it, so it is written out and survives minification. */
abstract class NamedError extends Error {
  abstract override readonly name: string;
  abstract readonly family: ErrorFamily;
  readonly facts: Readonly<Record<string, unknown>>;
  constructor(message: string, { facts = {}, cause }: ErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.facts = facts;
  }
}

/** Throttling, a 5xx or a broken connection at AWS or Kubernetes: trying again later is right. */
export class TransientFailure extends NamedError {
  override readonly name = 'TransientFailure';
  readonly family = 'transient';
}

/** A release that can't be started as it was asked for. */
export class ReleaseRefused extends NamedError {
  override readonly name = 'ReleaseRefused';
  readonly family = 'refused';
}

/** A handler's input does not have its shape. */
export class InputRefused extends NamedError {
  override readonly name = 'InputRefused';
  readonly family = 'refused';
}

/** The registry has no such image, or not any more. */
export class ImageNotFound extends NamedError {
  override readonly name = 'ImageNotFound';
  readonly family = 'refused';
}

/** Another holder has the lock under a higher token: whoever meets this stops writing. */
export class LockLost extends NamedError {
  override readonly name = 'LockLost';
  readonly family = 'lost';
}

/** The cluster refused the candidate's manifests. */
export class CandidateRefused extends NamedError {
  override readonly name = 'CandidateRefused';
  readonly family = 'refused';
}

/** Something else wrote what only the holder of the lock may write. */
export class DriftFound extends NamedError {
  override readonly name = 'DriftFound';
  readonly family = 'lost';
}

/** There is nothing that could be put back, or nothing healthy to put it on. */
export class RollbackImpossible extends NamedError {
  override readonly name = 'RollbackImpossible';
  readonly family = 'refused';
}

/** The function's environment or the ledger lacks what a deployed Slipway has. */
export class ConfigurationMissing extends NamedError {
  override readonly name = 'ConfigurationMissing';
  readonly family = 'refused';
}

/** Says whether an error, or what caused it, has this name. Bundles share no modules, so names decide, never classes. */
export const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && (error.name === name || isNamed(error.cause, name));
