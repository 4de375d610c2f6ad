import { canonicalNumber, compareNumbers, numberOrder, numbersEqual } from './decimal.ts';
import { validation } from './errors.ts';

/** An attribute value as the API carries it: exactly one member is set. */
export interface AttributeValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly B?: Uint8Array | undefined;
  readonly SS?: readonly string[] | undefined;
  readonly NS?: readonly string[] | undefined;
  readonly BS?: readonly Uint8Array[] | undefined;
  readonly M?: Readonly<Record<string, AttributeValue>> | undefined;
  readonly L?: readonly AttributeValue[] | undefined;
  readonly NULL?: boolean | undefined;
  readonly BOOL?: boolean | undefined;
}

/** An item, or any map of attributes. Stored items are never changed, only replaced. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** The names of DynamoDB's data types as the API writes them. */
export type AttributeType = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL';

const TYPES: readonly AttributeType[] = ['S', 'N', 'BOOL', 'M', 'L', 'NULL', 'SS', 'NS', 'B', 'BS'];

/** The deepest nesting that DynamoDB stores. */
const MAX_DEPTH = 32;

/** Which member of the value is set. */
export const typeOf = (value: AttributeValue): AttributeType => {
  if (value.S !== undefined) return 'S';
  if (value.N !== undefined) return 'N';
  for (const type of TYPES) if (value[type] !== undefined) return type;
  throw validation(
    'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
  );
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const HIGH_UNITS = /[\ud800-\uffff]/;

/** UTF-16 sorts surrogates below U+E000…U+FFFF, UTF-8 above: shift both ranges so that code units sort as bytes. */
const utf8Order = (text: string): string => {
  if (!HIGH_UNITS.test(text)) return text;
  let ordered = '';
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xe000) ordered += String.fromCharCode(unit - 0x800);
    else if (unit >= 0xd800) ordered += String.fromCharCode(unit + 0x2000);
    else ordered += text[at];
  }
  return ordered;
};

/** A string that sorts, by code unit, as DynamoDB sorts keys of the value's type. */
export const orderOf = (value: AttributeValue): string => {
  if (value.S !== undefined) return utf8Order(value.S);
  if (value.N !== undefined) return numberOrder(value.N);
  return latin1(value.B ?? new Uint8Array());
};

/** Order of two values of one of the types S, N, B; undefined if they can't be ordered. */
export const compareValues = (a: AttributeValue, b: AttributeValue): number | undefined => {
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if ((a.S !== undefined && b.S !== undefined) || (a.B !== undefined && b.B !== undefined)) {
    const left = orderOf(a);
    const right = orderOf(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return undefined;
};

const sameMembers = (a: readonly string[], b: readonly string[]): boolean => {
  if (a.length !== b.length) return false;
  const members = new Set(a);
  return b.every((member) => members.has(member));
};

const mapsEqual = (a: Item, b: Item): boolean => {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const left = a[name];
      const right = attribute(b, name);
      return left !== undefined && right !== undefined && valuesEqual(left, right);
    })
  );
};

/** Deep equality: sets without order, numbers by value. */
export const valuesEqual = (a: AttributeValue, b: AttributeValue): boolean => {
  if (a.S !== undefined) return a.S === b.S;
  if (a.N !== undefined) return b.N !== undefined && numbersEqual(a.N, b.N);
  if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
  if (a.NULL !== undefined) return b.NULL !== undefined;
  if (a.B !== undefined) return b.B !== undefined && latin1(a.B) === latin1(b.B);
  if (a.M !== undefined) return b.M !== undefined && mapsEqual(a.M, b.M);
  if (a.L !== undefined) {
    const other = b.L;
    return (
      other !== undefined &&
      a.L.length === other.length &&
      a.L.every((value, index) => valuesEqual(value, other[index] ?? {}))
    );
  }
  const left = setMembers(a);
  const right = setMembers(b);
  return (
    left !== undefined && right !== undefined && typeOf(a) === typeOf(b) && sameMembers(left, right)
  );
};

/** A set's members in a comparable form; undefined if the value is not a set. */
export const setMembers = (value: AttributeValue): readonly string[] | undefined => {
  if (value.SS !== undefined) return value.SS;
  if (value.NS !== undefined) return value.NS.map(canonicalNumber);
  if (value.BS !== undefined) return value.BS.map(latin1);
  return undefined;
};

