import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sleep } from '../../../local/clock/clock.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

// Goal: everything in the local cloud trusts this clock, so each promise of it is shown here.

const START = Date.UTC(2026, 0, 1);
const make = () => new VirtualClock(START);

describe('virtual clock: order', () => {
  test('virtual clock: order: by due time, whatever the order of scheduling', async () => {
    const clock = make();
    const seen: number[] = [];
    for (const delay of [30, 10, 20, 0]) clock.at(START + delay, () => seen.push(delay));
    await clock.advance(30);
    expect(seen).toEqual([0, 10, 20, 30]);
  });

  test('virtual clock: order: ties go by order of scheduling', async () => {
    const clock = make();
    const seen: string[] = [];
    for (const name of 'abcdefghij') clock.at(START + 5, () => seen.push(name));
    await clock.advance(5);
    expect(seen.join('')).toBe('abcdefghij');
  });

  test('virtual clock: order: any schedule with any cancellations runs sorted and complete', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() }), {
          maxLength: 60,
        }),
        fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 6 }),
        async (timers, advances) => {
          const clock = make();
          const seen: number[] = [];
          const handles = timers.map(({ delay }, index) =>
            clock.at(START + delay, () => {
              expect(clock.now()).toBe(START + delay);
              seen.push(index);
            }),
          );
          timers.forEach(({ cancelled }, index) => {
            if (cancelled) handles[index]?.cancel();
          });
          for (const milliseconds of advances) await clock.advance(milliseconds);
          await clock.advance(20);
          const expected = timers
            .map((timer, index) => ({ ...timer, index }))
            .filter(({ cancelled }) => !cancelled)
            .sort((a, b) => a.delay - b.delay || a.index - b.index)
            .map(({ index }) => index);
          expect(seen).toEqual(expected);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('virtual clock: order: a timer for the past runs next, at the present instant', async () => {
    const clock = make();
    await clock.advance(100);
    let ranAt = 0;
    clock.at(START, () => {
      ranAt = clock.now();
    });
    await clock.settle();
    expect(ranAt).toBe(START + 100);
  });

  test('virtual clock: order: a callback that schedules for now runs after those that wait for now', async () => {
    const clock = make();
    const seen: string[] = [];
    clock.at(START + 1, () => {
      seen.push('first');
      clock.at(clock.now(), () => seen.push('third'));
    });
    clock.at(START + 1, () => seen.push('second'));
    await clock.advance(1);
    expect(seen).toEqual(['first', 'second', 'third']);
  });
});

describe('virtual clock: now', () => {
  test('virtual clock: now: is the due time in a callback and in what follows from it', async () => {
    const clock = make();
    const seen: number[] = [];
    clock.at(START + 10, () => {
      seen.push(clock.now());
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push(clock.now()));
    });
    clock.at(START + 11, () => seen.push(clock.now()));
    await clock.advance(1000);
    expect(seen).toEqual([START + 10, START + 10, START + 11]);
    expect(clock.now()).toBe(START + 1000);
  });

  test('virtual clock: now: stands still without anybody who moves it', async () => {
    const clock = make();
    let ran = false;
    clock.at(START, () => {
      ran = true;
    });
    await turn();
    expect(ran).toBe(false);
    expect(clock.now()).toBe(START);
  });

  test('virtual clock: now: chained sleeps add up exactly', async () => {
    const clock = make();
    const seen: number[] = [];
    const chain = (async () => {
      for (let n = 0; n < 5; n++) {
        await sleep(clock, 7);
        seen.push(clock.now() - START);
      }
    })();
    await clock.advance(34);
    expect(seen).toEqual([7, 14, 21, 28]);
    await clock.advance(1);
    await chain;
    expect(seen.at(-1)).toBe(35);
  });
});

describe('virtual clock: advance', () => {
  test('virtual clock: advance: includes its last instant and nothing after', async () => {
    const clock = make();
    const seen: number[] = [];
    for (const delay of [99, 100, 101]) clock.at(START + delay, () => seen.push(delay));
    await clock.advance(100);
    expect(seen).toEqual([99, 100]);
    expect(clock.nextDue).toBe(START + 101);
  });

  test.each([-1, Number.NaN])('virtual clock: advance: refuses %s', async (milliseconds) => {
    await expect(make().advance(milliseconds)).rejects.toThrow('time moves ahead only');
  });

  test('virtual clock: advance: refuses a second mover, and works again afterwards', async () => {
    const clock = make();
    const first = clock.advance(5);
    await expect(clock.advance(5)).rejects.toThrow('moving already');
    await first;
    await clock.advance(5);
    expect(clock.now()).toBe(START + 10);
  });

  test('virtual clock: advance: an error in a callback reaches who advances, and the clock goes on', async () => {
    const clock = make();
    clock.at(START + 5, () => {
      throw new Error('broken callback');
    });
    let ran = false;
    clock.at(START + 6, () => {
      ran = true;
    });
    await expect(clock.advance(10)).rejects.toThrow('broken callback');
    expect(clock.now()).toBe(START + 5);
    await clock.advance(1);
    expect(ran).toBe(true);
  });

  test('virtual clock: refuses an instant that is none', () => {
    expect(() => make().at(Number.NaN, () => {})).toThrow('due at an instant');
    expect(() => new VirtualClock(Number.NaN)).toThrow('the start must be');
  });
});

