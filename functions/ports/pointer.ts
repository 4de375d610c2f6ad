import type { PointerRecord, PointerSight } from '../domain/pointer.ts';

/** The release pointer of one target: a function whose published versions are releases, and its alias. */
export interface Pointer {
  read(): Promise<PointerSight>;
  /** What a published version says; null for one that says nothing, like a target's very first. */
  record(version: string): Promise<PointerRecord | null>;
  /** Publishes the record as a version. The same record again gives the version already published. */
  publish(record: PointerRecord): Promise<string>;
  /** The alias to one version, a part of it to `also`, if nobody wrote it since `seen`. */
  pointAt(
    version: string,
    seen: PointerSight,
    also?: { readonly version: string; readonly percent: number },
  ): Promise<void>;
}
