import { AwsError } from '../services/aws-error.ts';
import type { OperationModel, ServiceModel } from './service-model.ts';

/** A request as it came, its body read. */
export interface WireRequest {
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An error on its way out. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly status: number;
  readonly fault: 'client' | 'server';
  /** Modelled members, beside the message. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** How a request of one protocol is read and answered. */
export interface Protocol {
  read(request: WireRequest, model: ServiceModel): { operation: OperationModel; input: unknown };
  write(
    operation: OperationModel,
    output: unknown,
    model: ServiceModel,
    requestId: string,
  ): WireResponse;
  /** `model` is missing where the request did not get that far. */
  fail(error: WireError, model: ServiceModel | undefined, requestId: string): WireResponse;
}

export const textOf = (body: Uint8Array): string => new TextDecoder().decode(body);

/** The request is not what the operation's schema says. */
export const serializationError = (message: string): AwsError =>
  new AwsError('SerializationException', message);

/** Brackets deeper than this are no request of an SDK. */
export const DEEPEST = 64;

/** Parses JSON that is not deeper than allowed. */
export const parseJson = (text: string): unknown => {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted) {
      if (character === '\\') index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > DEEPEST) {
      throw serializationError(
        `the body is nested deeper than ${DEEPEST}; no operation takes that`,
      );
    }
  }
  try {
    return JSON.parse(text);
  } catch {
    throw serializationError('the body is not JSON');
  }
};

/** What leaves as an error: AWS's own as they are, our own bugs without their inside. */
export const asWireError = (error: unknown): WireError => {
  if (!(error instanceof AwsError)) {
    return {
      name: 'InternalFailure',
      message: 'The local cloud failed to process the request; its output says why.',
      status: 500,
      fault: 'server',
      members: {},
    };
  }
  const { $fault, $metadata, ...members } = error;
  return {
    name: error.name,
    message: error.message,
    status: $metadata.httpStatusCode,
    fault: $fault,
    members,
  };
};
