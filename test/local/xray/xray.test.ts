import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { cloudwatchModule } from '../../../local/services/cloudwatch/module.ts';
import type { Place } from '../../../local/services/service.ts';
import {
  type TraceRecord,
  type XRayService,
  xrayModule,
} from '../../../local/services/xray/module.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const place: Place = { account: '111111111111', region: 'eu-west-1' };
const context = { ...place, principal: operatorOf(place.account) };

let clock: VirtualClock;
let cloud: Cloud;
let xray: XRayService;
beforeEach(() => {
  clock = new VirtualClock(START);
  cloud = new Cloud({ clock, seed: 1, modules: [xrayModule, cloudwatchModule] });
  xray = cloud.service<XRayService>('xray', place);
});

// biome-ignore lint/suspicious/noExplicitAny: tests look at many different answers
const call = (operation: string, input: object = {}): Promise<any> =>
  cloud.call('xray', operation, input, context);

const range = (minutes = 10) => ({
  StartTime: new Date(START),
  EndTime: new Date(START + minutes * MINUTE),
});

const trace = (more: Partial<TraceRecord> = {}): void =>
  xray.trace({
    service: 'api',
    annotations: { color: 'green' },
    responseTimeSeconds: 0.1,
    http: { method: 'GET', url: 'http://api.example/x', status: 200 },
    ...more,
  });

const http = (status: number) => ({ method: 'GET', url: 'http://api.example/x', status });

const group = async (GroupName: string, FilterExpression: string) =>
  (await call('CreateGroup', { GroupName, FilterExpression })).Group;

describe('xray: statistics', () => {
  test('of a service in a group, per minute, with a histogram', async () => {
    await group('green', 'service("api") { annotation[color] = "green" }');
    trace({ count: 8 });
    trace({ count: 2, responseTimeSeconds: 0.25, http: http(503) });
    trace({ annotations: { color: 'blue' }, http: http(500), count: 50 });
    await clock.advance(MINUTE);
    trace({ http: http(429) });
    trace({ http: http(404) });
    const input = { ...range(), GroupName: 'green', EntitySelectorExpression: 'service("api")' };
    const answer = await call('GetTimeSeriesServiceStatistics', input);
    expect(answer).toEqual({
      ContainsOldGroupVersions: false,
      TimeSeriesServiceStatistics: [
        {
          Timestamp: new Date(START),
          ServiceSummaryStatistics: {
            OkCount: 8,
            ErrorStatistics: { ThrottleCount: 0, OtherCount: 0, TotalCount: 0 },
            FaultStatistics: { OtherCount: 2, TotalCount: 2 },
            TotalCount: 10,
            TotalResponseTime: expect.closeTo(1.3),
          },
          ResponseTimeHistogram: [
            { Value: 0.1, Count: 8 },
            { Value: 0.25, Count: 2 },
          ],
        },
        {
          Timestamp: new Date(START + MINUTE),
          ServiceSummaryStatistics: {
            OkCount: 0,
            ErrorStatistics: { ThrottleCount: 1, OtherCount: 1, TotalCount: 2 },
            FaultStatistics: { OtherCount: 0, TotalCount: 0 },
            TotalCount: 2,
            TotalResponseTime: expect.closeTo(0.2),
          },
          ResponseTimeHistogram: [{ Value: 0.1, Count: 2 }],
        },
      ],
    });
  });

  test('without a selector they are of all edges, downstream services included', async () => {
    await call('PutTraceSegments', {
      TraceSegmentDocuments: [segment('api', 'a'), segment('store', 'b', { parent_id: id('a') })],
    });
    const [edges] = (await call('GetTimeSeriesServiceStatistics', range()))
      .TimeSeriesServiceStatistics;
    expect(edges.ServiceSummaryStatistics).toBeUndefined();
    expect(edges.EdgeSummaryStatistics.TotalCount).toBe(2);
    const over = async (EntitySelectorExpression: string) =>
      (await call('GetTimeSeriesServiceStatistics', { ...range(), EntitySelectorExpression }))
        .TimeSeriesServiceStatistics[0]?.EdgeSummaryStatistics.TotalCount;
    expect(await over('edge("api", "store")')).toBe(1);
    expect(await over('edge("store", "api")')).toBeUndefined();
  });

  test.each([
    [{ EndTime: new Date(START) }, 'InvalidRequestException'],
    [{ EndTime: new Date(START + 7 * 60 * MINUTE) }, 'InvalidRequestException'],
    [{ Period: 30 }, 'InvalidRequestException'],
    [{ GroupName: 'absent' }, 'InvalidRequestException'],
    [{ EntitySelectorExpression: 'fault' }, 'InvalidRequestException'],
    [{ ForecastStatistics: true }, 'NotImplemented'],
  ])('refuses %j', async (more, name) => {
    await expect(
      call('GetTimeSeriesServiceStatistics', { ...range(), ...more }),
    ).rejects.toMatchObject({ name });
  });

  test('traces older than they are kept are gone', async () => {
    trace();
    await clock.advance(8 * 60 * MINUTE);
    trace();
    const { TraceSummaries } = await call('GetTraceSummaries', range(9 * 60));
    expect(TraceSummaries).toHaveLength(1);
  });
});

