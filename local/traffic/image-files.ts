import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import type { PulledImage } from './workload-runtime.ts';

/** A layer is not there, or would write outside of its image. */
export class LayerError extends Error {
  override readonly name = 'LayerError';
}

/** Unpacks the layers of an image, in order, into `root`. Nothing is ever written outside of it. */
export const unpackImage = async (image: PulledImage, root: string): Promise<void> => {
  await mkdir(root, { recursive: true });
  for (const layer of image.layers) {
    const bytes = layer.bytes();
    if (bytes === undefined) {
      throw new LayerError(
        `layer ${layer.digest} of image ${image.digest} is not in the registry; push the image with its layers`,
      );
    }
    await unpackLayer(bytes, { root, gzip: !layer.mediaType.endsWith('.tar') });
  }
};

const unpackLayer = async (
  bytes: Uint8Array,
  { root, gzip }: { root: string; gzip: boolean },
): Promise<void> => {
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    void place(header, stream as unknown as Readable, root).then(
      () => {
        stream.resume();
        next();
      },
      (error: unknown) => {
        stream.resume();
        next(error instanceof Error ? error : new LayerError(String(error)));
      },
    );
  });
  const source = Readable.from([bytes]);
  if (gzip) await pipeline(source, createGunzip(), tar);
  else await pipeline(source, tar);
};

const place = async (header: Header, stream: Readable, root: string): Promise<void> => {
  const path = inside(root, header.name);
  const [name = ''] = header.name.split('/').slice(-1);
  if (name.startsWith('.wh.')) {
    await whiteOut(path, name);
    return;
  }
  switch (header.type) {
    case 'directory':
      await mkdir(path, { recursive: true });
      return;
    case 'file': {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
      await writeFile(path, Buffer.concat(chunks), { mode: (header.mode ?? 0o644) & 0o755 });
      return;
    }
    case 'symlink': {
      const target = header.linkname ?? '';
      // A link may lead anywhere, and a later entry through it out of the image.
      inside(root, target.startsWith('/') ? target : join(dirname(header.name), target));
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
      const here = target.startsWith('/') ? inside(root, target) : target;
      await symlink(here, path);
      return;
    }
    default:
      throw new LayerError(
        `${header.name} is a ${header.type}; images here have files, directories and symbolic links`,
      );
  }
};

/** `.wh.name` takes `name` of the layers below away; `.wh..wh..opq` all of the directory. */
const whiteOut = async (path: string, name: string): Promise<void> => {
  if (name === '.wh..wh..opq') await rm(dirname(path), { recursive: true, force: true });
  else await rm(join(dirname(path), name.slice('.wh.'.length)), { recursive: true, force: true });
};

const inside = (root: string, name: string): string => {
  const path = resolve(root, `.${sep}${name.replace(/^\/+/, '')}`);
  if (path !== root && !path.startsWith(root + sep)) {
    throw new LayerError(`'${name}' leads out of the image; such a layer is not unpacked`);
  }
  return path;
};
