import type {
  CreateGroupRequest,
  GetGroupRequest,
  GetServiceGraphRequest,
  GetTimeSeriesServiceStatisticsRequest,
  GetTraceSummariesRequest,
  SamplingRule,
  SamplingRuleUpdate,
  UnprocessedTraceSegment,
  UpdateGroupRequest,
} from '@aws-sdk/client-xray';
import type { CloudContext, Operation, Place, Service } from '../service.ts';
import { Groups } from './groups.ts';
import { type Candidate, SamplingRules } from './sampling-rules.ts';
import { DocumentError, readDocument } from './segment-document.ts';
import { serviceGraph, timeSeriesStatistics } from './service-statistics.ts';
import type { TraceRecord } from './trace.ts';
import { TraceStore } from './trace-store.ts';
import { traceSummaries } from './trace-summaries.ts';

/** How the local X-Ray behaves; may be changed at any time. */
export interface XRaySettings {
  /** How long traces are kept, in milliseconds: statistics go back six hours. */
  keepMs: number;
}

/** X-Ray of one place, with what the data plane uses directly. */
export interface XRayService extends Service {
  readonly settings: XRaySettings;
  /** Takes in requests that were sampled. */
  trace(record: TraceRecord): void;
  /** How many of `count` requests of one kind are to be traced, by the sampling rules. */
  sample(candidate: Candidate, count: number): number;
}

interface RuleReference {
  readonly RuleName?: string;
  readonly RuleARN?: string;
}

const putSegments = (store: TraceStore, documents: readonly string[]) => {
  const refused: UnprocessedTraceSegment[] = [];
  for (const document of documents) {
    try {
      const { traceId, segments } = readDocument(document);
      store.extend(traceId, segments);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      refused.push({ Id: error.id, ErrorCode: 'InvalidSegment', Message: error.message });
    }
  }
  return { UnprocessedTraceSegments: refused };
};

const groupOperations = (groups: Groups): Record<string, Operation> => ({
  CreateGroup: (input: CreateGroupRequest) => ({ Group: groups.create(input) }),
  GetGroup: (input: GetGroupRequest) => ({ Group: groups.describe(input) }),
  GetGroups: () => ({ Groups: groups.list() }),
  UpdateGroup: (input: UpdateGroupRequest) => ({ Group: groups.update(input) }),
  DeleteGroup: (input: GetGroupRequest) => {
    groups.remove(input);
    return {};
  },
});

const samplingOperations = (rules: SamplingRules): Record<string, Operation> => ({
  CreateSamplingRule: (input: { SamplingRule?: SamplingRule }) => ({
    SamplingRuleRecord: rules.create(input.SamplingRule),
  }),
  UpdateSamplingRule: (input: { SamplingRuleUpdate?: SamplingRuleUpdate }) => ({
    SamplingRuleRecord: rules.update(input.SamplingRuleUpdate),
  }),
  DeleteSamplingRule: ({ RuleName, RuleARN }: RuleReference) => ({
    SamplingRuleRecord: rules.remove(RuleName, RuleARN),
  }),
  GetSamplingRules: () => ({ SamplingRuleRecords: rules.list() }),
});

/** Makes X-Ray of one place. */
export const createXRay = (cloud: CloudContext, place: Place): XRayService => {
  const settings: XRaySettings = { keepMs: 6 * 60 * 60_000 };
  const groups = new Groups(cloud, place);
  const rules = new SamplingRules(cloud, place);
  const store = new TraceStore(cloud, place, groups, () => settings.keepMs);
  return {
    settings,
    trace: (record) => store.record(record),
    sample: (candidate, count) => rules.sample(candidate, count),
    operations: {
      PutTraceSegments: (input: { TraceSegmentDocuments?: string[] }) =>
        putSegments(store, input.TraceSegmentDocuments ?? []),
      GetTimeSeriesServiceStatistics: (input: GetTimeSeriesServiceStatisticsRequest) =>
        timeSeriesStatistics(input, store, groups),
      GetServiceGraph: (input: GetServiceGraphRequest) =>
        serviceGraph(input, store, groups, place.account),
      GetTraceSummaries: (input: GetTraceSummariesRequest) =>
        traceSummaries(input, store, place.account, cloud.clock.now()),
      ...groupOperations(groups),
      ...samplingOperations(rules),
    },
  };
};
