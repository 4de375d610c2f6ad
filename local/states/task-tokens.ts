import type { CloudContext } from '../services/service.ts';
import type { Json } from './json.ts';

/** A task that waits for an answer under its token. */
export interface WaitingTask {
  succeed(output: Json): void;
  fail(error: string | undefined, cause: string | undefined): void;
  heartbeat(): void;
}

const head = 'AQCEAAAAKgAAAAMAAAAA';
const length = 120;

/** The task tokens of a place. A token says of itself that it was once given, so that nothing is kept of ended tasks. */
export class TaskTokens {
  readonly #waiting = new Map<string, WaitingTask>();
  readonly #cloud: CloudContext;

  constructor(cloud: CloudContext) {
    this.#cloud = cloud;
  }

  give(): string {
    return head + this.#cloud.token(length);
  }

  open(token: string, task: WaitingTask): void {
    this.#waiting.set(token, task);
  }

  close(token: string): void {
    this.#waiting.delete(token);
  }

  waiting(token: string): WaitingTask | undefined {
    return this.#waiting.get(token);
  }

  /** Whether the token has the form of one that was given. */
  isGiven(token: string): boolean {
    return token.startsWith(head) && token.length === head.length + length;
  }
}
