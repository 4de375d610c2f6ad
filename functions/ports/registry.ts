import type { ScanReading } from '../domain/scan.ts';

/** An image as the registry knows it. */
export interface RegisteredImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: string;
  readonly mediaType: string | null;
}

/** A manifest by its digest. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly body: unknown;
}

/** One repository of the registry. */
export interface Registry {
  /** Null when there is no such image. */
  image(by: { digest: string } | { tag: string }): Promise<RegisteredImage | null>;
  /** Tagged images, newest first, at most so many. */
  newestTagged(count: number): Promise<RegisteredImage[]>;
  /** Null when there is no such image. */
  manifest(digest: string): Promise<Manifest | null>;
  /** A blob that is JSON, as an image's configuration is. */
  json(digest: string): Promise<unknown>;
  scan(digest: string): Promise<ScanReading>;
}
