import { type Intrinsic, intrinsics } from './intrinsics.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { NO_VALUE, type Resolved, type Scope, type ValueReader } from './scope.ts';
import { TemplateError } from './template.ts';

/** Resolves intrinsic functions. Every error names the path in the template. */
export class Resolver implements ValueReader {
  readonly scope: Scope;
  readonly #conditions = new Map<string, boolean | 'open'>();

  constructor(scope: Scope) {
    this.scope = scope;
  }

  /** A value with no intrinsic function left. */
  value(value: Json, path: string): Json {
    const resolved = this.resolve(value, path);
    if (resolved === NO_VALUE) throw new TemplateError(`${path}: AWS::NoValue is no value here`);
    return resolved;
  }

  text(value: Json, path: string): string {
    const resolved = this.value(value, path);
    if (typeof resolved === 'object') {
      throw new TemplateError(`${path}: must be text, got ${JSON.stringify(resolved)}`);
    }
    return String(resolved);
  }

  number(value: Json, path: string): number {
    const resolved = Number(this.text(value, path));
    if (!Number.isFinite(resolved)) {
      throw new TemplateError(`${path}: must be a number, got ${JSON.stringify(value)}`);
    }
    return resolved;
  }

  list(value: Json, path: string): Json[] {
    const resolved = this.value(value, path);
    if (!Array.isArray(resolved)) {
      throw new TemplateError(`${path}: must be a list, got ${JSON.stringify(resolved)}`);
    }
    return resolved;
  }

  object(value: Json, path: string): JsonObject {
    const resolved = this.value(value, path);
    if (!isObject(resolved)) {
      throw new TemplateError(`${path}: must be an object, got ${JSON.stringify(resolved)}`);
    }
    return resolved;
  }

  resolve(value: Json, path: string): Resolved {
    if (Array.isArray(value)) {
      return value
        .map((item, index) => this.resolve(item, `${path}[${index}]`))
        .filter((item) => item !== NO_VALUE);
    }
    if (!isObject(value)) return value;
    const names = Object.keys(value);
    const [name] = names;
    if (names.length === 1 && name !== undefined) {
      const argument = value[name];
      if (name.startsWith('Fn::') || name === 'Ref' || name === 'Condition') {
        const intrinsic = this.#intrinsic(name, argument, path);
        if (intrinsic !== undefined && argument !== undefined) {
          return intrinsic(argument, this, `${path}.${name}`);
        }
      }
    }
    const resolved: JsonObject = {};
    for (const [member, child] of Object.entries(value)) {
      const result = this.resolve(child, `${path}.${member}`);
      if (result !== NO_VALUE) resolved[member] = result;
    }
    return resolved;
  }

  #intrinsic(name: string, argument: Json | undefined, path: string): Intrinsic | undefined {
    // `Condition` is also an ordinary member, e.g. of a policy statement: there it is an object.
    if (name === 'Condition') {
      const names = typeof argument === 'string' && argument in this.scope.template.conditions;
      return names ? intrinsics['Condition'] : undefined;
    }
    const intrinsic = intrinsics[name];
    if (intrinsic === undefined) {
      throw new TemplateError(
        `${path}: the local cloud does not do ${name}; it does ${Object.keys(intrinsics).join(', ')}`,
      );
    }
    return intrinsic;
  }

  condition(name: string, path: string): boolean {
    const known = this.#conditions.get(name);
    if (known === 'open') throw new TemplateError(`Conditions.${name} depends on itself`);
    if (known !== undefined) return known;
    const expression = this.scope.template.conditions[name];
    if (expression === undefined) {
      throw new TemplateError(`${path}: the template has no condition ${name}`);
    }
    this.#conditions.set(name, 'open');
    const result = this.truth(expression, `Conditions.${name}`);
    this.#conditions.set(name, result);
    return result;
  }

  truth(value: Json, path: string): boolean {
    const resolved = this.value(value, path);
    if (resolved === true || resolved === 'true') return true;
    if (resolved === false || resolved === 'false') return false;
    throw new TemplateError(`${path}: must be true or false, got ${JSON.stringify(resolved)}`);
  }
}
