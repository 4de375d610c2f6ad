import { describe, expect, test } from 'vitest';
import { ProbeInput, probeInput, probeUntil } from '../../functions/domain/probe.ts';
import { testConditions } from '../../functions/domain/smoke.ts';
import { probe } from '../../functions/rollout/probe.ts';
import { shopTarget } from '../functions/rollout/shop-target.ts';

const NOW = Date.UTC(2026, 0, 1);
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const plain = shopTarget();
const settings = { path: '/orders', perMinute: 60 };
const target = { analysis: { ...plain.analysis, probe: settings } };

describe('probe: when', () => {
  const until = (weightPercent: number, probedUntil: string | null, waitSeconds = 15) =>
    probeUntil(target, { weightPercent, probedUntil }, { now: NOW, waitSeconds });

  test.each<[string, string | null, string | null]>([
    ['nothing has shifted yet', until(0, null), null],
    ['the first with traffic', until(10, null), at(60)],
    ['the last one still sends', until(10, at(20)), null],
    ['the last one is about to end', until(10, at(4)), at(60)],
    ['a long wait in the bake', until(100, null, 110), at(110)],
    ['never longer than two minutes', until(100, null, 900), at(120)],
  ])('%s', (_name, given, expected) => {
    expect(given).toBe(expected);
  });

  test('not without being configured', () => {
    const none = probeUntil(
      plain,
      { weightPercent: 10, probedUntil: null },
      { now: NOW, waitSeconds: 15 },
    );
    expect(none).toBeNull();
  });
});

describe('probe: where to', () => {
  const route = plain.shiftable?.route;
  if (route === undefined) throw new Error('the shop has two colors');
  const input = (
    weightPercent: number,
    conditions = testConditions('secret', route.hosts).conditions,
  ) =>
    probeInput(
      {
        listener: { protocol: 'HTTP', port: 80 },
        route,
        testConditions: conditions,
        weightPercent,
        until: at(60),
      },
      settings,
    );

  test('the candidate by the test route, stable as users come', () => {
    expect(ProbeInput.parse(input(10))).toEqual({
      candidate: {
        url: 'http://edge.example.com/orders',
        headers: { host: 'checkout.example.com', 'x-slipway-test': 'secret' },
      },
      users: { url: 'http://edge.example.com/orders', headers: { host: 'checkout.example.com' } },
      perMinute: 60,
      until: at(60),
    });
  });

  test('nobody asks stable when it serves nobody, nor the candidate when its route is closed', () => {
    expect(input(100)?.users).toBeNull();
    expect(input(10, [])).toBeNull();
  });
});

describe('probe: sending', () => {
  /** A world in which each answer takes so long. */
  const run = async (seconds: number, latencyMs: number, answer: () => Response) => {
    let now = NOW;
    const asked: { url: string; at: number }[] = [];
    const runtime = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
      fetch: async (url: string) => {
        asked.push({ url, at: now });
        if (url.endsWith('/candidate')) now += latencyMs;
        return answer();
      },
    };
    const counts = await probe({ runtime, log: { info: () => undefined } } as never)({
      candidate: { url: 'http://edge/candidate', headers: {} },
      users: { url: 'http://edge/users', headers: {} },
      perMinute: 60,
      until: at(seconds),
    });
    return { counts, asked, now };
  };

  test('an even pace to both, until its time is over', async () => {
    const { counts, asked } = await run(60, 0, () => new Response());
    expect(counts).toEqual({ sent: 120, unanswered: 0 });
    expect(asked.filter(({ url }) => url.endsWith('/users')).map((one) => one.at - NOW)).toEqual(
      Array.from({ length: 60 }, (_, second) => second * 1000),
    );
  });

  test('a slow candidate is asked less, one request at a time', async () => {
    const { counts } = await run(60, 5_000, () => new Response(null, { status: 503 }));
    expect(counts).toEqual({ sent: 24, unanswered: 0 });
  });

  test('no answer is counted, and ends nothing', async () => {
    const { counts } = await run(10, 0, () => {
      throw new Error('connection reset');
    });
    expect(counts).toEqual({ sent: 20, unanswered: 20 });
  });

  test('an invocation that comes late sends nothing', async () => {
    expect((await run(-1, 0, () => new Response())).counts.sent).toBe(0);
  });
});
