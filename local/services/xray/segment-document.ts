import { type AnnotationValue, outcomeOf, type Segment } from './trace.ts';

/** A segment document that can't be used; the message says why. */
export class DocumentError extends Error {
  readonly id: string | undefined;

  constructor(id: string | undefined, message: string) {
    super(message);
    this.id = id;
  }
}

interface Read {
  readonly traceId: string;
  readonly segments: readonly Segment[];
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const annotationsOf = (value: unknown): Record<string, AnnotationValue> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).filter(
      (entry): entry is [string, AnnotationValue] =>
        ['string', 'number', 'boolean'].includes(typeof entry[1]),
    ),
  );

/** Subsegments lend their annotations to the service; those of a remote call are that service's own entry. */
const withSubsegments = (fields: Fields, segment: Segment): Segment[] => {
  let annotations = segment.annotations;
  const remote: Segment[] = [];
  for (const sub of Array.isArray(fields['subsegments']) ? fields['subsegments'] : []) {
    if (!isObject(sub)) continue;
    const [inner, ...further] = segmentsOf(sub, segment);
    if (!inner) continue;
    annotations = { ...annotations, ...inner.annotations };
    const { namespace } = sub;
    if (namespace === 'remote' || namespace === 'aws') remote.push(inner);
    remote.push(...further);
  }
  return [{ ...segment, annotations }, ...remote];
};

const segmentsOf = (fields: Fields, parent: Segment | undefined): Segment[] => {
  const id = text(fields['id']);
  const name = text(fields['name']);
  const startTime = number(fields['start_time']);
  const endTime = number(fields['end_time']);
  if (!id || !/^[0-9a-f]{16}$/.test(id)) {
    throw new DocumentError(id, 'Missing or invalid id: 16 hexadecimal digits are needed');
  }
  if (!name || startTime === undefined) {
    throw new DocumentError(id, 'Missing name or start_time');
  }
  if (endTime === undefined && fields['in_progress'] !== true && parent === undefined) {
    throw new DocumentError(id, 'Missing end_time or in_progress');
  }
  const http = isObject(fields['http']) ? fields['http'] : {};
  const request = isObject(http['request']) ? http['request'] : {};
  const response = isObject(http['response']) ? http['response'] : {};
  const status = number(response['status']);
  const byStatus = outcomeOf(status);
  return withSubsegments(fields, {
    id,
    parentId: text(fields['parent_id']) ?? parent?.id,
    name,
    origin: text(fields['origin']),
    startTime: startTime * 1_000,
    duration: endTime === undefined ? undefined : (endTime - startTime) * 1_000,
    fault: fields['fault'] === true || byStatus.fault,
    error: fields['error'] === true || byStatus.error,
    throttle: fields['throttle'] === true || byStatus.throttle,
    http: { method: text(request['method']), url: text(request['url']), status },
    annotations: annotationsOf(fields['annotations']),
  });
};

/** Reads a segment document of PutTraceSegments. */
export const readDocument = (document: string): Read => {
  let fields: unknown;
  try {
    fields = JSON.parse(document);
  } catch {
    throw new DocumentError(undefined, 'The segment document is not JSON');
  }
  if (!isObject(fields)) throw new DocumentError(undefined, 'The segment document is no object');
  const traceId = text(fields['trace_id']);
  if (!traceId || !/^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(traceId)) {
    throw new DocumentError(text(fields['id']), 'Missing or invalid trace_id');
  }
  return { traceId, segments: segmentsOf(fields, undefined) };
};
