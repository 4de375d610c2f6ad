/** An event's facts, as the ledger holds them. */
export type Facts = Readonly<Record<string, unknown>>;

/** A fact that is words; null: there are none. */
export const text = (facts: Facts | undefined, name: string): string | null => {
  const value = facts?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** A fact that has facts of its own. */
export const inside = (facts: Facts | undefined, name: string): Facts | undefined => {
  const value = facts?.[name];
  return typeof value === 'object' && value !== null ? (value as Facts) : undefined;
};

/** A fact that is a number. */
export const number = (facts: Facts | undefined, name: string): number | null => {
  const value = facts?.[name];
  return typeof value === 'number' ? value : null;
};
