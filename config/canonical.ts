import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * The one spelling of a JSON value: keys sorted by code unit, no spaces, members that are undefined left out (RFC 8785's rules
 * for what JSON.parse can answer).
 * @throws TypeError where the value is none of JSON's
 */
export const canonical = (value: unknown): string => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`a number in a record is finite, got ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object')
    throw new TypeError(`a record holds JSON values, got a ${typeof value}`);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
};

/** SHA-256 of a value's one spelling, in lower-case hexadecimal. */
export const fingerprint = (value: unknown): string =>
  bytesToHex(sha256(utf8ToBytes(canonical(value))));
