import { ExpressionReader, type Path } from './expression-reader.ts';

/** The right side of a SET action. */
export type SetValue =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: SetValue }
  | { readonly kind: 'list_append'; readonly first: SetValue; readonly second: SetValue }
  | {
      readonly kind: 'arithmetic';
      readonly operator: '+' | '-';
      readonly left: SetValue;
      readonly right: SetValue;
    };

/** One change to one path. */
export type UpdateAction =
  | { readonly kind: 'SET'; readonly path: Path; readonly value: SetValue }
  | { readonly kind: 'REMOVE'; readonly path: Path }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: Path; readonly value: string };

/** An UpdateExpression as parsed, with the reader that knows its placeholders. */
export interface ParsedUpdate {
  readonly actions: readonly UpdateAction[];
  readonly reader: ExpressionReader;
}

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;

/** Parses an UpdateExpression. */
export const parseUpdate = (text: string): ParsedUpdate => {
  const reader = new ExpressionReader('UpdateExpression', text);
  const actions: UpdateAction[] = [];
  const seen = new Set<string>();
  for (;;) {
    const section = SECTIONS.find((word) => reader.takeWord(word));
    if (section === undefined) break;
    if (seen.has(section)) {
      throw reader.error(`The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do actions.push(actionOf(section, reader));
    while (reader.takeMark(',') !== undefined);
  }
  if (actions.length === 0) throw reader.syntaxError();
  reader.expectEnd();
  return { actions, reader };
};

const actionOf = (section: (typeof SECTIONS)[number], reader: ExpressionReader): UpdateAction => {
  const path = reader.takePath();
  if (section === 'REMOVE') return { kind: section, path };
  if (section === 'SET') {
    reader.expectMark('=');
    return { kind: section, path, value: setValue(reader) };
  }
  const value = reader.takeValue();
  if (value === undefined) throw reader.syntaxError();
  return { kind: section, path, value };
};

const setValue = (reader: ExpressionReader): SetValue => {
  const left = setOperand(reader);
  const operator = reader.takeMark('+', '-');
  if (operator !== '+' && operator !== '-') return left;
  return { kind: 'arithmetic', operator, left, right: setOperand(reader) };
};

const setOperand = (reader: ExpressionReader): SetValue => {
  if (reader.takeMark('(') !== undefined) {
    const inner = setValue(reader);
    reader.expectMark(')');
    return inner;
  }
  const called = reader.takeFunction();
  if (called !== undefined) return setFunction(called, reader);
  const value = reader.takeValue();
  return value === undefined
    ? { kind: 'path', path: reader.takePath() }
    : { kind: 'value', name: value };
};

const setFunction = (name: string, reader: ExpressionReader): SetValue => {
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw reader.error(
      [
        'attribute_exists',
        'attribute_not_exists',
        'attribute_type',
        'begins_with',
        'contains',
        'size',
      ].includes(name)
        ? `The function is not allowed in an update expression; function: ${name}`
        : `Invalid function name; function: ${name}`,
    );
  }
  const operands: SetValue[] = [];
  do operands.push(setValue(reader));
  while (reader.takeMark(',') !== undefined);
  reader.expectMark(')');
  const [first, second] = operands;
  if (first === undefined || second === undefined || operands.length > 2) {
    throw reader.error(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  if (name === 'list_append') return { kind: name, first, second };
  if (first.kind !== 'path') {
    throw reader.error(
      `Operator or function requires a document path; operator or function: ${name}`,
    );
  }
  return { kind: name, path: first.path, otherwise: second };
};
