import { describe, expect, test } from 'vitest';
import type { ScanPolicy } from '../../functions/domain/release.ts';
import { judgeScan, type ScannedChild, type ScanReading } from '../../functions/domain/scan.ts';

// Goal: only what was scanned and found clean passes; what can't be evaluated fails.

const NOW = Date.UTC(2026, 0, 15, 12);
const ago = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();
const POLICY: ScanPolicy = { failOn: 'HIGH', epssMax: null, exceptions: [] };

const finding = (id: string, severity: string) => ({
  id,
  severity,
  title: null,
  fixAvailable: null,
  open: true,
});
const reading = (status: string | null, findings: ScanReading['findings'] = []): ScanReading => ({
  status,
  description: null,
  findings,
  counts: {},
});
const child = (one: ScanReading, scores: ScannedChild['scores'] = null): ScannedChild => ({
  digest: `sha256:${'a'.repeat(64)}`,
  platform: 'linux/amd64',
  reading: one,
  scores,
});
const LOW = finding('CVE-LOW', 'LOW');
const judge = (
  children: ScannedChild[],
  policy: Partial<ScanPolicy> = {},
  earlier: { since: string; firstCleanAt: string | null } | null = null,
) => judgeScan({ ...POLICY, ...policy }, children, { now: NOW, earlier });

describe('scan gate: status', () => {
  test.each(['COMPLETE', 'ACTIVE'])('%s is evaluated', (status) => {
    expect(judge([child(reading(status, [LOW]))]).verdict).toBe('pass');
    expect(judge([child(reading(status, [finding('CVE-1', 'CRITICAL')]))]).verdict).toBe('fail');
  });

  test.each(['PENDING', 'IN_PROGRESS'])('%s is waited for, up to an hour', (status) => {
    const since = (seconds: number) => ({ since: ago(seconds), firstCleanAt: null });
    expect(judge([child(reading(status))])).toMatchObject({
      verdict: 'inconclusive',
      waitSeconds: 30,
    });
    expect(judge([child(reading(status))], {}, since(3_599)).verdict).toBe('inconclusive');
    expect(judge([child(reading(status))], {}, since(3_600)).verdict).toBe('fail');
  });

  test('no scan is waited for, up to ten minutes', () => {
    const since = (seconds: number) => ({ since: ago(seconds), firstCleanAt: null });
    expect(judge([child(reading(null))]).verdict).toBe('inconclusive');
    expect(judge([child(reading(null))], {}, since(599)).verdict).toBe('inconclusive');
    expect(judge([child(reading(null))], {}, since(600))).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('has no scan yet'),
    });
  });

  test.each([
    'FAILED',
    'UNSUPPORTED_IMAGE',
    'SCAN_ELIGIBILITY_EXPIRED',
    'FINDINGS_UNAVAILABLE',
    'LIMIT_EXCEEDED',
    'IMAGE_ARCHIVED',
    'UNKNOWN',
    'A_STATUS_OF_NEXT_YEAR',
    '',
  ])('%s fails', (status) => {
    expect(judge([child(reading(status, [LOW]))])).toMatchObject({
      verdict: 'fail',
      waitSeconds: 0,
    });
  });

  test('the unknown fails whatever its findings say', () => {
    expect(judge([child(reading('complete'))]).verdict).toBe('fail');
  });
});

describe('scan gate: a complete scan without findings is read twice', () => {
  const empty = [child(reading('COMPLETE'))];
  const earlier = (seconds: number) => ({ since: ago(60), firstCleanAt: ago(seconds) });

  test('the first reading waits', () => {
    expect(judge(empty)).toMatchObject({
      verdict: 'inconclusive',
      waitSeconds: 30,
      firstCleanAt: ago(0),
    });
  });

  test('a second reading is believed after 30 s, not before', () => {
    expect(judge(empty, {}, earlier(29))).toMatchObject({
      verdict: 'inconclusive',
      waitSeconds: 1,
    });
    expect(judge(empty, {}, earlier(30)).verdict).toBe('pass');
  });

  test('a reading in between that was not clean begins it anew', () => {
    const between = judge([child(reading('IN_PROGRESS'))], {}, earlier(20));
    expect(between.firstCleanAt).toBeNull();
    expect(judge(empty, {}, between)).toMatchObject({ verdict: 'inconclusive', waitSeconds: 30 });
  });

  test('findings below the limit show that the scan is in: once is enough', () => {
    expect(judge([child(reading('COMPLETE', [LOW]))]).verdict).toBe('pass');
  });
});

