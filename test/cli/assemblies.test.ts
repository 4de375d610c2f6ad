import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assemble } from '../../cli/laptop/assemblies.ts';
import { digestOfFiles } from '../../cli/laptop/content.ts';
import { discardUnused, isInPlace, putInPlace } from '../../cli/laptop/put-in-place.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'slipway-assemblies-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const folder = (name: string, text: string): string => {
  const path = join(home, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'manifest.json'), text);
  return path;
};

describe('assemblies: in place', () => {
  test('is what came first; who comes second uses it, and is told of no error', () => {
    const place = join(home, 'content');
    putInPlace(folder('making-1', 'first'), place);
    expect(() => putInPlace(folder('making-2', 'second'), place)).not.toThrow();
    expect(readFileSync(join(place, 'manifest.json'), 'utf8')).toBe('first');
  });

  test('is nothing that was not made', () => {
    expect(isInPlace(join(home, 'never'))).toBe(false);
    expect(() => putInPlace(join(home, 'never'), join(home, 'other'))).toThrow(/ENOENT/);
  });

  test('stays what is used; what nobody used for a day goes', () => {
    const own = join(home, 'days');
    const [now, used, unused] = ['days/now', 'days/used', 'days/unused'].map((name) =>
      folder(name, name),
    );
    for (const path of [now, used, unused]) utimesSync(path ?? '', 0, 0);
    expect(isInPlace(used ?? '')).toBe(true);
    discardUnused(own, 'now');
    expect(readdirSync(own).sort()).toEqual(['now', 'used']);
  });
});

describe('assemblies: content', () => {
  test('is another where a file is another, has another name, or is gone; and the same where only its time is', () => {
    const path = folder('source', 'one');
    const file = join(path, 'manifest.json');
    const before = digestOfFiles([path]);
    writeFileSync(file, 'two');
    const after = digestOfFiles([path]);
    expect(after).not.toBe(before);
    utimesSync(file, 1, 1);
    expect(digestOfFiles([path])).toBe(after);
    writeFileSync(join(path, 'beside.json'), 'two');
    expect(digestOfFiles([path])).not.toBe(after);
    rmSync(join(path, 'beside.json'));
    expect(digestOfFiles([path])).toBe(after);
  });
});

describe('assemblies: two at once', () => {
  test('come to the same folder, and nothing made aside is left', {
    timeout: 120_000,
  }, async () => {
    const config = join(home, 'slipway.config.ts');
    const shop = resolve('examples/shop/slipway.config.ts');
    writeFileSync(config, `export { configuration } from ${JSON.stringify(shop)};\n`);
    const [one, other] = await Promise.all([assemble(config), assemble(config)]);
    expect(other).toEqual(one);
    expect(existsSync(join(one.slipway, 'manifest.json'))).toBe(true);
    expect(existsSync(join(one.platform, 'manifest.json'))).toBe(true);
    const beside = readdirSync(resolve(one.slipway, '../..'));
    expect(beside.filter((name) => name.startsWith('making-'))).toEqual([]);
    expect(await assemble(config)).toEqual(one);
    rmSync(resolve(one.slipway, '../..'), { recursive: true });
  });
});
