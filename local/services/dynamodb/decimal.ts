import { validation } from './errors.ts';

/** `(-1)^negative × 0.digits × 10^exponent`; digits have no zeros at either end and are empty for zero. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const CANONICAL_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
const MAX_DIGITS = 38;
const ZERO: Decimal = { negative: false, digits: '', exponent: 0 };

/** Reads a number as DynamoDB stores it; refuses what it would not store, in its words. */
export const parseDecimal = (text: string): Decimal => {
  const match = NUMBER.exec(text);
  const integer = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || integer.length + fraction.length === 0) {
    throw validation(
      text === ''
        ? 'The parameter cannot be converted to a numeric value'
        : `The parameter cannot be converted to a numeric value: ${text}`,
    );
  }
  return normalized(match[1] === '-', integer + fraction, integer.length + Number(match[4] ?? '0'));
};

const normalized = (negative: boolean, raw: string, exponent: number): Decimal => {
  const withoutLeading = raw.replace(/^0+/, '');
  const digits = withoutLeading.replace(/0+$/, '');
  if (digits === '') return ZERO;
  const scale = exponent - (raw.length - withoutLeading.length);
  if (digits.length > MAX_DIGITS) {
    throw validation('Attempting to store more than 38 significant digits in a Number');
  }
  if (scale - 1 > 125) {
    throw validation(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (scale - 1 < -130) {
    throw validation(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  return { negative, digits, exponent: scale };
};

const render = ({ negative, digits, exponent }: Decimal): string => {
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`;
  if (digits.length <= exponent) return sign + digits.padEnd(exponent, '0');
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
};

/** The form in which DynamoDB gives a number back: no exponent, no needless zeros. */
export const canonicalNumber = (text: string): string =>
  CANONICAL_INTEGER.test(text) ? text : render(parseDecimal(text));

/** A string that sorts, by code unit, as the numbers do; equal exactly for equal numbers. */
export const numberOrder = (text: string): string => {
  const { negative, digits, exponent } = parseDecimal(text);
  if (digits === '') return 'O';
  if (!negative) return `P${String.fromCharCode(500 + exponent)}${digits}`;
  const complement = Array.from(digits, (digit) => 9 - Number(digit)).join('');
  return `N${String.fromCharCode(500 - exponent)}${complement}~`;
};

const plain = (text: string): boolean => CANONICAL_INTEGER.test(text);

/** Whether two stored numbers are equal. */
export const numbersEqual = (a: string, b: string): boolean =>
  a === b || (!(plain(a) && plain(b)) && numberOrder(a) === numberOrder(b));

/** Below, at or above zero as `a` is less than, equal to or greater than `b`. */
export const compareNumbers = (a: string, b: string): number => {
  if (plain(a) && plain(b)) return Number(a) - Number(b);
  const left = numberOrder(a);
  const right = numberOrder(b);
  return left < right ? -1 : left > right ? 1 : 0;
};

const scaled = (decimal: Decimal, unit: number): bigint => {
  if (decimal.digits === '') return 0n;
  const magnitude = BigInt(decimal.digits.padEnd(decimal.exponent - unit, '0'));
  return decimal.negative ? -magnitude : magnitude;
};

/** The exact sum (or difference) of two numbers; refused if it needs more than 38 digits. */
export const addNumbers = (a: string, b: string, sign: 1 | -1 = 1): string => {
  if (plain(a) && plain(b)) return String(Number(a) + sign * Number(b));
  const left = parseDecimal(a);
  const right = parseDecimal(b);
  const unit = Math.min(left.exponent - left.digits.length, right.exponent - right.digits.length);
  const sum = scaled(left, unit) + BigInt(sign) * scaled(right, unit);
  const magnitude = (sum < 0n ? -sum : sum).toString();
  return render(normalized(sum < 0n, magnitude, magnitude.length + unit));
};
