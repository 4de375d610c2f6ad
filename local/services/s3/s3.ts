import type { Operation, Service } from '../service.ts';

/** A bucket, by what its template says of it. */
export interface Bucket {
  readonly name: string;
  readonly region: string;
  properties: unknown;
  policy: unknown;
}

/** Buckets of one account and Region. */
export class S3 implements Service {
  readonly operations: Readonly<Record<string, Operation>> = {};
  readonly buckets = new Map<string, Bucket>();
}
