/** A value that can be searched for. */
export type AnnotationValue = string | number | boolean;

/** What one service did for a request. */
export interface Segment {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly name: string;
  /** What runs the service (`AWS::EKS::Container`), if it said so. */
  readonly origin?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** Milliseconds; absent while in progress. */
  readonly duration?: number | undefined;
  readonly fault: boolean;
  readonly error: boolean;
  readonly throttle: boolean;
  readonly http: {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly status?: number | undefined;
  };
  readonly annotations: Readonly<Record<string, AnnotationValue>>;
}

/** All that is known of a request; `count` requests that went exactly alike are kept as one. */
export interface Trace {
  /** When X-Ray took in its first segment, milliseconds since the epoch. */
  readonly at: number;
  readonly count: number;
  segments: readonly Segment[];
  /** The ids of the groups whose filters matched when it came in. */
  readonly groups: Set<string>;
  /** One id per request; made when first asked for. */
  ids: string[];
}

/** What the data plane tells X-Ray of requests that it sampled. */
export interface TraceRecord {
  readonly service: string;
  readonly annotations?: Readonly<Record<string, AnnotationValue>>;
  readonly responseTimeSeconds: number;
  readonly http?: {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly status?: number | undefined;
  };
  /** How many requests went exactly so; 1 unless told. */
  readonly count?: number;
  /** Milliseconds since the epoch of the request's end; now unless told. */
  readonly at?: number;
  /** Unless told, by the status: 5xx is a fault, 4xx an error, 429 also a throttle. */
  readonly fault?: boolean;
  readonly error?: boolean;
  readonly throttle?: boolean;
}

/** What a status says of a request. */
export const outcomeOf = (
  status: number | undefined,
): Pick<Segment, 'fault' | 'error' | 'throttle'> => ({
  fault: status !== undefined && status >= 500,
  error: status !== undefined && status >= 400 && status < 500,
  throttle: status === 429,
});

/** The segment that no other segment of the trace called. */
export const rootOf = ({ segments }: Trace): Segment | undefined =>
  segments.find(
    ({ parentId }) => parentId === undefined || !segments.some(({ id }) => id === parentId),
  );
