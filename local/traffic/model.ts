import type { ImageConfig } from './workload-runtime.ts';

/** How a server answers at one time of its life. */
export interface Behaviour {
  readonly ready: boolean;
  readonly errorRatio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The share of requests that take `slowMs`. */
  readonly slowRatio: number;
  readonly slowMs: number;
}

export interface Phase {
  readonly afterSeconds: number;
  readonly afterRequests: number;
  readonly behaviour: Behaviour;
}

/** How an image behaves when it runs. */
export interface Model {
  readonly startSeconds: number;
  readonly stopSeconds: number;
  readonly crashSeconds: number | undefined;
  /** For containers that run to their end. */
  readonly runSeconds: number;
  readonly exitCode: number;
  /** In order; the last one whose time and requests have come holds. */
  readonly phases: readonly Phase[];
}

/** The label of an image's configuration that carries its model. */
export const modelLabel = 'org.example.model';

const healthy: Behaviour = {
  ready: true,
  errorRatio: 0,
  p50Ms: 20,
  p99Ms: 80,
  slowRatio: 0,
  slowMs: 1500,
};

/** The label holds what it should not. */
export class ModelLabelError extends Error {
  override readonly name = 'ModelLabelError';
}

const keys = [
  'start',
  'stop',
  'crash',
  'run',
  'exit',
  'ready',
  'errors',
  'p50',
  'p99',
  'slow',
  'slowMs',
  'afterSeconds',
  'afterRequests',
];

/**
 * Reads `org.example.model`: phases apart by `;`, each `key:value` apart by `,`, a later phase building on the
 * one before: `p50:20,p99:60; afterRequests:200,slow:0.2,slowMs:1500`. Without the label: a healthy server.
 */
export const modelOf = (config: ImageConfig): Model => {
  const label = config.config?.Labels?.[modelLabel] ?? '';
  const parts = label.split(';').map(fields);
  const first = parts[0] ?? new Map<string, string>();
  const number = (key: string, otherwise: number) => Number(first.get(key) ?? otherwise);
  let behaviour = healthy;
  return {
    startSeconds: number('start', 3),
    stopSeconds: number('stop', 1),
    crashSeconds: first.has('crash') ? number('crash', 0) : undefined,
    runSeconds: number('run', 5),
    exitCode: number('exit', 0),
    phases: parts.map((part) => {
      behaviour = withFields(behaviour, part);
      return {
        afterSeconds: Number(part.get('afterSeconds') ?? 0),
        afterRequests: Number(part.get('afterRequests') ?? 0),
        behaviour,
      };
    }),
  };
};

const fields = (text: string): Map<string, string> =>
  new Map(
    text
      .split(',')
      .map((field) => field.trim())
      .filter(Boolean)
      .map((field) => {
        const [key = '', value = ''] = field.split(':').map((word) => word.trim());
        const valid =
          key === 'ready' ? ['true', 'false'].includes(value) : value !== '' && Number(value) >= 0;
        if (!keys.includes(key) || !valid) {
          throw new ModelLabelError(
            `image label ${modelLabel} has '${field}'; write key:value with one of ${keys.join(', ')} and a number of at least 0 (ready: true or false)`,
          );
        }
        return [key, value] as const;
      }),
  );

const withFields = (before: Behaviour, part: ReadonlyMap<string, string>): Behaviour => {
  const number = (key: string, otherwise: number) => Number(part.get(key) ?? otherwise);
  return {
    ready: part.has('ready') ? part.get('ready') === 'true' : before.ready,
    errorRatio: number('errors', before.errorRatio),
    p50Ms: number('p50', before.p50Ms),
    p99Ms: number('p99', before.p99Ms),
    slowRatio: number('slow', before.slowRatio),
    slowMs: number('slowMs', before.slowMs),
  };
};

/** What holds after so many requests and seconds. */
export const behaviourAt = (
  model: Model,
  { requests, seconds }: { requests: number; seconds: number },
): Behaviour => {
  let behaviour = model.phases[0]?.behaviour ?? healthy;
  for (const phase of model.phases) {
    if (requests >= phase.afterRequests && seconds >= phase.afterSeconds)
      behaviour = phase.behaviour;
  }
  return behaviour;
};
