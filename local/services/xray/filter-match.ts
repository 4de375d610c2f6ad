import type { Filter, Keyword, Subject } from './filter-parser.ts';
import { type AnnotationValue, rootOf, type Segment, type Trace } from './trace.ts';

type Known = AnnotationValue | undefined;

const compare = (operator: string, left: Known, right: AnnotationValue): boolean => {
  if (left === undefined) return false;
  switch (operator) {
    case 'EXISTS':
      return true;
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case 'CONTAINS':
      return String(left).includes(String(right));
    case 'BEGINSWITH':
      return String(left).startsWith(String(right));
    case 'ENDSWITH':
      return String(left).endsWith(String(right));
    default:
      return typeof left === 'number' && typeof right === 'number' && order(operator, left, right);
  }
};

const order = (operator: string, left: number, right: number): boolean => {
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
};

/** The seconds from the first start to the last end. */
export const durationOf = ({ segments }: Trace): number => {
  const starts = segments.map(({ startTime }) => startTime);
  const ends = segments.map(({ startTime, duration }) => startTime + (duration ?? 0));
  return (Math.max(...ends) - Math.min(...starts)) / 1_000;
};

const segmentValue = (keyword: Keyword, segment: Segment): Known => {
  switch (keyword) {
    case 'ok':
      return !segment.fault && !segment.error;
    case 'fault':
    case 'error':
    case 'throttle':
      return segment[keyword];
    case 'partial':
      return segment.duration === undefined;
    case 'responsetime':
    case 'duration':
      return segment.duration === undefined ? undefined : segment.duration / 1_000;
    case 'http.status':
      return segment.http.status;
    case 'http.url':
      return segment.http.url;
    case 'http.method':
      return segment.http.method;
  }
};

const FLAGS: readonly Keyword[] = ['fault', 'error', 'throttle', 'partial'];

const traceValue = (keyword: Keyword, trace: Trace): Known => {
  if (keyword === 'ok') return trace.segments.every(({ fault, error }) => !fault && !error);
  if (FLAGS.includes(keyword)) {
    return trace.segments.some((segment) => segmentValue(keyword, segment) === true);
  }
  if (keyword === 'duration') return durationOf(trace);
  const root = rootOf(trace);
  return root && segmentValue(keyword, root);
};

const onSegment = (subject: Subject, segment: Segment): Known =>
  subject.kind === 'annotation'
    ? segment.annotations[subject.key]
    : segmentValue(subject.name, segment);

const onTrace = (subject: Subject, trace: Trace): Known[] =>
  subject.kind === 'annotation'
    ? trace.segments.map(({ annotations }) => annotations[subject.key])
    : [traceValue(subject.name, trace)];

const matchesSegment = (filter: Filter, segment: Segment): boolean => {
  switch (filter.kind) {
    case 'and':
      return matchesSegment(filter.left, segment) && matchesSegment(filter.right, segment);
    case 'or':
      return matchesSegment(filter.left, segment) || matchesSegment(filter.right, segment);
    case 'not':
      return !matchesSegment(filter.operand, segment);
    case 'compare':
      return compare(filter.operator, onSegment(filter.subject, segment), filter.value);
    case 'service':
      return (
        (filter.name === undefined || filter.name === segment.name) &&
        (filter.inner === undefined || matchesSegment(filter.inner, segment))
      );
    case 'edge':
      return false;
  }
};

/** Who called a segment: another segment's service, or a client from outside. */
export const callerOf = (segment: Segment, { segments }: Trace): Segment | undefined =>
  segments.find(({ id }) => id === segment.parentId);

/** Whether a trace is one that a filter asks for. */
export const matches = (filter: Filter, trace: Trace): boolean => {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, trace) && matches(filter.right, trace);
    case 'or':
      return matches(filter.left, trace) || matches(filter.right, trace);
    case 'not':
      return !matches(filter.operand, trace);
    case 'compare':
      return onTrace(filter.subject, trace).some((value) =>
        compare(filter.operator, value, filter.value),
      );
    case 'service':
      return trace.segments.some((segment) => matchesSegment(filter, segment));
    case 'edge':
      return trace.segments.some((segment) => {
        const caller = callerOf(segment, trace);
        return (
          caller !== undefined &&
          (filter.source === undefined || caller.name === filter.source) &&
          (filter.destination === undefined || segment.name === filter.destination) &&
          (filter.inner === undefined || matchesSegment(filter.inner, segment))
        );
      });
  }
};