describe('scan gate: findings', () => {
  test.each([
    ['CRITICAL', 'CRITICAL', 'fail'],
    ['CRITICAL', 'HIGH', 'pass'],
    ['HIGH', 'HIGH', 'fail'],
    ['HIGH', 'MEDIUM', 'pass'],
    ['HIGH', 'UNTRIAGED', 'pass'],
    ['MEDIUM', 'UNDEFINED', 'fail'],
    ['LOW', 'INFORMATIONAL', 'pass'],
    ['CRITICAL', 'A_SEVERITY_OF_NEXT_YEAR', 'fail'],
  ] as const)('failing on %s, a finding of %s: %s', (failOn, severity, verdict) => {
    expect(
      judge([child(reading('ACTIVE', [finding('CVE-1', severity)]))], { failOn }).verdict,
    ).toBe(verdict);
  });

  test('every platform is judged, and the bad one is named', () => {
    const bad = {
      ...child(reading('ACTIVE', [finding('CVE-1', 'HIGH')])),
      platform: 'linux/arm64',
    };
    expect(judge([child(reading('ACTIVE', [LOW])), bad]).reason).toBe(
      'scan gate: linux/arm64: CVE-1 is HIGH',
    );
    expect(judge([child(reading('ACTIVE', [LOW])), child(reading('PENDING'))]).verdict).toBe(
      'inconclusive',
    );
    expect(judge([bad, child(reading('PENDING'))]).verdict).toBe('fail');
  });

  test('more counted than listed can’t be judged, so it fails', () => {
    const one = { ...reading('COMPLETE', [LOW]), counts: { CRITICAL: 2, LOW: 1 } };
    expect(judge([child(one)]).reason).toContain('2 CRITICAL are counted, 0 are listed');
  });

  test('closed findings don’t count', () => {
    const closed = { ...finding('CVE-1', 'CRITICAL'), open: false };
    expect(judge([child(reading('ACTIVE', [closed]))]).verdict).toBe('pass');
  });

  test('no image at all fails', () => {
    expect(judge([]).verdict).toBe('fail');
  });
});

describe('scan gate: exceptions', () => {
  const bad = [child(reading('ACTIVE', [finding('CVE-1', 'CRITICAL')]))];
  const exception = (expires: string, cve = 'CVE-1') => ({
    exceptions: [{ cve, owner: 'team', reason: 'not reachable', expires }],
  });

  test.each([
    ['one that holds until tomorrow', exception('2026-01-16'), 'pass'],
    ['one that holds today for the last time', exception('2026-01-15'), 'pass'],
    ['one that expired yesterday', exception('2026-01-14'), 'fail'],
    ['one for another CVE', exception('2026-12-31', 'CVE-2'), 'fail'],
  ])('%s', (_name, policy, verdict) => {
    expect(judge(bad, policy).verdict).toBe(verdict);
  });

  test('a used one stands in the evidence, an unused one does not', () => {
    const judged = judge(bad, {
      exceptions: [
        ...exception('2026-12-31').exceptions,
        ...exception('2026-12-31', 'CVE-2').exceptions,
      ],
    });
    expect(judged.evidence['exceptions']).toEqual(exception('2026-12-31').exceptions);
  });

  test('an expired one is told', () => {
    expect(judge(bad, exception('2026-01-14')).reason).toContain('expired on 2026-01-14');
  });
});

describe('scan gate: EPSS', () => {
  const low = reading('ACTIVE', [LOW]);
  test.each([
    [0.49, 'pass'],
    [0.5, 'fail'],
  ] as const)('a score of %s at a limit of 0.5: %s', (score, verdict) => {
    const scores = new Map([['CVE-LOW', score]]);
    expect(judge([child(low, scores)], { epssMax: 0.5 }).verdict).toBe(verdict);
  });

  test('a finding that has no score yet is judged by its severity', () => {
    expect(judge([child(low, new Map([['CVE-LOW', null]]))], { epssMax: 0.5 }).verdict).toBe(
      'pass',
    );
  });

  test('an Inspector that knows nothing of the image can’t answer, so it fails', () => {
    expect(judge([child(low, new Map())], { epssMax: 0.5 }).verdict).toBe('fail');
    expect(judge([child(low)], { epssMax: 0.5 }).verdict).toBe('fail');
  });
});

test('scan gate: evidence stays small however many findings there are', () => {
  const many = Array.from({ length: 5_000 }, (_, n) => finding(`CVE-${n}`, 'CRITICAL'));
  const judged = judge([child(reading('ACTIVE', many))]);
  expect(JSON.stringify(judged).length).toBeLessThan(8_000);
  expect(judged.reason).toContain('and 4995 more');
});
