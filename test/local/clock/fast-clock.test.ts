import { afterEach, describe, expect, test, vi } from 'vitest';
import { FastClock } from '../../../local/clock/fast-clock.ts';

// Goal: real time times a speed, the wall's pace under a hold, order whatever the load.
// Method: Vitest's own fake timers stand for the wall, so that nothing here sleeps.

const START = Date.UTC(2026, 0, 1);
const clocks: FastClock[] = [];
const make = (speed: number) => {
  vi.useFakeTimers();
  const clock = new FastClock({ speed, start: START });
  clocks.push(clock);
  return clock;
};

afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
  vi.useRealTimers();
});

describe('fast clock', () => {
  test.each([1, 10, 600])('fast clock: speed %s: time passes that much faster', async (speed) => {
    const clock = make(speed);
    await vi.advanceTimersByTimeAsync(1000);
    expect(clock.now() - START).toBe(1000 * speed);
  });

  test('fast clock: timers run in order, each at its own due time', async () => {
    const clock = make(600);
    const seen: number[] = [];
    for (const delay of [50, 10, 599, 30, 30, 4000]) {
      clock.at(START + delay, () => seen.push(clock.now() - START));
    }
    await vi.advanceTimersByTimeAsync(10);
    expect(seen).toEqual([10, 30, 30, 50, 599, 4000]);
  });

  test('fast clock: no timer runs before its time', async () => {
    const clock = make(10);
    let ran = false;
    clock.at(START + 1000, () => {
      ran = true;
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(ran).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(ran).toBe(true);
  });

  test('fast clock: under a hold it goes at the pace of the wall, then fast again', async () => {
    const clock = make(100);
    const release = clock.hold();
    let ranAt = 0;
    clock.at(START + 150, () => {
      ranAt = clock.now();
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(clock.now() - START).toBe(100);
    expect(ranAt).toBe(0);
    release();
    await vi.advanceTimersByTimeAsync(2);
    expect(ranAt).toBe(START + 150);
    expect(clock.now() - START).toBeGreaterThanOrEqual(250);
  });

  test('fast clock: a hold taken in a callback begins at its due time, not at where the wall ran on to', async () => {
    const clock = make(600);
    let heldAt = 0;
    clock.at(START + 1, () => {
      clock.hold();
      heldAt = clock.now();
    });
    await vi.advanceTimersByTimeAsync(5);
    expect(heldAt).toBe(START + 1);
    expect(clock.now() - START).toBeLessThanOrEqual(6);
  });

  test('fast clock: it never passes a timer that has not run', async () => {
    const clock = make(1000);
    const order: number[] = [];
    for (const delay of [500, 400, 300]) clock.at(START + delay, () => order.push(delay));
    // The wall is a whole second on before the event loop has a turn.
    vi.setSystemTime(Date.now() + 1000);
    expect(clock.now() - START).toBeLessThanOrEqual(300);
    const seen: number[] = [];
    clock.at(START + 500, () => seen.push(clock.now() - START));
    await vi.advanceTimersByTimeAsync(10);
    expect(order).toEqual([300, 400, 500]);
    expect(seen).toEqual([500]);
  });

  test('fast clock: a cancelled head lets the next one run', async () => {
    const clock = make(1);
    const seen: string[] = [];
    const head = clock.at(START + 5, () => seen.push('cancelled'));
    clock.at(START + 10, () => seen.push('next'));
    head.cancel();
    await vi.advanceTimersByTimeAsync(10);
    expect(seen).toEqual(['next']);
  });

  test('fast clock: an earlier timer than the armed one runs first', async () => {
    const clock = make(1);
    const seen: number[] = [];
    clock.at(START + 100, () => seen.push(100));
    clock.at(START + 20, () => seen.push(20));
    await vi.advanceTimersByTimeAsync(100);
    expect(seen).toEqual([20, 100]);
  });

  test('fast clock: further away than a timer of Node reaches', async () => {
    const clock = make(1);
    let ranAt = 0;
    const due = START + 2 ** 31 + 5000;
    clock.at(due, () => {
      ranAt = clock.now();
    });
    await vi.advanceTimersByTimeAsync(2 ** 31 - 1);
    expect(ranAt).toBe(0);
    await vi.advanceTimersByTimeAsync(5001);
    expect(ranAt).toBe(due);
  });

  test('fast clock: another speed counts from when it is set, and a timer that waits feels it', async () => {
    const clock = make(1);
    let ranAt = 0;
    clock.at(START + 60_000, () => {
      ranAt = clock.now();
    });
    await vi.advanceTimersByTimeAsync(1000);
    clock.speed = 60;
    expect(clock.speed).toBe(60);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ranAt).toBe(START + 60_000);
    expect(clock.now() - START).toBe(61_000);
    expect(() => {
      clock.speed = 0;
    }).toThrow('got 0');
  });

  test('fast clock: stopped, nothing runs and nothing is left behind', async () => {
    const clock = make(1);
    let ran = false;
    clock.at(START + 5, () => {
      ran = true;
    });
    clock.stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(ran).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'fast clock: refuses speed %s',
    (speed) => {
      expect(() => new FastClock({ speed })).toThrow(`got ${speed}`);
    },
  );
});
