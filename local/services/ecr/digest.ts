import { createHash } from 'node:crypto';

/** What a digest looks like. */
export const DIGEST: RegExp = /^sha256:[0-9a-f]{64}$/;

/** The digest of some content, as registries write it. */
export const digestOf = (content: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;
