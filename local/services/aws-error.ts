/**
 * An error as an AWS service words it. `name` is what callers match on, here, in the SDK and in Step Functions.
 * Modelled members (`reasons`, `item`, …) stand in `members` and appear on the error itself.
 */
export class AwsError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(
    name: string,
    message: string,
    options: { status?: number; members?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = name;
    const status = options.status ?? 400;
    this.$fault = status >= 500 ? 'server' : 'client';
    this.$metadata = { httpStatusCode: status };
    Object.assign(this, options.members);
  }
}

/** What the local cloud does not do is said, never silently accepted. */
export const notImplemented = (service: string, operation: string): AwsError =>
  new AwsError('NotImplemented', `the local cloud does not do ${service}:${operation}`, {
    status: 501,
  });
