import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterEach, expect, test } from 'vitest';
import { LayerError, unpackImage } from '../../../local/traffic/image-files.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

type Entry = Partial<Header> & { name: string; text?: string };

const layerOf = async (entries: readonly Entry[]) => {
  const tar = pack();
  for (const { text = '', ...header } of entries) {
    if (header.type === undefined || header.type === 'file') tar.entry(header, text);
    else tar.entry(header);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return gzipSync(Buffer.concat(chunks));
};

const unpack = async (...layers: readonly (readonly Entry[])[]) => {
  const above = mkdtempSync(join(tmpdir(), 'layers-'));
  roots.push(above);
  const root = join(above, 'root');
  const bytes = await Promise.all(layers.map(layerOf));
  await unpackImage(
    {
      digest: 'sha256:1',
      config: {},
      layers: bytes.map((layer, index) => ({
        digest: `sha256:${index}`,
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        bytes: () => layer,
      })),
    },
    root,
  );
  return { above, root };
};

test('image files: later layers replace and take away what earlier ones had', async () => {
  const { root } = await unpack(
    [
      { name: 'app/a', text: '1' },
      { name: 'app/b', text: '2' },
      { name: 'old/c', text: '3' },
    ],
    [{ name: 'app/a', text: '4' }, { name: 'app/.wh.b' }, { name: 'old/.wh..wh..opq' }],
  );
  expect(readFileSync(join(root, 'app/a'), 'utf8')).toBe('4');
  expect(existsSync(join(root, 'app/b'))).toBe(false);
  expect(existsSync(join(root, 'old/c'))).toBe(false);
});

test.each<[string, Entry[]]>([
  ['a path upwards', [{ name: '../outside', text: 'x' }]],
  ['a path upwards inside', [{ name: 'app/../../outside', text: 'x' }]],
  [
    'a link out',
    [
      { name: 'link', type: 'symlink', linkname: '../..' },
      { name: 'link/outside', text: 'x' },
    ],
  ],
  ['a device', [{ name: 'device', type: 'character-device' }]],
])('image files: refuses %s', async (_, entries) => {
  await expect(unpack(entries)).rejects.toThrow(LayerError);
  for (const root of roots) expect(existsSync(join(root, 'outside'))).toBe(false);
});

test('image files: an absolute path lands inside', async () => {
  const { root } = await unpack([{ name: '/etc/motd', text: 'x' }]);
  expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('x');
});

test('image files: a layer that the registry does not have is said', async () => {
  const image = {
    digest: 'sha256:1',
    config: {},
    layers: [{ digest: 'sha256:2', mediaType: 'x', bytes: () => undefined }],
  };
  await expect(unpackImage(image, join(tmpdir(), 'never'))).rejects.toThrow(
    'is not in the registry',
  );
});
