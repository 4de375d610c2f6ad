import { unsupportedField } from './errors.ts';

/** What a request used of one table. */
export interface ConsumedCapacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/** Reads: 4 KB each, half of that if eventually consistent; transactions cost twice. */
export const readUnits = (
  bytes: number,
  consistency: 'eventual' | 'strong' | 'transactional',
): number => {
  const units = Math.max(1, Math.ceil(bytes / 4096));
  return units * { eventual: 0.5, strong: 1, transactional: 2 }[consistency];
};

/** Writes: 1 KB each, of the larger of the item before and after. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

/** The member of an answer that reports capacity, if the request asked for it. */
export const consumedCapacity = (
  asked: string | undefined,
  operation: string,
  used: () => ConsumedCapacity,
): { ConsumedCapacity?: ConsumedCapacity } => {
  if (asked === undefined || asked === 'NONE') return {};
  if (asked !== 'TOTAL') throw unsupportedField(operation, `ReturnConsumedCapacity ${asked}`);
  return { ConsumedCapacity: used() };
};

/** The same for requests over several tables. */
export const consumedCapacities = (
  asked: string | undefined,
  operation: string,
  used: ReadonlyMap<string, number>,
): { ConsumedCapacity?: readonly ConsumedCapacity[] } => {
  if (asked === undefined || asked === 'NONE') return {};
  if (asked !== 'TOTAL') throw unsupportedField(operation, `ReturnConsumedCapacity ${asked}`);
  return {
    ConsumedCapacity: [...used].map(([TableName, CapacityUnits]) => ({
      TableName,
      CapacityUnits,
    })),
  };
};
