import {
  type AttributeType,
  type AttributeValue,
  type Item,
  setMembers,
  typeOf,
} from '../attribute-value.ts';
import { addNumbers } from '../decimal.ts';
import { validation } from '../errors.ts';
import { DocumentDraft } from './document-draft.ts';
import { pathReader, valueAt } from './paths.ts';
import { type Bindings, compiledOnce, type Placeholders, resolvedPath } from './placeholders.ts';
import { checkDistinct, type ResolvedPath } from './projection.ts';
import { parseUpdate, type SetValue, type UpdateAction } from './update-parser.ts';

/** An UpdateExpression, ready to be applied. */
export interface CompiledUpdate extends Placeholders {
  readonly actions: readonly UpdateAction[];
}

type SetType = 'SS' | 'NS' | 'BS';

const KIND = 'UpdateExpression';
const SETS: readonly AttributeType[] = ['SS', 'NS', 'BS'];
const TYPE_WORDS: Readonly<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  M: 'MAP',
  L: 'LIST',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
};

const wrongType = (): Error =>
  validation('An operand in the update expression has an incorrect data type');

const checkLiteral = (
  value: SetValue,
  allowed: AttributeType,
  name: string,
  bindings: Bindings,
): void => {
  const literal = value.kind === 'value' ? bindings.values[value.name] : undefined;
  if (literal !== undefined && typeOf(literal) !== allowed) {
    throw validation(
      `Invalid ${KIND}: Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${typeOf(literal)}`,
    );
  }
};

const checkSetValue = (value: SetValue, bindings: Bindings): void => {
  switch (value.kind) {
    case 'arithmetic':
      for (const side of [value.left, value.right]) {
        checkLiteral(side, 'N', value.operator, bindings);
        checkSetValue(side, bindings);
      }
      return;
    case 'list_append':
      for (const side of [value.first, value.second]) {
        checkLiteral(side, 'L', 'list_append', bindings);
        checkSetValue(side, bindings);
      }
      return;
    case 'if_not_exists':
      checkSetValue(value.otherwise, bindings);
      return;
    case 'path':
    case 'value':
  }
};

const checkAction = (action: UpdateAction, bindings: Bindings): void => {
  if (action.kind === 'SET') checkSetValue(action.value, bindings);
  if (action.kind !== 'ADD' && action.kind !== 'DELETE') return;
  const value = bindings.values[action.value];
  const type = value === undefined ? 'S' : typeOf(value);
  const allowed: readonly AttributeType[] = action.kind === 'ADD' ? ['N', ...SETS] : SETS;
  if (!allowed.includes(type)) {
    throw validation(
      `Invalid ${KIND}: Incorrect operand type for operator or function; operator: ${action.kind}, operand type: ${TYPE_WORDS[type]}, typeSet: ALLOWED_FOR_${action.kind}_OPERAND`,
    );
  }
};

/** Compiles an UpdateExpression, once per text. */
export const compileUpdate: (text: string) => CompiledUpdate = compiledOnce((text) => {
  const { actions, reader } = parseUpdate(text);
  const checkPaths = (bindings: Bindings): void =>
    checkDistinct(
      actions.map((action) => resolvedPath(action.path, bindings)),
      (problem) => validation(`Invalid ${KIND}: ${problem}`),
    );
  const checkTypes = (bindings: Bindings): void => {
    for (const action of actions) checkAction(action, bindings);
  };
  return {
    kind: KIND,
    actions,
    names: reader.names,
    values: reader.values,
    checks: [checkPaths, checkTypes],
  };
});

/** The paths that an update names, in the order of its actions. */
export const updatedPaths = (update: CompiledUpdate, bindings: Bindings): readonly ResolvedPath[] =>
  update.actions.map((action) => resolvedPath(action.path, bindings));

/** What a SET action assigns; all reads see the item as it was before the update. */
const evaluate = (value: SetValue, item: Item, bindings: Bindings): AttributeValue => {
  switch (value.kind) {
    case 'value':
      return bindings.values[value.name] ?? {};
    case 'path': {
      const found = pathReader(value.path)(item, bindings);
      if (found === undefined) {
        throw validation(
          'The provided expression refers to an attribute that does not exist in the item',
        );
      }
      return found;
    }
    case 'if_not_exists':
      return pathReader(value.path)(item, bindings) ?? evaluate(value.otherwise, item, bindings);
    case 'list_append': {
      const first = evaluate(value.first, item, bindings).L;
      const second = evaluate(value.second, item, bindings).L;
      if (first === undefined || second === undefined) throw wrongType();
      return { L: [...first, ...second] };
    }
    case 'arithmetic': {
      const left = evaluate(value.left, item, bindings).N;
      const right = evaluate(value.right, item, bindings).N;
      if (left === undefined || right === undefined) throw wrongType();
      return { N: addNumbers(left, right, value.operator === '+' ? 1 : -1) };
    }
  }
};

const added = (before: AttributeValue | undefined, operand: AttributeValue): AttributeValue => {
  if (before === undefined) return operand;
  if (operand.N !== undefined) {
    if (before.N === undefined) throw wrongType();
    return { N: addNumbers(before.N, operand.N) };
  }
  const type = typeOf(operand) as SetType;
  if (typeOf(before) !== type) throw wrongType();
  const present = new Set(setMembers(before));
  const comparable = setMembers(operand) ?? [];
  const fresh = (operand[type] ?? []).filter((_, index) => !present.has(comparable[index] ?? ''));
  return { [type]: [...(before[type] ?? []), ...fresh] };
};

/** The set without the operand's members; undefined once it would be empty. */
const without = (before: AttributeValue, operand: AttributeValue): AttributeValue | undefined => {
  const type = typeOf(operand) as SetType;
  if (typeOf(before) !== type) throw wrongType();
  const gone = new Set(setMembers(operand));
  const comparable = setMembers(before) ?? [];
  const left = (before[type] ?? []).filter((_, index) => !gone.has(comparable[index] ?? ''));
  return left.length === 0 ? undefined : { [type]: left };
};

/** The item after the update; `item` itself stays as it is. */
export const applyUpdate = (update: CompiledUpdate, item: Item, bindings: Bindings): Item => {
  const draft = new DocumentDraft(item);
  for (const action of update.actions) {
    const path = resolvedPath(action.path, bindings);
    if (action.kind === 'SET') {
      draft.set(path, evaluate(action.value, item, bindings));
      continue;
    }
    if (action.kind === 'REMOVE') {
      draft.remove(path);
      continue;
    }
    const before = valueAt(item, path);
    const operand = bindings.values[action.value] ?? {};
    if (action.kind === 'ADD') {
      draft.set(path, added(before, operand));
    } else if (before !== undefined) {
      const left = without(before, operand);
      if (left === undefined) draft.remove(path);
      else draft.set(path, left);
    }
  }
  return draft.finish();
};