const id = (letter: string): string => letter.repeat(16);

const segment = (name: string, letter: string, more: object = {}): string =>
  JSON.stringify({
    trace_id: `1-${(START / 1_000).toString(16)}-${'0'.repeat(24)}`,
    id: id(letter),
    name,
    start_time: START / 1_000,
    end_time: START / 1_000 + 0.5,
    ...more,
  });

describe('xray: groups', () => {
  test('a changed filter applies to later traces only', async () => {
    await group('g', 'annotation.color = "green"');
    trace();
    trace({ annotations: { color: 'blue' } });
    await clock.advance(MINUTE);
    await call('UpdateGroup', { GroupName: 'g', FilterExpression: 'annotation.color = "blue"' });
    trace({ annotations: { color: 'blue' }, count: 3 });
    const answer = await call('GetTimeSeriesServiceStatistics', { ...range(), GroupName: 'g' });
    expect(
      answer.TimeSeriesServiceStatistics.map(
        (one: { EdgeSummaryStatistics: { TotalCount: number } }) =>
          one.EdgeSummaryStatistics.TotalCount,
      ),
    ).toEqual([1, 3]);
    expect(answer.ContainsOldGroupVersions).toBe(true);
  });

  test('each minute CloudWatch gets the count of each group', async () => {
    await group('faults', 'fault');
    trace({ count: 7 });
    trace({ count: 3, http: http(500) });
    await clock.advance(MINUTE);
    const count = async (Value: string) =>
      (
        await cloud.call<{ Datapoints: { Sum: number }[] }>(
          'cloudwatch',
          'GetMetricStatistics',
          {
            Namespace: 'AWS/X-Ray',
            MetricName: 'ApproximateTraceCount',
            Dimensions: [{ Name: 'GroupName', Value }],
            ...range(),
            Period: 60,
            Statistics: ['Sum'],
          },
          context,
        )
      ).Datapoints.map(({ Sum }) => Sum);
    expect(await count('faults')).toEqual([3]);
    expect(await count('Default')).toEqual([10]);
    await clock.advance(10 * MINUTE);
    expect(clock.pending).toBe(0);
  });

  test('are made, listed, found by ARN and deleted', async () => {
    const { GroupARN } = await group('g', 'ok');
    expect(GroupARN).toMatch(/^arn:aws:xray:eu-west-1:111111111111:group\/g\/[A-Z0-9]{52}$/);
    const { Groups } = await call('GetGroups');
    expect(Groups.map(({ GroupName }: { GroupName: string }) => GroupName)).toEqual([
      'Default',
      'g',
    ]);
    expect((await call('GetGroup', { GroupARN })).Group.FilterExpression).toBe('ok');
    await expect(group('g', 'ok')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(group('x'.repeat(33), 'ok')).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    await call('DeleteGroup', { GroupARN });
    await expect(call('GetGroup', { GroupName: 'g' })).rejects.toMatchObject({
      message: 'Group g not found',
    });
  });
});

describe('xray: filter expressions', () => {
  beforeEach(() => {
    trace({ http: { method: 'GET', url: 'http://a.example/1', status: 200 } });
    trace({
      service: 'shop',
      annotations: { color: 'blue', 'release.number': 7, beta: true },
      responseTimeSeconds: 2,
      http: { method: 'POST', url: 'http://b.example/2', status: 503 },
    });
  });

  test.each([
    ['ok', ['api']],
    ['fault', ['shop']],
    ['fault = false', ['api']],
    ['!fault AND NOT error', ['api']],
    ['fault OR ok', ['api', 'shop']],
    ['responsetime > 1.5', ['shop']],
    ['duration <= 0.5', ['api']],
    ['http.status != 200', ['shop']],
    ['http.url CONTAINS "a.example"', ['api']],
    ['http.url BEGINSWITH "http://b" && http.url ENDSWITH "2"', ['shop']],
    ['http.method = "POST"', ['shop']],
    ['annotation.color = "green"', ['api']],
    ['annotation[release.number] >= 7', ['shop']],
    ['annotation.beta', ['shop']],
    ['annotation.beta = true', ['shop']],
    ['service("shop")', ['shop']],
    ['service("shop") { annotation.color = "green" }', []],
    ['service("shop") { fault AND annotation[color] = "blue" }', ['shop']],
    ['service() { ok }', ['api']],
    ['(ok OR fault) AND annotation.color = "blue"', ['shop']],
    ['ok OR fault AND annotation.color = "green"', ['api']],
  ])('%s', async (FilterExpression, expected) => {
    const { TraceSummaries } = await call('GetTraceSummaries', { ...range(), FilterExpression });
    expect(
      TraceSummaries.map((one: { EntryPoint: { Name: string } }) => one.EntryPoint.Name),
    ).toEqual(expected);
  });

  test.each([
    ['service("x"', 'InvalidRequestException'],
    ['ok AND', 'InvalidRequestException'],
    ['annotation.x = ', 'InvalidRequestException'],
    ['ok ok', 'InvalidRequestException'],
    ['# ok', 'InvalidRequestException'],
    ['user = "me"', 'NotImplemented'],
  ])('refuses %s', async (FilterExpression, name) => {
    await expect(call('GetTraceSummaries', { ...range(), FilterExpression })).rejects.toMatchObject(
      { name },
    );
  });
});

describe('xray: trace summaries', () => {
  test('one per request, with what is known of it', async () => {
    trace({ count: 2, http: http(503) });
    const { TraceSummaries, TracesProcessedCount } = await call('GetTraceSummaries', range());
    expect(TracesProcessedCount).toBe(2);
    expect(new Set(TraceSummaries.map(({ Id }: { Id: string }) => Id)).size).toBe(2);
    expect(TraceSummaries[0]).toEqual({
      Id: expect.stringMatching(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      StartTime: new Date(START - 100),
      Duration: 0.1,
      ResponseTime: 0.1,
      HasFault: true,
      HasError: false,
      HasThrottle: false,
      IsPartial: false,
      Http: { HttpURL: 'http://api.example/x', HttpStatus: 503, HttpMethod: 'GET' },
      Annotations: {
        color: [
          {
            AnnotationValue: { StringValue: 'green' },
            ServiceIds: [{ Name: 'api', Names: ['api'], AccountId: place.account }],
          },
        ],
      },
      ServiceIds: [{ Name: 'api', Names: ['api'], AccountId: place.account }],
      EntryPoint: { Name: 'api', Names: ['api'], AccountId: place.account },
      Revision: 1,
    });
  });

  test('pages', async () => {
    trace({ count: 1_500 });
    const first = await call('GetTraceSummaries', range());
    const second = await call('GetTraceSummaries', { ...range(), NextToken: first.NextToken });
    expect([first.TraceSummaries.length, second.TraceSummaries.length, second.NextToken]).toEqual([
      1_000,
      500,
      undefined,
    ]);
  });
});

describe('xray: segment documents', () => {
  test('of one trace belong together; a finished one replaces its beginning', async () => {
    await call('PutTraceSegments', {
      TraceSegmentDocuments: [segment('api', 'a', { end_time: undefined, in_progress: true })],
    });
    const summaries = async () => (await call('GetTraceSummaries', range())).TraceSummaries;
    expect(await summaries()).toMatchObject([{ IsPartial: true, Revision: 1 }]);
    await call('PutTraceSegments', {
      TraceSegmentDocuments: [
        segment('api', 'a', {
          http: { response: { status: 500 } },
          subsegments: [
            { id: id('c'), name: 'work', start_time: START / 1_000, annotations: { step: 1 } },
          ],
        }),
        segment('store', 'b', { parent_id: id('a') }),
      ],
    });
    expect(await summaries()).toMatchObject([
      { IsPartial: false, HasFault: true, Revision: 2, Annotations: { step: [{}] } },
    ]);
  });

  test('a trace joins a group when a later segment matches', async () => {
    await group('faults', 'fault');
    const count = async () =>
      (await call('GetTimeSeriesServiceStatistics', { ...range(), GroupName: 'faults' }))
        .TimeSeriesServiceStatistics.length;
    await call('PutTraceSegments', { TraceSegmentDocuments: [segment('api', 'a')] });
    expect(await count()).toBe(0);
    await call('PutTraceSegments', {
      TraceSegmentDocuments: [segment('store', 'b', { parent_id: id('a'), fault: true })],
    });
    expect(await count()).toBe(1);
  });

  test('make the service graph', async () => {
    await call('PutTraceSegments', {
      TraceSegmentDocuments: [
        segment('api', 'a', { origin: 'AWS::EKS::Container' }),
        segment('store', 'b', { parent_id: id('a'), fault: true }),
      ],
    });
    const { Services } = await call('GetServiceGraph', range());
    const find = (name: string, type?: string) =>
      Services.find(
        (one: { Name: string; Type?: string }) =>
          one.Name === name && (type === undefined || one.Type === type),
      );
    const store = find('store');
    expect(store.SummaryStatistics.FaultStatistics.TotalCount).toBe(1);
    expect(find('api', 'AWS::EKS::Container')).toMatchObject({
      Root: true,
      Edges: [{ ReferenceId: store.ReferenceId, SummaryStatistics: { TotalCount: 1 } }],
    });
    expect(find('api', 'client').Edges).toMatchObject([
      { ReferenceId: find('api', 'AWS::EKS::Container').ReferenceId },
    ]);
  });

  test.each([
    ['{', 'The segment document is not JSON'],
    [segment('api', 'x'), 'Missing or invalid id: 16 hexadecimal digits are needed'],
    [segment('api', 'a', { trace_id: '1' }), 'Missing or invalid trace_id'],
    [segment('api', 'a', { end_time: undefined }), 'Missing end_time or in_progress'],
  ])('what cannot be read is named: %s', async (document, Message) => {
    const { UnprocessedTraceSegments } = await call('PutTraceSegments', {
      TraceSegmentDocuments: [document, segment('api', 'a')],
    });
    expect(UnprocessedTraceSegments).toMatchObject([{ Message }]);
    expect((await call('GetTraceSummaries', range())).TraceSummaries).toHaveLength(1);
  });
});

describe('xray: sampling', () => {
  const rule = (more: object = {}) => ({
    SamplingRule: {
      RuleName: 'all',
      Priority: 1,
      FixedRate: 1,
      ReservoirSize: 0,
      ResourceARN: '*',
      ServiceName: 'api*',
      ServiceType: '*',
      Host: '*',
      HTTPMethod: '*',
      URLPath: '*',
      Version: 1,
      ...more,
    },
  });

  test('by default one a second and 5 % of the others', async () => {
    expect(xray.sample({ service: 'api' }, 1)).toBe(1);
    expect(xray.sample({ service: 'api' }, 100)).toBe(5);
    await clock.advance(1_000);
    expect(xray.sample({ service: 'api' }, 101)).toBe(6);
  });

  test('a rule for all traces of a service, until it is deleted', async () => {
    await call('CreateSamplingRule', rule());
    expect(xray.sample({ service: 'api-1' }, 100)).toBe(100);
    expect(xray.sample({ service: 'shop' }, 1_001)).toBe(51);
    await call('UpdateSamplingRule', { SamplingRuleUpdate: { RuleName: 'all', FixedRate: 0 } });
    expect(xray.sample({ service: 'api-1' }, 100)).toBe(0);
    await call('DeleteSamplingRule', { RuleName: 'all' });
    const { SamplingRuleRecords } = await call('GetSamplingRules');
    expect(
      SamplingRuleRecords.map(
        (one: { SamplingRule: { RuleName: string } }) => one.SamplingRule.RuleName,
      ),
    ).toEqual(['Default']);
  });

  test.each([
    [{ Priority: 0 }, 'InvalidRequestException'],
    [{ FixedRate: 1.5 }, 'InvalidRequestException'],
    [{ RuleName: 'Default' }, 'InvalidRequestException'],
    [{ Attributes: { a: 'b' } }, 'NotImplemented'],
  ])('refuses %j', async (more, name) => {
    await expect(call('CreateSamplingRule', rule(more))).rejects.toMatchObject({ name });
  });
});

describe('xray: resources', () => {
  test('a group keeps its ARN when its filter changes', async () => {
    const provider = cloud.provider('AWS::XRay::Group');
    const at = {
      ...place,
      stackName: 'stack',
      stackId: 'arn:stack',
      logicalId: 'Group',
      cloud,
      principal: { arn: 'cloudformation.amazonaws.com', account: place.account },
    };
    const properties = { GroupName: 'g', FilterExpression: 'ok' };
    const made = await provider?.create(properties, at);
    if (!made) throw new Error('AWS::XRay::Group has no provider');
    expect(made.attributes['GroupARN']).toBe(made.physicalId);
    const changed = await provider?.update?.(
      { ...properties, FilterExpression: 'fault' },
      { ...made, properties },
      at,
    );
    expect(changed?.physicalId).toBe(made.physicalId);
    expect((await call('GetGroup', { GroupName: 'g' })).Group.FilterExpression).toBe('fault');
    await provider?.remove?.({ ...made, properties }, at);
    expect((await call('GetGroups')).Groups).toHaveLength(1);
  });
});
