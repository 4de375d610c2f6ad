import { NormalizedSchema } from '@smithy/core/schema';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import type { CloudContext, Place, Principal } from './services/service.ts';

/** An SDK command, as far as it is needed: its schema says service and operation. */
export interface SdkCommand {
  readonly input: unknown;
  readonly schema?: unknown;
}

/** Stands where an SDK client stands: `send` is answered inside the process. */
export interface InProcessClient {
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own output
  send(command: SdkCommand): Promise<any>;
  destroy(): void;
}

interface Target {
  readonly service: string;
  readonly operation: string;
  /** Top-level members of the input that are blobs: the SDK takes text there too. */
  readonly blobs: readonly string[];
}

const targets = new WeakMap<object, Target>();

/** `com.amazonaws.ecr` and `PutImage`: what a command's schema calls itself. */
const targetOf = (command: SdkCommand): Target => {
  const { schema } = command;
  if (!Array.isArray(schema) || typeof schema[1] !== 'string' || typeof schema[2] !== 'string') {
    throw new TypeError(
      `${command.constructor?.name ?? 'the command'} carries no schema; use an @aws-sdk client of 2026 or later`,
    );
  }
  const known = targets.get(schema);
  if (known) return known;
  const input = NormalizedSchema.of(typeof schema[4] === 'function' ? schema[4]() : schema[4]);
  const blobs = input.isStructSchema()
    ? [...input.structIterator()]
        .filter(([, member]) => member.isBlobSchema())
        .map(([name]) => name)
    : [];
  const target = {
    service: schema[1].slice(schema[1].lastIndexOf('.') + 1),
    operation: schema[2],
    blobs,
  };
  targets.set(schema, target);
  return target;
};

const withBytes = (input: unknown, blobs: readonly string[]): unknown => {
  if (blobs.length === 0 || typeof input !== 'object' || input === null) return input;
  const copy: Record<string, unknown> = { ...input };
  for (const name of blobs) {
    const value = copy[name];
    if (typeof value === 'string') copy[name] = new TextEncoder().encode(value);
  }
  return copy;
};

const asSdkOutput = (output: unknown): unknown => {
  const answer: Record<string, unknown> = {
    ...(output as object),
    $metadata: { httpStatusCode: 200 },
  };
  for (const [name, value] of Object.entries(answer)) {
    if (value instanceof Uint8Array) answer[name] = Uint8ArrayBlobAdapter.mutate(value);
  }
  return answer;
};

/** Makes a client that calls `cloud` as `principal` in `place`, for any SDK command. */
export const inProcessClient = (
  cloud: CloudContext,
  place: Place,
  principal: Principal,
): InProcessClient => ({
  async send(command) {
    const { service, operation, blobs } = targetOf(command);
    const output = await cloud.call(service, operation, withBytes(command.input, blobs), {
      account: place.account,
      region: place.region,
      principal,
    });
    return asSdkOutput(output);
  },
  destroy() {},
});
