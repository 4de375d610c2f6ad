/** Why one field is refused. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** A refusal as the Kubernetes API words it: a `Status` object with its HTTP code. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    details?: Record<string, unknown>,
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body of the answer. */
  get status(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

/** A resource type as messages name it: `deployments.apps`, `pods`. */
export interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

const resource = ({ group, plural }: Named): string => (group ? `${plural}.${group}` : plural);
const details = ({ group, plural }: Named, name: string) => ({
  name,
  ...(group ? { group } : {}),
  kind: plural,
});

export const notFound = (type: Named, name: string): KubernetesError =>
  new KubernetesError(
    404,
    'NotFound',
    `${resource(type)} "${name}" not found`,
    details(type, name),
  );

export const unknownPath = (): KubernetesError =>
  new KubernetesError(404, 'NotFound', 'the server could not find the requested resource', {});

export const alreadyExists = (type: Named, name: string): KubernetesError =>
  new KubernetesError(
    409,
    'AlreadyExists',
    `${resource(type)} "${name}" already exists`,
    details(type, name),
  );

export const conflict = (type: Named, name: string, why: string): KubernetesError =>
  new KubernetesError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resource(type)} "${name}": ${why}`,
    details(type, name),
  );

export const badRequest = (message: string): KubernetesError =>
  new KubernetesError(400, 'BadRequest', message);

export const unauthorized = (): KubernetesError =>
  new KubernetesError(401, 'Unauthorized', 'Unauthorized');

export const forbidden = (type: Named, name: string, why: string): KubernetesError =>
  new KubernetesError(
    403,
    'Forbidden',
    `${resource(type)}${name ? ` "${name}"` : ''} is forbidden: ${why}`,
    details(type, name),
  );

export const unsupportedMediaType = (supported: readonly string[]): KubernetesError =>
  new KubernetesError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
    {},
  );

export const notImplemented = (what: string): KubernetesError =>
  new KubernetesError(501, 'NotImplemented', `the local Kubernetes API does not do ${what}`, {});

/** One or several fields have values that validation refuses. */
export const invalid = (type: Named, name: string, causes: readonly Cause[]): KubernetesError => {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const kind = type.group ? `${type.kind}.${type.group}` : type.kind;
  return new KubernetesError(422, 'Invalid', `${kind} "${name}" is invalid: ${text}`, {
    ...details(type, name),
    kind: type.kind,
    causes,
  });
};

/** Another manager owns what an apply wants to change. */
export const applyConflict = (
  conflicts: readonly { manager: string; apiVersion: string; operation: string; field: string }[],
): KubernetesError => {
  const words = conflicts.map(({ manager, apiVersion, operation, field }) => {
    const using = operation === 'Update' ? ` using ${apiVersion}` : '';
    return { with: `conflict with "${manager}"${using}`, field };
  });
  const noun = words.length === 1 ? '1 conflict' : `${words.length} conflicts`;
  return new KubernetesError(
    409,
    'Conflict',
    `Apply failed with ${noun}: ${words.map((word) => `${word.with}: ${word.field}`).join('\n')}`,
    {
      causes: words.map((word) => ({
        reason: 'FieldManagerConflict',
        message: word.with,
        field: word.field,
      })),
    },
  );
};