/** An attribute of an item, never something inherited. */
export const attribute = (item: Item, name: string): AttributeValue | undefined =>
  Object.hasOwn(item, name) ? item[name] : undefined;

/** Sets an attribute of an item under construction, `__proto__` included. */
export const setAttribute = (
  item: Record<string, AttributeValue>,
  name: string,
  value: AttributeValue,
): void => {
  if (name !== '__proto__') item[name] = value;
  else
    Object.defineProperty(item, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
};

const utf8Length = (text: string): number => Buffer.byteLength(text, 'utf8');

const numberSize = (text: string): number =>
  Math.ceil(text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length / 2) +
  1 +
  (text.startsWith('-') ? 1 : 0);

/** The size of a value in bytes, by the rules that DynamoDB documents. */
export const valueSize = (value: AttributeValue): number => {
  if (value.S !== undefined) return utf8Length(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.B !== undefined) return value.B.byteLength;
  if (value.M !== undefined) return 3 + itemSize(value.M) + Object.keys(value.M).length;
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + valueSize(each), 3);
  if (value.SS !== undefined) return value.SS.reduce((sum, each) => sum + utf8Length(each), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, each) => sum + numberSize(each), 0);
  return (value.BS ?? []).reduce((sum, each) => sum + each.byteLength, 0);
};

/** The size of an item in bytes: names and values. */
export const itemSize = (item: Item): number => {
  let size = 0;
  for (const name in item) {
    const value = item[name];
    if (value !== undefined) size += utf8Length(name) + valueSize(value);
  }
  return size;
};

const onlyType = (value: AttributeValue): AttributeType => {
  const type = typeOf(value);
  let set = 0;
  for (const name in value) if (value[name as AttributeType] !== undefined) set += 1;
  if (set > 1) {
    throw validation(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  return type;
};

const SET_NAMES = { SS: 'string set', NS: 'number set', BS: 'binary set' } as const;

const checkedSet = (value: AttributeValue, type: 'SS' | 'NS' | 'BS'): AttributeValue => {
  const members = setMembers(value) ?? [];
  if (members.length === 0) {
    throw validation(
      `One or more parameter values were invalid: An ${SET_NAMES[type]}  may not be empty`,
    );
  }
  if (new Set(members).size !== members.length) {
    throw validation(
      type === 'NS'
        ? 'Input collection contains duplicates'
        : `One or more parameter values were invalid: Input collection [${members.join(', ')}] contains duplicates.`,
    );
  }
  return type === 'NS' ? { NS: members } : value;
};

/** The value as it is stored: checked, numbers in canonical form. The same object if nothing had to change. */
export const storedValue = (value: AttributeValue, depth = 1): AttributeValue => {
  const type = onlyType(value);
  switch (type) {
    case 'N': {
      const text = value.N ?? '';
      const canonical = canonicalNumber(text);
      return canonical === text ? value : { N: canonical };
    }
    case 'NULL':
      if (value.NULL !== true) {
        throw validation(
          'One or more parameter values were invalid: Null attribute value types must have the value of true',
        );
      }
      return value;
    case 'SS':
    case 'NS':
    case 'BS':
      return checkedSet(value, type);
    case 'M':
    case 'L':
      if (depth > MAX_DEPTH) {
        throw validation(
          'Nesting Levels have exceeded supported limits: Attributes of type Map or List can be nested up to 32 levels deep',
        );
      }
      return value.M !== undefined
        ? { M: storedItem(value.M, depth + 1) }
        : { L: (value.L ?? []).map((each) => storedValue(each, depth + 1)) };
    case 'S':
    case 'B':
    case 'BOOL':
      return value;
  }
};

/** All attributes of an item as they are stored. */
export const storedItem = (item: Item, depth = 1): Item => {
  let stored: Record<string, AttributeValue> | undefined;
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value === undefined) continue;
    const kept = storedValue(value, depth);
    if (kept !== value) {
      stored ??= { ...item };
      setAttribute(stored, name, kept);
    }
  }
  return stored ?? item;
};