describe('virtual clock: cancel', () => {
  test('virtual clock: cancel: a cancelled timer never runs, twice cancelled is once', async () => {
    const clock = make();
    const seen: string[] = [];
    const timer = clock.at(START + 1, () => seen.push('cancelled'));
    clock.at(START + 1, () => seen.push('kept'));
    timer.cancel();
    timer.cancel();
    await clock.advance(1);
    expect(seen).toEqual(['kept']);
  });

  test('virtual clock: cancel: from a callback of the same instant', async () => {
    const clock = make();
    let ran = false;
    clock.at(START + 1, () => later.cancel());
    const later = clock.at(START + 1, () => {
      ran = true;
    });
    await clock.advance(10);
    expect(ran).toBe(false);
  });

  test('virtual clock: cancel: after it ran changes nothing', async () => {
    const clock = make();
    const seen: string[] = [];
    const timer = clock.at(START + 1, () => seen.push('ran'));
    clock.at(START + 2, () => seen.push('other'));
    await clock.advance(1);
    timer.cancel();
    await clock.advance(1);
    expect(seen).toEqual(['ran', 'other']);
  });
});

describe('virtual clock: hold', () => {
  test('virtual clock: hold: time stands still until held work ends', async () => {
    const clock = make();
    const seen: string[] = [];
    clock.at(START + 1, () => {
      const release = clock.hold();
      void (async () => {
        for (let n = 0; n < 20; n++) await turn();
        seen.push(`worked at ${clock.now() - START}`);
        release();
      })();
    });
    clock.at(START + 2, () => seen.push(`later at ${clock.now() - START}`));
    await clock.advance(2);
    expect(seen).toEqual(['worked at 1', 'later at 2']);
  });

  test('virtual clock: hold: work that begins other held work is waited for to the end', async () => {
    const clock = make();
    let depth = 0;
    const nest = async (levels: number): Promise<void> => {
      const release = clock.hold();
      await turn();
      release();
      depth += 1;
      if (levels > 1) await nest(levels - 1);
    };
    clock.at(START, () => void nest(10));
    await clock.settle();
    expect(depth).toBe(10);
  });

  test('virtual clock: hold: several must all end; a second release does nothing', async () => {
    const clock = make();
    const a = clock.hold();
    const b = clock.hold();
    let settled = false;
    const settling = clock.settle().then(() => {
      settled = true;
    });
    a();
    a();
    await turn();
    await turn();
    expect(settled).toBe(false);
    b();
    await settling;
    expect(settled).toBe(true);
  });

  test('virtual clock: hold: what held work schedules for now still runs now', async () => {
    const clock = make();
    let ranAt = -1;
    clock.at(START + 1, () => {
      const release = clock.hold();
      void turn().then(() => {
        clock.at(clock.now(), () => {
          ranAt = clock.now();
        });
        release();
      });
    });
    await clock.advance(50);
    expect(ranAt).toBe(START + 1);
  });

  test('virtual clock: hold: waiting turns no event loop round and round', async () => {
    const clock = make();
    const release = clock.hold();
    const settling = clock.settle();
    await turn();
    const immediates = process.getActiveResourcesInfo().filter((kind) => kind === 'Immediate');
    expect(immediates).toEqual([]);
    release();
    await settling;
  });
});

describe('virtual clock: run', () => {
  test('virtual clock: run: stops right at the step that made it true', async () => {
    const clock = make();
    let count = 0;
    for (const delay of [10, 20, 30]) {
      clock.at(START + delay, () => {
        count += 1;
      });
    }
    await clock.run(() => count === 2, START + 1000);
    expect(clock.now()).toBe(START + 20);
    expect(clock.pending).toBe(1);
  });

  test('virtual clock: run: what is true already takes no time', async () => {
    const clock = make();
    clock.at(START + 1, () => {});
    await clock.run(() => true, START);
    expect(clock.now()).toBe(START);
  });

  test('virtual clock: run: asks only after a step has settled', async () => {
    const clock = make();
    let done = false;
    clock.at(START + 1, () => {
      const release = clock.hold();
      void turn().then(() => {
        done = true;
        release();
      });
    });
    await clock.run(() => done, START + 1);
    expect(clock.now()).toBe(START + 1);
  });

  test('virtual clock: run: fails when nothing is due any more', async () => {
    const clock = make();
    clock.at(START + 1, () => {});
    await expect(clock.run(() => false, START + 1000)).rejects.toThrow(
      'nothing is due after 2026-01-01T00:00:00.001Z',
    );
  });

  test('virtual clock: run: fails at the limit, having run what is due up to it', async () => {
    const clock = make();
    const seen: number[] = [];
    for (const delay of [10, 20]) clock.at(START + delay, () => seen.push(delay));
    await expect(clock.run(() => false, START + 15)).rejects.toThrow('has not happened by');
    expect(seen).toEqual([10]);
    expect(clock.now()).toBe(START + 15);
  });

  test('virtual clock: run: a clock that ticks for ever is bounded by the limit', async () => {
    const clock = make();
    let ticks = 0;
    const tick = () => {
      ticks += 1;
      clock.at(clock.now() + 1000, tick);
    };
    clock.at(START, tick);
    await expect(clock.run(() => false, START + 3_600_000)).rejects.toThrow('raise the limit');
    expect(ticks).toBe(3601);
  });
});

test('virtual clock: one schedule gives one history', async () => {
  const history = async () => {
    const clock = make();
    const seen: string[] = [];
    const spawn = (name: string, step: number, times: number) => {
      clock.at(clock.now() + step, () => {
        seen.push(`${clock.now() - START}${name}`);
        if (times > 1) spawn(name, step, times - 1);
      });
    };
    spawn('a', 3, 10);
    spawn('b', 2, 15);
    spawn('c', 6, 5);
    await clock.advance(30);
    return seen.join(' ');
  };
  expect(await history()).toBe(await history());
});
