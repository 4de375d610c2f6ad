import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { AwsError } from '../services/aws-error.ts';

/** The largest body that the door takes, unpacked. */
export const LARGEST_BODY = 6 * 1024 * 1024;

const tooLarge = (): AwsError =>
  new AwsError(
    'RequestEntityTooLargeException',
    `Request must be smaller than ${LARGEST_BODY} bytes`,
    {
      status: 413,
    },
  );

const unpack = (body: Uint8Array): Uint8Array => {
  try {
    return gunzipSync(body, { maxOutputLength: LARGEST_BODY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new AwsError(
      'SerializationException',
      'the body is not gzip, as its Content-Encoding says',
    );
  }
};

/** Reads a request's body, unpacked; refuses one that is too large without reading it to its end. */
export const readBody = async (request: IncomingMessage): Promise<Uint8Array> => {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LARGEST_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? unpack(body) : Uint8Array.from(body);
};
